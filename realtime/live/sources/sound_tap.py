"""The sound of a video that plays, handed on to be recorded or sent, whether or not it is heard here."""

import threading
from collections.abc import Callable, Generator
from fractions import Fraction
from pathlib import Path

import numpy as np

from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock
from livebrush.realtime.live.sources.play_clock import PlayClock, Played
from livebrush.realtime.live.sources.sound_track import JOIN_S, read_track

_EVERY_S = 0.1  # each time takes the interpreter from whoever paints
_JUMP = round(0.05 * SOUND_HZ)  # samples: a place that is further from the last one is looked up in the file


class SoundTap:
    """Reads the first sound track of a video along with its clock, from what the clock says was played when.

    path, zero_s, clock: see VideoSound
    hand_on: given each block, in a thread of its own

    However late the thread comes, it hands on all that was played, with the times at which it was. While the clock
    is paused nothing is handed on. `notes` say what went wrong, one line each.
    """

    def __init__(
        self, path: Path, zero_s: Fraction, clock: PlayClock, hand_on: Callable[[SoundBlock], None]
    ) -> None:
        self._path, self._zero_s, self._clock, self._hand_on = path, zero_s, clock, hand_on
        self.notes: list[str] = []
        self._reader: _Reader | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="livebrush-video-tap", daemon=True)

    def start(self) -> None:
        self._clock.take_played()
        self._thread.start()

    def close(self) -> None:
        """Hands on what was played until now; may be called twice."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            over = False
            while not over:
                over = self._stopped.wait(_EVERY_S)
                for played in self._clock.take_played():
                    self._tell(played)
        except Exception as error:  # whatever it is, the video goes on, and says so
            self.notes.append(f"its sound is recorded no further: {error}")
        finally:
            if self._reader:
                self._reader.close()

    def _tell(self, played: Played) -> None:
        begin, end = (
            round(seconds * SOUND_HZ)
            for seconds in (played.position_s, played.position_s + played.until_s - played.from_s)
        )
        reader = self._reader
        if reader is None or abs(reader.at - begin) > _JUMP:
            if reader:
                reader.close()
            reader = self._reader = _Reader(self._path, self._zero_s, begin)
        time_s = played.from_s + reader.at / SOUND_HZ - played.position_s
        if reader.at < end:
            self._hand_on(SoundBlock(reader.read(end), time_s))


class _Reader:
    """A sound track from a sample on, in pieces of any length; silence where it has none.

    at: the sample that comes next, counted from the video's beginning
    """

    def __init__(self, path: Path, zero_s: Fraction, begin: int) -> None:
        self.at = begin
        self._blocks: Generator[tuple[float, np.ndarray], None, None] = read_track(
            path, zero_s, begin / SOUND_HZ, SOUND_HZ
        )
        self._start: int | None = None  # of the block that was read last; None where there are no more
        self._block = np.zeros((0, 2), np.float32)
        self._next_block()

    def read(self, end: int) -> np.ndarray:
        """The samples before `end`, (N, 2) float32."""
        out = np.zeros((end - self.at, 2), np.float32)
        while self._start is not None and self._start < end:
            first, last = max(self._start, self.at), min(self._start + len(self._block), end)
            if first < last:
                out[first - self.at : last - self.at] = self._block[first - self._start : last - self._start]
            if self._start + len(self._block) > end:
                break
            self._next_block()
        self.at = end
        return out

    def close(self) -> None:
        self._blocks.close()

    def _next_block(self) -> None:
        follows = None if self._start is None else self._start + len(self._block)
        position_s, self._block = next(self._blocks, (None, self._block))
        self._start = None if position_s is None else round(position_s * SOUND_HZ)
        if self._start is not None and follows is not None and abs(self._start - follows) < JOIN_S * SOUND_HZ:
            self._start = follows
