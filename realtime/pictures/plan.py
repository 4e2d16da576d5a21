"""Which pictures are painted, and under which names."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import check_names, fitting_name, require_writable
from livebrush.realtime.pictures.picture import PICTURE_SUFFIXES, WRITABLE, writable_format

Plan = list[tuple[Path, Path]]
"""input and target of each picture"""


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
