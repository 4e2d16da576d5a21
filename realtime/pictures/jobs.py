"""Painting many stills: which inputs, under which names, written so that no half file appears."""

import io
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Preview, Progress, Started, telling
from livebrush.models.writing import check_names, fitting_name, require_writable, whole_file
from livebrush.realtime.engine.runs import stopped_by_signals
from livebrush.realtime.pictures.picture import (
    PICTURE_SUFFIXES,
    SRGB_PROFILE,
    WRITABLE,
    Picture,
    exif_of_size,
    read_picture,
    writable_format,
)

_JPEG_EXIF_BYTES = 65533  # one marker segment

Plan = list[tuple[Path, Path]]


def expand_inputs(patterns: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The files that paths, wildcards and folders stand for, each once, in natural order (2 before 10).

    A name that exists is taken literally, wildcard characters or not. Wildcards and folders give the files
    with a picture's suffix; a folder is not entered further, `**` goes through all folders below.
    raises: LivebrushError when one of them gives nothing
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        try:
            for path in _expand(str(pattern)):
                found.setdefault(path.parent.resolve() / path.name, path)
        except (OSError, ValueError) as error:  # ValueError: a malformed wildcard
            raise LivebrushError(f"{pattern}: cannot be read ({error})", code="unreadable") from error
    return sorted(found.values(), key=_natural_key)


def without_paintings(inputs: Sequence[Path], style_name: str) -> list[Path]:
    """The inputs less the paintings that an earlier run made of them: a folder can be painted again."""
    sources = {path.with_name(stem) for path in inputs for stem in _stems(path)}
    ending = f"_{style_name}"

    def is_painting(path: Path) -> bool:
        return path.stem.endswith(ending) and path.with_name(path.stem.removesuffix(ending)) in sources

    return [path for path in inputs if not is_painting(path)]


def plan_outputs(
    inputs: Sequence[Path], output: str | os.PathLike[str] | None, style_name: str,
    overwrite: bool = False, skip: bool = False,
) -> Plan:  # fmt: skip
    """Where each input's painting goes: (input, target) in the order of the inputs.

    output: a file for a single input; a folder, created where only its parent exists, when it ends in a slash,
        has no suffix, or there are several inputs; None: beside each input
    overwrite: existing targets may be replaced; skip: inputs whose target exists are left out (skip wins)
    raises: LivebrushError when a target is an input, is a folder, exists, has an unknown suffix, or its folder
        is missing or cannot be written to
    """
    try:
        single = _single_file(inputs, output)
        targets = [single] if single else _targets(inputs, output, style_name)
        plan = list(zip(inputs, targets, strict=True))
        check_names(targets, inputs, overwrite=overwrite or skip, remedy="overwrite_or_skip")
    except OSError as error:
        raise LivebrushError(
            f"{error.filename}: cannot be reached ({error.strerror})", code="unreadable"
        ) from error
    if skip:
        plan = [(source, target) for source, target in plan if not target.exists()]
    for folder in dict.fromkeys(target.parent for _, target in plan):
        _prepare_folder(folder, create=not single and output is not None)
    return plan


def paint_pictures(
    plan: Plan, paint: Callable[[np.ndarray], np.ndarray], on_event: OnEvent | None = None, quality: int = 95
) -> None:
    """Paints every picture of a plan; one that fails does not stop the others.

    paint: (H, W, 3) RGB uint8 -> the same
    on_event: told of every painting (a preview), of what could not be kept (notes), and of the end
    quality: of JPEG and WebP, 1 to 100
    raises: LivebrushError at the end that lists what failed; on Ctrl-C the finished pictures stay
    """
    failures: list[LivebrushError] = []
    painted: list[Path] = []
    begun_s = time.perf_counter()
    with telling(on_event) as tell, stopped_by_signals():
        tell(Started(_title(plan), "picture", len(plan)))
        for source, target in plan:
            try:
                notes = _paint_picture(source, target, paint, quality)
            except LivebrushError as error:
                failures.append(error)
                continue
            for note in notes:
                tell(note.of(source.name))
            painted.append(target)
            tell(Preview(target))
            tell(Progress(len(painted), len(plan)))
        if failures:
            raise _all_of(failures, len(plan))
        seconds = round(time.perf_counter() - begun_s, 3)
        tell(Finished(_place(painted), {"picture": len(painted), "seconds": seconds}))


def _title(plan: Plan) -> str:
    return plan[0][0].name if len(plan) == 1 else f"{len(plan)} pictures"


def _place(painted: Sequence[Path]) -> Path:
    """The painting, or the folder of several."""
    return (
        painted[0]
        if len(painted) == 1
        else Path(os.path.commonpath([path.parent for path in painted] or ["."]))
    )


def _all_of(failures: Sequence[LivebrushError], of: int) -> LivebrushError:
    """One error for all; what to do next where it is the same for them."""
    first = failures[0]
    if of == 1:
        return first
    told = f"{len(failures)} of {of} pictures failed: {'; '.join(map(str, failures))}"
    alike = all((error.code, error.advice) == (first.code, first.advice) for error in failures)
    return first.reworded(told) if alike else LivebrushError(told, code="failed")


def write_picture(
    path: str | os.PathLike[str], pixels: np.ndarray, source: Picture, quality: int = 95
) -> list[Note]:
    """Writes a painted picture; it appears under its name only when it is complete.

    path: the suffix names the format, see WRITABLE; an existing file is replaced
    pixels: (H, W, 3) RGB uint8, sRGB
    source: gives alpha (resized where the size differs), EXIF, dots per inch and whether a profile is embedded
    quality: of JPEG and WebP, 1 to 100
    returns: what the format could not keep, one line each
    raises: LivebrushError when the suffix is unknown, the format cannot hold the picture, or the file cannot
        be written
    """
    path = Path(path)
    kind = writable_format(path)
    notes: list[Note] = []
    image = Image.fromarray(_checked(pixels))
    if source.alpha is not None:
        image = _with_alpha(image, source.alpha, kind, notes)
    options = _save_options(image, source, kind, quality, notes)
    encoded = io.BytesIO()
    try:
        image.save(encoded, kind, **options)
    except (OSError, ValueError) as error:
        size = f"{image.height}x{image.width}"
        raise LivebrushError(
            f"{path}: {kind} cannot hold {size} ({error}); write a .png", code="unsupported"
        ) from error
    with whole_file(path) as partial:
        partial.write_bytes(encoded.getvalue())
    return notes


def _paint_picture(
    source: Path, target: Path, paint: Callable[[np.ndarray], np.ndarray], quality: int
) -> list[Note]:
    picture = read_picture(source)
    try:
        painted = paint(picture.pixels)
    except LivebrushError as error:
        raise error.of(source) from error
    except MemoryError as error:
        size = f"{picture.pixels.shape[0]}x{picture.pixels.shape[1]}"
        raise LivebrushError(
            f"{source}: painting {size} needs more memory; scale it down first", code="out_of_memory"
        ) from error
    with suppress(OSError):  # which writing tells
        target.parent.mkdir(exist_ok=True)
    return [*picture.notes, *write_picture(target, painted, picture, quality)]


def _expand(pattern: str) -> list[Path]:
    path = Path(pattern)
    if not pattern:  # an unset shell variable; Path("") would be the current folder
        raise LivebrushError(
            "an input is empty, expected a picture's name; check the command", code="invalid"
        )
    if path.is_dir():
        found = list(path.iterdir())
    elif path.exists():
        return [path]
    elif any(wildcard in pattern for wildcard in "*?["):
        # A folder that exists is literal too: only what follows it is a wildcard.
        root = next(folder for folder in path.parents if folder.exists())
        found = list(root.glob(str(path.relative_to(root))))
    else:
        raise LivebrushError(f"{pattern}: no such file; check the name", code="not_found")
    found = [entry for entry in found if not entry.name.startswith(".")]
    pictures = [entry for entry in found if entry.suffix.lower() in PICTURE_SUFFIXES and entry.is_file()]
    if not pictures:
        what = f"only {len(found)} other files" if found else "nothing"
        raise LivebrushError(
            f"{pattern}: expected pictures (.png .jpg .webp …), found {what}; check the name",
            code="not_found",
        )
    return pictures


def _natural_key(path: Path) -> list[list[tuple[str, int]]]:
    def chunks(name: str) -> list[tuple[str, int]]:
        return [(text, int(digits or -1)) for text, digits in re.findall(r"(\D*)(\d*)", name.casefold())]

    return [chunks(part) for part in (*path.parent.parts, path.stem, path.suffix)]


def _single_file(inputs: Sequence[Path], output: str | os.PathLike[str] | None) -> Path | None:
    """The output as the one file to write; None when it is a folder or not given."""
    if output is None:
        return None
    path = Path(output)
    if path.is_dir() or str(output).endswith(("/", os.sep)):
        return None
    if path.suffix.lower() in WRITABLE and len(inputs) > 1:
        raise LivebrushError(
            f"{path}: one file for {len(inputs)} pictures; name a folder: {path.stem}/", code="conflict"
        )
    if path.suffix and len(inputs) == 1:
        try:
            writable_format(path)
        except LivebrushError as error:
            raise error.reworded(f"{error}, or a folder's name with /") from error
        return path
    return None


def _targets(inputs: Sequence[Path], output: str | os.PathLike[str] | None, style_name: str) -> list[Path]:
    """`name_style.png` for each; inputs that would share it get their suffix, then their folder, then a number."""
    style = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", style_name)

    def target(index: int, detail: int) -> Path:
        path = inputs[index]
        stem = _stems(path)[min(detail, 2)] + f"_{index + 1}" * (detail - 2)
        return (path.parent if output is None else Path(output)) / fitting_name(stem, f"_{style}.png")

    details = [0] * len(inputs)
    while True:
        targets = [target(index, detail) for index, detail in enumerate(details)]
        sharing: dict[str, list[int]] = {}
        for index, path in enumerate(targets):
            sharing.setdefault(str(path).casefold(), []).append(index)  # some file systems ignore case
        shared = [index for indices in sharing.values() if len(indices) > 1 for index in indices]
        if not shared:
            return targets
        for index in shared:
            details[index] += 1


def _stems(path: Path) -> tuple[str, str, str]:
    """What a painting is called after: the first that no other input shares."""
    with_suffix = path.name.replace(".", "_")
    return path.stem, with_suffix, f"{path.resolve().parent.name}_{with_suffix}"


def _prepare_folder(folder: Path, create: bool) -> None:
    """Makes sure, before anything is painted, that files can be written there; the first makes the folder."""
    require_writable(folder.parent if create and not folder.exists() else folder)


def _checked(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"expected (H, W, 3) uint8 pixels, got {pixels.shape} {pixels.dtype}")
    return np.ascontiguousarray(pixels)


def _with_alpha(image: Image.Image, alpha: np.ndarray, kind: str, notes: list[Note]) -> Image.Image:
    plane = Image.fromarray(alpha)
    if plane.size != image.size:
        plane = plane.resize(image.size, Image.Resampling.BILINEAR)
    if kind not in ("JPEG", "BMP"):
        image.putalpha(plane)
        return image
    if alpha.min() < 255:
        notes.append(Note(f"{kind} holds no alpha: painted over white"))
    return Image.composite(image, Image.new("RGB", image.size, "white"), plane)


def _save_options(
    image: Image.Image, source: Picture, kind: str, quality: int, notes: list[Note]
) -> dict[str, Any]:
    options: dict[str, Any] = {"dpi": source.dpi} if source.dpi else {}
    if kind in ("JPEG", "WEBP"):
        options["quality"] = quality
    if kind == "JPEG" and quality >= 90:
        options["subsampling"] = 0  # halved colour blurs the edges of strokes
    if source.has_profile and kind != "BMP":  # a BMP without one is sRGB
        options["icc_profile"] = SRGB_PROFILE
    exif = exif_of_size(source.exif, image.height, image.width) if source.exif else None
    if exif and (kind == "BMP" or (kind == "JPEG" and len(exif) > _JPEG_EXIF_BYTES)):
        notes.append(Note(f"{kind} cannot hold its EXIF data ({len(exif)} bytes): left out"))
    elif exif:
        options["exif"] = exif  # a TIFF stays uncompressed: Pillow cannot hand EXIF to libtiff's compressors
    return options
