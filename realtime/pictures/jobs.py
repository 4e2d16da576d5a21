"""Painting many stills, written so that no half file appears."""

import io
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Preview, Progress, Started, telling
from livebrush.models.writing import whole_file
from livebrush.realtime.engine.runs import stopped_by_signals
from livebrush.realtime.input_files import MediaKind
from livebrush.realtime.output_plan import all_of, place
from livebrush.realtime.pictures.exif import exif_of_size
from livebrush.realtime.pictures.formats import PICTURE_SUFFIXES, WRITABLE, writable_format
from livebrush.realtime.pictures.picture import Picture, read_picture
from livebrush.realtime.pictures.srgb import SRGB_PROFILE

PICTURES = MediaKind(
    "picture", ".png .jpg .webp …", lambda path: path.suffix.lower() in PICTURE_SUFFIXES, WRITABLE, writable_format
)  # fmt: skip
_JPEG_EXIF_BYTES = 65533  # one marker segment

Plan = list[tuple[Path, Path]]


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
            raise all_of(failures, len(plan), PICTURES)
        seconds = round(time.perf_counter() - begun_s, 3)
        tell(Finished(place(painted), {"picture": len(painted), "seconds": seconds}))


def _title(plan: Plan) -> str:
    return plan[0][0].name if len(plan) == 1 else f"{len(plan)} pictures"


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
