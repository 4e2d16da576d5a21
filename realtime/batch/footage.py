"""Which films there are, what each becomes, and which of them a shard paints."""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import av
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import fitting_name
from livebrush.realtime.batch.remote import files_under, is_remote
from livebrush.realtime.input_files import expand_inputs
from livebrush.realtime.output_plan import style_part
from livebrush.realtime.video.media_file import first_video, open_media
from livebrush.realtime.video.video_path import is_video
from livebrush.realtime.video.videos import VIDEOS

AnyPath = str | os.PathLike[str]


@dataclass(frozen=True)
class Film:
    """A film to paint.

    source:   as a worker opens it: an absolute path, or a URL
    name:     its path below the folder that was given, with slashes; of a file that was given, its name
    size:     in bytes
    mtime_ns: when it was changed
    """

    source: str
    name: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Shard:
    """One part of several, of 1 to `of`. A film stays in its part when others come and go."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """raises: LivebrushError for anything but "3/16" """
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise LivebrushError(
                f"{text!r} is not a shard: write 1/16 for the first of sixteen, up to 16/16", code="invalid"
            )
        return cls(int(found[1]), int(found[2]))

    def has(self, name: str) -> bool:
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def find_films(
    sources: Sequence[AnyPath], output: str, shard: Shard | None = None, may_be_empty: bool = False
) -> list[Film]:
    """The films that files, folders with all that is below them, wildcards and URLs give, in order of their names.

    output:       where paintings go: what lies there is none
    may_be_empty: as of a folder that films are yet to come into
    raises:       LivebrushError where a name gives nothing, or nothing can be read
    """
    found: dict[str, Film] = {}
    for source in [os.fspath(source) for source in sources]:
        films = _remote_films(source) if is_remote(source) else _local_films(source, output, may_be_empty)
        found |= {film.source: film for film in films}
    films = sorted(found.values(), key=lambda film: (film.name, film.source))
    return [film for film in films if shard is None or shard.has(film.name)]


def target_name(film: Film, style_name: str, suffix: str) -> str:
    """What a painting is called below the output: clip.mp4 becomes clip_STYLE.mp4, clip.mov clip_mov_STYLE.mp4.

    That depends on nothing but the film itself: a name stays when others join the folder.
    """
    name = PurePosixPath(film.name)
    stem = name.stem if name.suffix.lower() == suffix else name.name.replace(".", "_")
    return str(name.with_name(fitting_name(stem, f"_{style_part(style_name)}{suffix}")))


def expected_frames(film: Film) -> int:
    """How many frames a film announces; 0 where it does not say, or cannot be asked."""
    if is_remote(film.source):
        return 0
    try:
        with open_media(Path(film.source)) as container:
            stream = first_video(container)
            if stream.frames:
                return stream.frames
            rate = stream.average_rate or stream.guessed_rate or 0
            return round(float(container.duration or 0) / av.time_base * float(rate))
    except (LivebrushError, FFmpegError, OSError):
        return 0  # what is wrong with it is told by who paints it


def frame_pixels(film: Film) -> int:
    """Pixels of one frame; 0 where they cannot be asked."""
    if is_remote(film.source):
        return 0
    try:
        with open_media(Path(film.source)) as container:
            stream = first_video(container)
            return stream.height * stream.width
    except (LivebrushError, FFmpegError, OSError):
        return 0


def _local_films(source: str, output: str, may_be_empty: bool) -> Iterable[Film]:
    folder = Path(source)
    if not folder.is_dir():
        return _films([(path, path.name) for path in expand_inputs([source], VIDEOS)])
    left_out = None if is_remote(output) else Path(output).resolve()
    found = []
    for root, folders, files in os.walk(folder):
        here = Path(root)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and (left_out is None or (here / name).resolve() != left_out)
        ]
        found += [here / name for name in files if not name.startswith(".")]
    films = [(path, path.relative_to(folder).as_posix()) for path in found if is_video(path)]
    if not films and not may_be_empty:
        raise LivebrushError(
            f"{source}: expected videos ({VIDEOS.examples}) in it or below, found none; check the name",
            code="not_found",
        )
    return _films(films)


def _films(found: Iterable[tuple[Path, str]]) -> Iterable[Film]:
    for path, name in found:
        try:
            told = path.stat()
        except OSError:  # gone since the folder was read
            continue
        yield Film(str(path.absolute()), name, told.st_size, told.st_mtime_ns)


def _remote_films(url: str) -> Iterable[Film]:
    for source, name, size, mtime_ns in files_under(url):
        hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        if not hidden and is_video(Path(name)):
            yield Film(source, name, size, mtime_ns)
