"""What is painted as a film: a file, an address, or numbered pictures."""

import re
from os import PathLike
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.realtime.address import Address, source_of
from livebrush.realtime.pictures.picture import PICTURE_SUFFIXES, WRITABLE
from livebrush.realtime.video.animated_webp import is_animated_webp
from livebrush.realtime.video.numbered import NumberedPictures

_SUFFIXES = {
    ".3gp", ".asf", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf",
    ".ogv", ".ts", ".vob", ".webm", ".wmv",
}  # fmt: skip

Film = Path | Address | NumberedPictures


def film_of(name: str | PathLike[str] | Film) -> Film:
    """What a name stands for; a folder that holds numbered pictures and no film stands for those.

    raises: LivebrushError for a folder with numbered pictures of several names
    """
    if isinstance(name, Address | NumberedPictures):
        return name
    film = source_of(name)
    if isinstance(film, Address):
        return film
    if not film.is_dir():
        return film if film.exists() else NumberedPictures.of(film, PICTURE_SUFFIXES) or film
    try:
        has_films = any(is_film(path) for path in film.iterdir() if path.is_file())
        return film if has_films else NumberedPictures.in_folder(film) or film
    except OSError as error:
        raise LivebrushError(f"{film}: cannot be read ({error.strerror})", code="unreadable") from error


def pictures_of(target: str | PathLike[str]) -> NumberedPictures | None:
    """The numbered pictures that a target stands for; None where it is a file."""
    return NumberedPictures.of(target, WRITABLE)


def is_film(path: Path) -> bool:
    """By its suffix, or as an animated WebP; what a run that was stopped has left beside its target is none."""
    unfinished = re.search(r"\.partial\d*$", path.stem)
    return not unfinished and (path.suffix.lower() in _SUFFIXES or is_animated_webp(path))
