"""The pictures or videos that names, wildcards and folders stand for."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from livebrush.models.errors import LivebrushError


@dataclass(frozen=True)
class MediaKind:
    """Pictures, or videos.

    noun: in the singular; examples: of suffixes, for messages
    is_one: whether a file in a folder is one, by its name or its first bytes
    suffixes: that can be written; check_target: (path) raises LivebrushError where its suffix is not one of them
    """

    noun: str
    examples: str
    is_one: Callable[[Path], bool]
    suffixes: Iterable[str]
    check_target: Callable[[Path], object]


def expand_inputs(patterns: Iterable[str | PathLike[str]], kind: MediaKind) -> list[Path]:
    """The files that paths, wildcards and folders stand for, each once, in natural order (2 before 10).

    A name that exists is taken literally, wildcard characters or not. Wildcards and folders give the files
    that are of the kind; a folder is not entered further, `**` goes through all folders below.
    raises: LivebrushError when one of them gives nothing
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        try:
            for path in _expand(str(pattern), kind):
                found.setdefault(path.parent.resolve() / path.name, path)
        except (OSError, ValueError) as error:  # ValueError: a malformed wildcard
            raise LivebrushError(f"{pattern}: cannot be read ({error})", code="unreadable") from error
    return sorted(found.values(), key=_natural_key)


def without_paintings(inputs: Sequence[Path], style_name: str) -> list[Path]:
    """The inputs less the paintings that an earlier run made of them: a folder can be painted again."""
    sources = {path.with_name(stem) for path in inputs for stem in stems(path)}
    ending = f"_{style_name}"

    def is_painting(path: Path) -> bool:
        return path.stem.endswith(ending) and path.with_name(path.stem.removesuffix(ending)) in sources

    return [path for path in inputs if not is_painting(path)]


def stems(path: Path) -> tuple[str, str, str]:
    """What a painting is called after: the first that no other input shares."""
    with_suffix = path.name.replace(".", "_")
    return path.stem, with_suffix, f"{path.resolve().parent.name}_{with_suffix}"


def names_many(name: str | PathLike[str]) -> bool:
    """Whether a name stands for files rather than for one: a folder, or a wildcard that is no file's own name."""
    path = Path(name)
    return path.is_dir() or (not path.exists() and _has_wildcard(str(name)))


def _expand(pattern: str, kind: MediaKind) -> list[Path]:
    path = Path(pattern)
    if not pattern:  # an unset shell variable; Path("") would be the current folder
        raise LivebrushError(
            f"an input is empty, expected a {kind.noun}'s name; check the command", code="invalid"
        )
    if path.is_dir():
        found = list(path.iterdir())
    elif path.exists():
        return [path]
    elif _has_wildcard(pattern):
        # A folder that exists is literal too: only what follows it is a wildcard.
        root = next(folder for folder in path.parents if folder.exists())
        found = list(root.glob(str(path.relative_to(root))))
    else:
        raise LivebrushError(f"{pattern}: no such file; check the name", code="not_found")
    found = [entry for entry in found if not entry.name.startswith(".")]
    wanted = [entry for entry in found if entry.is_file() and kind.is_one(entry)]
    if not wanted:
        what = f"only {len(found)} other files" if found else "nothing"
        raise LivebrushError(
            f"{pattern}: expected {kind.noun}s ({kind.examples}), found {what}; check the name",
            code="not_found",
        )
    return wanted


def _has_wildcard(name: str) -> bool:
    return any(wildcard in name for wildcard in "*?[")


def _natural_key(path: Path) -> list[list[tuple[str, int]]]:
    def chunks(name: str) -> list[tuple[str, int]]:
        return [(text, int(digits or -1)) for text, digits in re.findall(r"(\D*)(\d*)", name.casefold())]

    return [chunks(part) for part in (*path.parent.parts, path.stem, path.suffix)]
