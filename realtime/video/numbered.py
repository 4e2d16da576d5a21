"""Numbered pictures: the files that a name such as frame_%05d.png stands for."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Self

from livebrush.models.errors import LivebrushError
from livebrush.realtime.pictures.formats import PICTURE_SUFFIXES

_PLACE = re.compile(r"(?<!%)(?:%%)*(%0?(\d{0,2})d)")
_NUMBERED = re.compile(r"(.*?)([0-9]+)(\.[^.]+)")
_MOST_DIGITS = 9
"""nobody paints that many, and times stay within what files hold"""


@dataclass(frozen=True)
class NumberedPictures:
    """The pictures of a folder whose names differ by a number.

    before, after: what stands around the number in their names
    digits: that it has at least, filled with zeros; 0: as it is
    path: what a video made of them is called after
    """

    folder: Path
    before: str
    digits: int
    after: str
    path: Path

    @classmethod
    def of(cls, name: str | PathLike[str], suffixes: Iterable[str]) -> Self | None:
        """What a name with %d or %05d in it stands for, as printf and FFmpeg have it; None for any other name.

        suffixes: that the pictures may have
        """
        path = Path(name)
        places = list(_PLACE.finditer(path.name))
        if len(places) != 1 or path.suffix.lower() not in suffixes:
            return None
        start, end = places[0].span(1)
        before, after = (part.replace("%%", "%") for part in (path.name[:start], path.name[end:]))
        return cls(
            path.parent, before, int(places[0][2] or 0), after, _video_name(path.parent, before, after)
        )

    @classmethod
    def in_folder(cls, folder: Path) -> Self | None:
        """All numbered pictures of a folder; None where there are not two of one name.

        raises: LivebrushError where there are several names
        """
        groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for entry in sorted(folder.iterdir()):
            found = _NUMBERED.fullmatch(entry.name)
            if found and entry.suffix.lower() in PICTURE_SUFFIXES and not entry.name.startswith("."):
                groups[found[1], found[3]].append(found[2])
        if not any(len(numbers) > 1 for numbers in groups.values()):
            return None
        named = folder.resolve()
        found_here = [
            cls(folder, before, _digits(numbers), after, named.with_name(f"{named.name}{after}"))
            for (before, after), numbers in groups.items()
        ]
        if len(found_here) > 1:
            names = ", ".join(
                f"{one.name} ({len(n)})" for one, n in zip(found_here, groups.values(), strict=True)
            )
            raise LivebrushError(
                f"{folder}: holds numbered pictures of several names: {names}; give one of these",
                code="conflict",
            )
        return found_here[0]

    @property
    def name(self) -> str:
        """The name with a place for the number: frame_%05d.png."""
        place = f"%0{self.digits}d" if self.digits else "%d"
        return f"{self.before.replace('%', '%%')}{place}{self.after.replace('%', '%%')}"

    def __str__(self) -> str:
        return str(self.folder / self.name)

    def file(self, number: int) -> Path:
        """The picture of a number."""
        return self.folder / f"{self.before}{number:0{self.digits}d}{self.after}"

    def numbers(self) -> list[int]:
        """Of the files that are there, growing."""
        return sorted({int(number) for number in self._found() if f"{int(number):0{self.digits}d}" == number})

    def like(self) -> "NumberedPictures | None":
        """What is there where other numbers than these have so many digits; None for nothing."""
        found = self._found()
        return replace(self, digits=_digits(found)) if found else None

    def _found(self) -> list[str]:
        """The numbers that are there as they are written, however many digits they have."""
        around = re.compile(rf"{re.escape(self.before)}([0-9]{{1,{_MOST_DIGITS}}}){re.escape(self.after)}")
        names = [entry.name for entry in self.folder.iterdir()] if self.folder.is_dir() else []
        return [found[1] for name in names if (found := around.fullmatch(name))]


def _digits(numbers: Iterable[str]) -> int:
    """How many digits numbers are filled to."""
    return max((len(number) for number in numbers if number.startswith("0") and number != "0"), default=0)


def _video_name(folder: Path, before: str, after: str) -> Path:
    stem = before.rstrip(" ._-")
    if stem:
        return folder / f"{stem}{after}"
    named = folder.resolve()
    return named.with_name(f"{named.name}{after}") if named.name else named / f"pictures{after}"
