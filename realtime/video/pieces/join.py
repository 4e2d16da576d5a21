"""The pieces of a film as one clip: pictures that are painted and encoded already, between all else that it holds."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.video.facts import ClipFacts
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.pieces.paint import PieceReport
from livebrush.realtime.video.pipeline import VideoPipeline
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.unfinished import Unfinished

_UNSEEN = np.zeros((0, 0, 3), np.uint8)


class JoinedClip:
    """A film as a source of pictures without pixels, at the times that its pieces have: nothing is decoded.

    clip: the film; reports: of all of its pieces, in order
    """

    def __init__(self, clip: VideoSource, reports: Sequence[PieceReport]) -> None:
        self._clip, self._reports = clip, reports
        self.facts: ClipFacts = clip.facts
        self.notes: list[Note] = clip.notes

    @property
    def damage(self) -> str | None:
        """What was wrong with the film, as its pieces tell, and as is seen without decoding."""
        told = [*(report.damage for report in self._reports), self._clip.damage]
        return "; ".join(dict.fromkeys(filter(None, told))) or None

    @property
    def expected_frames(self) -> int | None:
        return sum(len(report.pts) for report in self._reports)

    @property
    def last_s(self) -> Fraction:
        """How long the last picture is shown, s; 0: unknown."""
        last = self._reports[-1]
        return last.durations[-1] * last.time_base

    def read(self) -> Iterator[Picture | av.Packet]:
        """See `VideoSource.read`."""
        return self._clip.read_around(self._pictures())

    def close(self) -> None:
        self._clip.close()

    def _pictures(self) -> Iterator[Picture]:
        for report in self._reports:
            for pts, duration in zip(report.pts, report.durations, strict=True):
                yield Picture(_UNSEEN, None, pts, duration, report.time_base)


def join(
    clip: JoinedClip, sink: VideoSink, pieces: Sequence[tuple[Path, int]], clock: StageClock
) -> VideoPipeline:
    """What writes a film's painting from its pieces, when it is run.

    pieces: files, and how many frames each has
    raises: LivebrushError where a piece is not whole
    """
    sink.join([_whole(path, frames) for path, frames in pieces], clip.last_s)
    return VideoPipeline(clip, sink, _painted_already, lambda _: None, clock)


def _whole(path: Path, frames: int) -> Unfinished:
    piece = Unfinished(path, frames)
    if piece.frames != frames:
        raise LivebrushError(
            f"{path}: has {piece.readable} frames that can be read, expected {frames}; remove it",
            code="unreadable",
            remedy="go_on",
        )
    return piece


def _painted_already(_: np.ndarray) -> np.ndarray:
    raise AssertionError("what the pieces have is not painted again")
