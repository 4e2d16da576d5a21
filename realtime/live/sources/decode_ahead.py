"""The thread that decodes a video a few pictures ahead of the one that is shown."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.source import SourceLost
from livebrush.realtime.video.source import Picture, VideoSource

# Long enough to open the video again for a loop
_QUEUED_BYTES, _FEWEST, _MOST = 64 << 20, 3, 12
_STEP_BACK_S = (
    1.0  # where there is no picture at or after a place, the search goes back by this, then by more
)


@dataclass(frozen=True, slots=True)
class Due:
    """A picture, when it is due and for how long, in seconds played."""

    pixels: np.ndarray
    due_s: float
    lasts_s: float


class DecodeAhead(threading.Thread):
    """Decodes a few pictures ahead of the one that is shown, and opens the video again for a loop or a new place.

    source:  the opened video, closed by the thread
    open_at: opens the video again, at so many seconds
    changed: guards the rest, and is notified when it changes
    loop_s:  where the video starts over at its end; None: it ends
    on_loop: told, with `changed` held, that from so many seconds played on the video goes on at that position
    queue:   pictures in the order they are due; ended: no more will come; error: what ended the thread
    """

    def __init__(
        self,
        source: VideoSource,
        open_at: Callable[[float], VideoSource],
        changed: threading.Condition,
        loop_s: float | None,
        on_loop: Callable[[float, float], None],
    ) -> None:
        super().__init__(name="livebrush-video", daemon=True)
        self._source, self._open_at = source, open_at
        self._changed, self._loop_s, self._on_loop = changed, loop_s, on_loop
        self.queue: deque[Due] = deque()
        self.ended = self.stopped = False
        self.error: BaseException | None = None
        self._seek_s: float | None = None
        self._damage: str | None = None

    def damage(self) -> str | None:
        """What was wrong with the file, now or in an earlier run."""
        return self._source.damage or self._damage

    def take(self) -> Due:
        """The first picture; called with `changed` held."""
        self._changed.notify_all()
        return self.queue.popleft()

    def seek(self, position_s: float) -> None:
        """Go on from there; called with `changed` held."""
        self.queue.clear()
        self.ended, self._seek_s = False, position_s
        self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self.stopped = True
            self._changed.notify_all()
        self.join()

    def run(self) -> None:
        try:
            self._decode()
        except BaseException as error:  # raised again by the thread that reads
            with self._changed:
                self.error = error
                self._changed.notify_all()
        finally:
            self._source.close()

    def _decode(self) -> None:
        shift_s = 0.0  # from a position in the video to seconds played
        while True:
            end_s = self._decode_run(shift_s)
            with self._changed:
                if self._loop_s is not None and not self._disturbed():
                    self._on_loop(end_s, self._loop_s)
                    start_s, shift_s = self._loop_s, end_s - self._loop_s
                else:
                    self.ended = not self._disturbed()
                    self._changed.notify_all()
                    self._changed.wait_for(self._disturbed)
                    if self.stopped:
                        return
                    start_s, shift_s, self._seek_s = self._seek_s or 0.0, 0.0, None
            self._damage = self.damage()
            self._source.close()
            self._source = self._open_near(start_s)

    def _decode_run(self, shift_s: float) -> float:
        """Queues pictures to the end of the video, which it returns in seconds played, or until it is disturbed."""
        source, end_s = self._source, shift_s
        begins, lasts = source.range.shift - video_start(source), 1 / source.rate
        for event in source.read():
            if isinstance(event, Picture):
                due_s = float(event.pts * event.time_base + begins) + shift_s
                picture = Due(event.over_black(), due_s, float(event.duration * event.time_base or lasts))
                if not self._put(picture):
                    break
                end_s = due_s + picture.lasts_s
        return end_s

    def _put(self, picture: Due) -> bool:
        room = min(_MOST, max(_FEWEST, _QUEUED_BYTES // picture.pixels.nbytes))
        with self._changed:
            self._changed.wait_for(lambda: len(self.queue) < room or self._disturbed())
            if self._disturbed():
                return False
            self.queue.append(picture)
            self._changed.notify_all()
            return True

    def _open_near(self, start_s: float) -> VideoSource:
        """The video from there, or from as near before it as there is a picture."""
        step_s = _STEP_BACK_S
        while True:
            try:
                return self._open_at(start_s)
            except LivebrushError as error:
                if not start_s:
                    raise SourceLost(str(error)) from error
            start_s, step_s = max(0.0, start_s - step_s), 1.5 * step_s

    def _disturbed(self) -> bool:
        return self.stopped or self._seek_s is not None


def video_start(source: VideoSource) -> Fraction:
    """Where the video begins in the file's own time, in seconds."""
    return source.range.zero
