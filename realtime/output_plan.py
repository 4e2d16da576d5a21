"""Where the paintings of many inputs go, and what is said when some of them failed."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import check_names, fitting_name, require_writable
from livebrush.realtime.input_files import MediaKind, stems


class Named(Protocol):
    """What is no file. path: what a painting of it is called after"""

    @property
    def path(self) -> Path: ...


Source = TypeVar("Source", bound=Path | Named)


def plan_outputs(
    inputs: Sequence[Source],
    output: str | os.PathLike[str] | None,
    style_name: str,
    kind: MediaKind,
    suffix: str,
    *,
    overwrite: bool = False,
    skip: bool = False,
) -> list[tuple[Source, Path]]:
    """Where each input's painting goes: (input, target) in the order of the inputs.

    output: a file for a single input; a folder, created where only its parent exists, when it ends in a slash,
        has no suffix, or there are several inputs; None: beside each input
    suffix: of the paintings in a folder
    overwrite: existing targets may be replaced; skip: inputs whose target exists are left out (skip wins)
    raises: LivebrushError when a target is an input, is a folder, exists, has an unknown suffix, or its folder
        is missing or cannot be written to
    """
    paths = [source if isinstance(source, Path) else source.path for source in inputs]
    try:
        single = _single_file(len(inputs), output, kind)
        targets = [single] if single else _targets(paths, output, style_name, suffix)
        files = [source for source in inputs if isinstance(source, Path)]
        check_names(targets, files, overwrite=overwrite or skip, remedy="overwrite_or_skip")
    except OSError as error:
        raise LivebrushError(
            f"{error.filename}: cannot be reached ({error.strerror})", code="unreadable"
        ) from error
    plan = list(zip(inputs, targets, strict=True))
    if skip:
        plan = [(source, target) for source, target in plan if not target.exists()]
    for folder in dict.fromkeys(target.parent for _, target in plan):
        _prepare_folder(folder, create=not single and output is not None)
    return plan


def is_folder(output: str | os.PathLike[str]) -> bool:
    """Whether an output is a folder: it is there, or its name ends in a slash."""
    return Path(output).is_dir() or str(output).endswith(("/", os.sep))


def place(painted: Sequence[Path]) -> Path:
    """The painting, or the folder of several."""
    if len(painted) == 1:
        return painted[0]
    try:
        return Path(os.path.commonpath([path.parent.absolute() for path in painted]))
    except ValueError:  # none, or on several drives
        return Path()


def all_of(failures: Sequence[LivebrushError], of: int, kind: MediaKind) -> LivebrushError:
    """One error for all; what to do next where it is the same for them."""
    first = failures[0]
    if of == 1:
        return first
    told = f"{len(failures)} of {of} {kind.noun}s failed: {'; '.join(map(str, failures))}"
    alike = all((error.code, error.advice) == (first.code, first.advice) for error in failures)
    return first.reworded(told) if alike else LivebrushError(told, code="failed")


def style_part(style_name: str) -> str:
    """A style's name as a part of a file's name, on every system."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", style_name)


def _single_file(count: int, output: str | os.PathLike[str] | None, kind: MediaKind) -> Path | None:
    """The output as the one file to write; None when it is a folder or not given."""
    if output is None or is_folder(output):
        return None
    path = Path(output)
    if path.suffix.lower() in kind.suffixes and count > 1:
        raise LivebrushError(
            f"{path}: one file for {count} {kind.noun}s; name a folder: {path.stem}/", code="conflict"
        )
    if path.suffix and count == 1:
        try:
            kind.check_target(path)
        except LivebrushError as error:
            raise error.reworded(f"{error}, or a folder's name with /") from error
        return path
    return None


def _targets(
    inputs: Sequence[Path], output: str | os.PathLike[str] | None, style_name: str, suffix: str
) -> list[Path]:
    """`name_style.png` for each; inputs that would share it get their suffix, then their folder, then a number."""
    style = style_part(style_name)

    def target(index: int, detail: int) -> Path:
        path = inputs[index]
        stem = stems(path)[min(detail, 2)] + f"_{index + 1}" * (detail - 2)
        return (path.parent if output is None else Path(output)) / fitting_name(stem, f"_{style}{suffix}")

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


def _prepare_folder(folder: Path, create: bool) -> None:
    """Makes sure, before anything is painted, that files can be written there; the first makes the folder."""
    require_writable(folder.parent if create and not folder.exists() else folder)
