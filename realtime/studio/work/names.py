"""Names that people gave, fit to be shown and to be downloaded under; no path is ever made of them."""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST = 80  # characters
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


def shown_name(text: str) -> str:
    """A file's name without folders, control characters and what some system does not allow."""
    name = _plain(text.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    path = PurePosixPath(name or "file")
    return f"{path.stem[: LONGEST - len(path.suffix[:10])]}{path.suffix[:10]}"


def shown_line(text: str, longest: int) -> str:
    """A title: one line."""
    return " ".join(_plain(text, _UNFIT_IN_LINES).split())[:longest]


_UNFIT_IN_LINES = re.compile(r"[\x00-\x1f\x7f]+")


def _plain(text: str, unfit: re.Pattern[str] = _UNFIT) -> str:
    """Without what turns the direction of writing, or is not shown."""
    composed = unicodedata.normalize("NFC", unfit.sub(" ", text))
    return "".join(sign for sign in composed if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn"))


def different(names: list[str]) -> list[str]:
    """The names, numbered where one would come twice (on systems that ignore case, too)."""
    taken: set[str] = set()
    result = []
    for name in names:
        path, number, made = PurePosixPath(name), 2, name
        while made.casefold() in taken:
            made, number = f"{path.stem} {number}{path.suffix}", number + 1
        taken.add(made.casefold())
        result.append(made)
    return result
