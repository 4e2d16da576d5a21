"""What a run that was stopped has painted: the file that it left, and the packets that another run goes on from."""

import hashlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import fitting_name, unwritable
from livebrush.realtime.same_run import Run, differences
from livebrush.realtime.video.fast_start import copy_beside
from livebrush.realtime.video.media_file import first_video, open_media

Painted = TypeVar("Painted")
_PREDECESSOR_S = 30.0
"""how long a worker of a run that was killed may hold on to a file"""

if sys.platform == "win32":  # where an open file can be neither removed nor renamed
    fcntl = None
else:
    import fcntl

_HASHED = 1 << 20  # bytes at each end of a video: enough to tell two apart, and quick with any
_TO_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
"""how packets look when they leave the encoder, as those of the other run will"""


def run_of(source: Path, **painted: object) -> Run:
    """What two runs must have in common for one to go on from the other.

    painted: what the frames and their encoding depend on beside the video
    raises: LivebrushError when the video cannot be read
    """
    try:
        with source.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            told = hashlib.sha256(file.read(_HASHED))
            file.seek(max(0, size - _HASHED))
            told.update(file.read(_HASHED))
    except OSError as error:
        raise LivebrushError(f"{source}: cannot be read ({error.strerror})", code="unreadable") from error
    by = {"livebrush": version("livebrush"), "PyAV": av.__version__}
    return {"video": [size, told.hexdigest()], **painted, **by}


def record_of(partial: Path) -> Path:
    """Where it is kept which run an unfinished file is of."""
    return partial.with_name(partial.name + ".resume")


def keep_record(partial: Path, run: Run, frames: int = 0) -> None:
    """frames: how many the file holds, where it was completed; 0: its writer may have been killed

    raises: LivebrushError
    """
    try:
        record_of(partial).write_text(json.dumps({**run, "frames": frames}), encoding="utf-8")
    except OSError as error:
        raise unwritable(record_of(partial), error) from error


def remove(partial: Path) -> None:
    """An unfinished file and what belongs to it, as far as they are there."""
    for path in (partial, record_of(partial), copy_beside(partial)):
        path.unlink(missing_ok=True)


