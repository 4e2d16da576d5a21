"""Where a film is cut: at key frames, into pieces that become shorter towards the end."""

import itertools
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.error import FFmpegError

from livebrush.realtime.video.clip_range import ClipRange
from livebrush.realtime.video.media_file import first_video, open_media
from livebrush.realtime.video.timeline import Timeline

SHORTEST_S = 5
"""of a piece: a joint costs a key frame, the start of an encoder, and the frames that a style has to see before"""
SHARE_OF_LEAD = 8
"""a piece has at least so many times the frames that are painted before it and dropped"""
LONGEST_SHARE = 4
"""a piece has at most a worker's even share of the film divided by so much"""


@dataclass(frozen=True)
class Piece:
    """A part of a film, in the file's own time, in s.

    begin, end: of its first picture, and of the first of the next piece; None: of the film
    lead: from where on pictures are painted and dropped, for a style to remember; None: from the first of the piece
    frames: how many pictures it has, as the file tells
    """

    begin: Fraction | None
    end: Fraction | None
    lead: Fraction | None
    frames: int

    def as_json(self) -> dict[str, Any]:
        """A dictionary that JSON can hold."""
        return {
            name: None if value is None else str(value)
            for name, value in (("begin", self.begin), ("end", self.end), ("lead", self.lead))
        } | {"frames": self.frames}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Piece":
        """The piece that `as_json` made a dictionary of. Raises KeyError, ValueError and TypeError for others."""
        begin, end, lead = (
            None if told[name] is None else Fraction(told[name]) for name in ("begin", "end", "lead")
        )
        return cls(begin, end, lead, int(told["frames"]))


@dataclass(frozen=True)
class Timetable:
    """When a film shows pictures, in the file's own time, in s.

    times: of all of them, growing; key_times: of those that can be decoded without others
    """

    times: Sequence[Fraction]
    key_times: Sequence[Fraction]


def timetable(path: Path, part: ClipRange) -> Timetable | None:
    """Read from the packets: nothing is decoded. part: of the file

    returns: None where times do not tell where a picture is: the file lacks some, or its clock begins anew
    """
    times: list[Fraction] = []
    keys: list[Fraction] = []
    with closing(open_media(path)) as container:
        stream, timeline = first_video(container), Timeline(container)
        base = Fraction(stream.time_base or 1)
        try:
            for packet in container.demux():
                timeline.place(packet)
                if timeline.jumps:
                    return None
                if packet.stream is not stream or not packet.size or packet.is_discard:
                    continue
                if packet.pts is None:
                    return None
                times.append(packet.pts * base)
                if packet.is_keyframe:
                    keys.append(times[-1])
        except (FFmpegError, OSError):
            pass  # damaged: what can be read is painted
    return Timetable(
        sorted({time for time in times if part.contains(time)}),
        sorted({time for time in keys if part.contains(time)}),
    )


def cut(table: Timetable, workers: int, remembered: int, shortest_s: float = SHORTEST_S) -> list[Piece]:
    """The pieces, one behind the other, where there are key frames for that.

    workers: that will paint them
    remembered: how many pictures a style has to have seen before the first of a piece
    shortest_s: how long a piece is at least, about
    """
    times = table.times
    lengths = _lengths(len(times), workers, _fewest(times, remembered, shortest_s))
    bounds = [0, *_starts(table, lengths), len(times)]
    pieces = []
    for start, stop in itertools.pairwise(bounds):
        lead = times[max(0, start - remembered)] if start and remembered else None
        end = times[stop] if stop < len(times) else None
        pieces.append(Piece(times[start] if start else None, end, lead, stop - start))
    return pieces


def _fewest(times: Sequence[Fraction], remembered: int, shortest_s: float) -> int:
    """How many pictures a piece has at least, about."""
    length_s = float(times[-1] - times[0]) if times else 0.0
    even = int(len(times) * shortest_s / length_s) if length_s else len(times)
    return max(1, even, SHARE_OF_LEAD * remembered)


def _lengths(frames: int, workers: int, fewest: int) -> list[int]:
    """Of pieces, which workers take one after the other.

    Each round gives half of what is left to all of them in equal parts, so that they end together, whichever is faster
    (factoring, Hummel et al. 1992).
    """
    longest = max(fewest, frames // (workers * LONGEST_SHARE))
    lengths: list[int] = []
    left = frames
    while (length := min(longest, left // (2 * workers))) >= fewest:
        lengths += [length] * workers
        left -= length * workers
    last = max(1, min(workers, left // fewest))
    return lengths + [left * (n + 1) // last - left * n // last for n in range(last)]


def _starts(table: Timetable, lengths: Sequence[int]) -> Iterator[int]:
    """Which pictures begin a piece, but for the first: those of the key frames nearest to where lengths end."""
    times, keys = table.times, table.key_times
    last = 0
    for length, end in zip(lengths[:-1], itertools.accumulate(lengths), strict=False):
        place = bisect_left(keys, times[end])
        nearest = min(
            keys[max(0, place - 1) : place + 1], key=lambda key: abs(key - times[end]), default=times[0]
        )
        start = bisect_left(times, nearest)
        if min(start - last, len(times) - start) >= max(1, length // 2):
            last = start
            yield start
