"""Which films there are, what each becomes, and which of them a shard paints."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import av
from av.container import InputContainer
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import fitting_name
from livebrush.realtime.batch.remote import files_under, is_remote, opened
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
    size:     in bytes; 0 for a link to nothing, too
    mtime_ns: when it was changed
    """

    source: str
    name: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Announced:
    """What a film's header says. frames: 0 where it does not say; pixels: of one frame"""

    frames: int
    pixels: int


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
    sources: Sequence[AnyPath],
    output: str,
    may_be_empty: bool = False,
    unread: Callable[[OSError], object] = lambda _: None,
) -> list[Film]:
    """The films that files, folders with all that is below them, wildcards and URLs give, in order of their names.

    output:       where paintings go: what lies there is none
    may_be_empty: as of a folder that films are yet to come into
    unread:       told of folders below that cannot be read
    raises:       LivebrushError where a name gives nothing
    """
    found: dict[str, Film] = {}
    for source in [os.fspath(source) for source in sources]:
        if is_remote(source):
            films = _remote_films(source, output)
        else:
            films = _local_films(source, output, may_be_empty, unread)
        found |= {film.source: film for film in films}
    return sorted(found.values(), key=lambda film: (film.name, film.source))


def target_name(film: Film, style_name: str, suffix: str) -> str:
    """What a painting is called below the output: clip.mp4 becomes clip_STYLE.mp4, clip.mov clip_mov_STYLE.mp4.

    That depends on nothing but the film itself: a name stays when others join the folder.
    """
    name = PurePosixPath(film.name)
    stem = name.stem if name.suffix.lower() == suffix else name.name.replace(".", "_")
    return str(name.with_name(fitting_name(stem, f"_{style_part(style_name)}{suffix}")))


def announced(film: Film) -> Announced | None:
    """What a film's header says, of one under a URL, too; None where it cannot be read."""
    try:
        with _container(film.source) as container:
            stream = first_video(container)
            frames = stream.frames
            if not frames:
                rate = stream.average_rate or stream.guessed_rate or 0
                frames = round(float(container.duration or 0) / av.time_base * float(rate))
            return Announced(frames, stream.height * stream.width)
    except (LivebrushError, FFmpegError, OSError):
        return None  # what is wrong with it is told by who paints it


@contextmanager
def _container(source: str) -> Iterator[InputContainer]:
    if not is_remote(source):
        with open_media(Path(source)) as container:
            yield container
        return
    with opened(source) as file, av.open(file) as container:
        assert isinstance(container, InputContainer)
        yield container


def _local_films(
    source: str, output: str, may_be_empty: bool, unread: Callable[[OSError], object]
) -> Iterable[Film]:
    folder = Path(source)
    if not folder.is_dir():
        return _films([(path, path.name) for path in expand_inputs([source], VIDEOS)])
    passed = {folder.resolve()} if is_remote(output) else {folder.resolve(), Path(output).resolve()}
    found = []
    for root, folders, files in os.walk(folder, onerror=unread, followlinks=True):
        here, below = Path(root), sorted(folders)
        folders.clear()
        for name in below:
            place = (here / name).resolve()  # links may go round in circles
            if not name.startswith(".") and place not in passed:
                passed.add(place)
                folders.append(name)
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
        except OSError:
            if path.is_symlink():  # to nothing: who paints it tells
                yield Film(str(path.absolute()), name, 0, 0)
            continue  # gone since the folder was read
        yield Film(str(path.absolute()), name, told.st_size, told.st_mtime_ns)


def _remote_films(url: str, output: str) -> Iterable[Film]:
    for source, name, size, mtime_ns in files_under(url, output):
        hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        if not hidden and is_video(Path(name)):
            yield Film(source, name, size, mtime_ns)