def lock(partial: Path) -> IO[str] | None:
    """Held while a run writes the file, by the record's own lock, which ends with the process; None without such locks.

    raises: OSError where another run holds it
    """
    if fcntl is None:
        return None
    record = record_of(partial).open("r+", encoding="utf-8")
    try:
        fcntl.flock(record, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        record.close()
        raise
    return record


def is_being_written(partial: Path) -> bool:
    """Whether another run holds the lock of an unfinished file with a record."""
    try:
        held = lock(partial)
    except OSError:
        return True
    if held:
        held.close()
    return False


def partial_names(target: Path) -> Iterator[Path]:
    """The names that unfinished files of a target may have, in order; they leave room for the record's."""
    for number in ("", *range(2, 100)):
        name = fitting_name(target.stem, f".partial{number}{target.suffix}.resume")
        yield target.with_name(name.removesuffix(".resume"))


class _Place(NamedTuple):
    time: Fraction  # s
    is_key: bool


class Unfinished:
    """The pictures of an unfinished file that are whole.

    Where its writer was killed that is up to the last key frame, behind which some may be missing.

    completed: how many it has where it was not
    frames: how many there are, 0 for none; readable: how many there are with those behind the last key frame
    """

    def __init__(self, path: Path, completed: int = 0) -> None:
        self.path = path
        with open_media(path) as container:
            stream = first_video(container)
            base = Fraction(stream.time_base or 1)
            places = [_Place(base * (p.pts or 0), p.is_keyframe) for p in _readable(container, stream)]
        self.readable = len(places)
        self.frames = completed if completed == self.readable else _whole(places)
        self.times = sorted(place.time for place in places[: self.frames])

    def packets(self) -> Generator[av.Packet]:
        """In the order in which they are stored, as the encoder gave them; the file stays open meanwhile."""
        with open_media(self.path) as container:
            stream = first_video(container)
            name = _TO_ANNEX_B.get(stream.codec_context.name)
            rewrite = BitStreamFilterContext(name, stream) if name else None
            for number, packet in enumerate(_readable(container, stream)):
                if number == self.frames:
                    return
                yield from rewrite.filter(packet) if rewrite else [packet]


def _readable(container: InputContainer, stream: av.VideoStream) -> Iterator[av.Packet]:
    """Until the file ends, in the middle of a packet where its writer was killed."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            return
        if packet is None or not packet.size:
            return
        yield packet


def _whole(places: list[_Place]) -> int:
    """How many packets lie before the last key frame that no later picture is shown before."""
    times = [place.time for place in places]
    latest_up_to = list(itertools.accumulate(times, max))
    earliest_from = list(itertools.accumulate(reversed(times), min))[::-1]
    for number in range(len(places) - 1, 0, -1):
        if places[number].is_key and latest_up_to[number - 1] < times[number] == earliest_from[number]:
            return number
    return 0


def check_joined(path: Path, parts: Sequence[Unfinished]) -> None:
    """raises: LivebrushError where a decoder that is set up for a file could not read what was taken from its parts"""
    expected = _decoder_setup(path)
    for part in parts:
        if _decoder_setup(part.path) != expected:
            raise LivebrushError(
                f"{part.path}: was encoded with other settings than what it is to be joined with; paint all "
                "pieces with one version of FFmpeg",
                code="mismatch",
                remedy="begin_anew",
            )


def _decoder_setup(path: Path) -> tuple[object, ...]:
    with open_media(path) as container:
        context = first_video(container).codec_context
        return context.name, context.width, context.height, context.pix_fmt, context.extradata


def find_unfinished(target: Path, run: Run) -> Unfinished | None:
    """The unfinished file of a target that goes furthest; None where there is none with a whole picture.

    raises: LivebrushError when all that lie there are of other runs, or one is being written
    """
    found, others = [], []
    for path in partial_names(target):
        differs, frames = compared(path, run)
        if differs is None:
            continue
        if differs:
            others.append((path, differs))
        elif is_being_written(path):
            raise in_use(path)
        else:
            with suppress(OSError, FFmpegError, LivebrushError):  # killed before there was anything
                found.append(Unfinished(path, frames))
    best = max(found, key=lambda part: part.frames, default=None)
    if best and best.frames:
        return best
    if others and not found:
        raise of_another_run(*others[0])
    return None


def patiently(paint: Callable[[], Painted]) -> Painted:
    """What `paint` returns. Waits where a worker of a run that was killed still holds on to the file."""
    gives_up_s = time.monotonic() + _PREDECESSOR_S
    while True:
        try:
            return paint()
        except LivebrushError as error:
            if error.code != "in_use" or time.monotonic() > gives_up_s:
                raise
        time.sleep(0.2)


def in_use(path: Path) -> LivebrushError:
    """The error for what another run is working on."""
    return LivebrushError(f"{path} is being painted by another run: wait for it, or stop it", code="in_use")


def of_another_run(path: Path, differs: Sequence[str]) -> LivebrushError:
    """The error for what runs of another kind have left. differs: in what they are another"""
    return LivebrushError(
        f"{path} is of a run with another {', another '.join(differs)}", code="mismatch", remedy="as_begun"
    )


def remove_unfinished(target: Path, run: Run) -> None:
    """All that runs like this one have left, but for what another is writing."""
    for path in partial_names(target):
        if compared(path, run)[0] == [] and not is_being_written(path):
            remove(path)


def is_begun(target: Path) -> bool:
    """Whether a run of any kind has left something."""
    return any(path.exists() for path in partial_names(target))


def remove_all_unfinished(target: Path) -> None:
    """All that runs of any kind have left, but for what another is writing."""
    for path in partial_names(target):
        if not record_of(path).exists() or not is_being_written(path):
            remove(path)


def compared(partial: Path, run: Run) -> tuple[list[str] | None, int]:
    """In what an unfinished file's run differs, None where that is not told; and how many frames it says it has."""
    try:
        before = json.loads(record_of(partial).read_text(encoding="utf-8"))
        return differences(before, run), int(before["frames"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, 0
