"""What is painted as a video: a file, an address, or numbered pictures."""

import re
from os import PathLike
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.realtime.address import Address, source_of
from livebrush.realtime.pictures.formats import PICTURE_SUFFIXES, WRITABLE
from livebrush.realtime.video.animated_webp import is_animated_webp
from livebrush.realtime.video.numbered import NumberedPictures

_SUFFIXES = {
    ".3gp", ".asf", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf",
    ".ogv", ".ts", ".vob", ".webm", ".wmv",
}  # fmt: skip

VideoPath = Path | Address | NumberedPictures


def video_path_of(name: str | PathLike[str] | VideoPath) -> VideoPath:
    """What a name stands for; a folder that holds numbered pictures and no video stands for those.

    raises: LivebrushError for a folder with numbered pictures of several names
    """
    if isinstance(name, Address | NumberedPictures):
        return name
    video = source_of(name)
    if isinstance(video, Address):
        return video
    if not video.is_dir():
        return video if video.exists() else NumberedPictures.of(video, PICTURE_SUFFIXES) or video
    try:
        has_videos = any(is_video(path) for path in video.iterdir() if path.is_file())
        return video if has_videos else NumberedPictures.in_folder(video) or video
    except OSError as error:
        raise LivebrushError(f"{video}: cannot be read ({error.strerror})", code="unreadable") from error


def pictures_of(target: str | PathLike[str]) -> NumberedPictures | None:
    """The numbered pictures that a target stands for; None where it is a file."""
    return NumberedPictures.of(target, WRITABLE)


def is_video(path: Path) -> bool:
    """By its suffix, or as an animated WebP; what a run that was stopped has left beside its target is none."""
    unfinished = re.search(r"\.partial\d*$", path.stem)
    return not unfinished and (path.suffix.lower() in _SUFFIXES or is_animated_webp(path))
