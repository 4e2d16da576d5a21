"""A video that plays at its own speed: each picture is handed out when it is due, and late ones are left out."""

import math
import os
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from livebrush.realtime.live.sources.decode_ahead import DecodeAhead, video_start
from livebrush.realtime.live.sources.play_clock import Pace, PlayClock
from livebrush.realtime.live.sources.sound import VideoSound
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceEnded, SourceLost
from livebrush.realtime.video.source import VideoSource

_WAIT_S = 0.1  # how long `read` waits at most
_END_S = 1.0  # winding stops this long before the end


class VideoFileSource(LiveSource):
    """Plays a video file: a LiveSource that is Playable.

    path:       any file that FFmpeg reads
    loop:       start over at start_s when the video is over, without a gap
    start_s:    where it starts, in seconds
    size:       (height, width) of the pictures, or a height that keeps their shape; the default is the file's own
    sound:      play its first sound track, where there is a device for it
    clock:      seconds of a clock that only grows
    make_sound: (path, seconds in the file at which the video starts, clock) -> what plays the sound

    A picture that is late by more than the time it lasts is skipped. Where decoding cannot keep up, five pictures a
    second are shown, and a second behind, video and sound wait for them.
    The video is over with its pictures: sound that goes on longer is cut.

    rate_hz, duration_s: pictures a second on average, and seconds, as the file announces them; None before `open`
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        loop: bool = False,
        start_s: float = 0,
        size: tuple[int, int] | int | None = None,
        sound: bool = True,
        clock: Callable[[], float] = time.monotonic,
        make_sound: Callable[[Path, Fraction, PlayClock], VideoSound] = VideoSound,
    ) -> None:
        self._path, self._start_s, self._size, self._with_sound = Path(path), start_s, size, sound
        self._loop_s = start_s if loop else None
        self.name, self.skipped = self._path.name, 0
        self.rate_hz: float | None = None
        self.duration_s: float | None = None
        self._make_sound = make_sound
        self._now, self._clock = clock, PlayClock(clock)
        self._pace = Pace(self._clock, clock)
        self._changed = threading.Condition()  # guards all that follows, and the queue of pictures
        self._ahead: DecodeAhead | None = None
        self._sound: VideoSound | None = None

    @property
    def position_s(self) -> float:
        """Seconds from the video's beginning."""
        return self._clock.position_s

    @property
    def notes(self) -> list[str]:
        """What is wrong with the file or the sound, one line each."""
        damage = self._ahead and self._ahead.damage()
        return ([f"{self.name}: {damage}"] if damage else []) + (self._sound.notes if self._sound else [])

    def open(self) -> None:
        """Start at start_s, with the first call of `read`.

        raises: LivebrushError as VideoSource does: missing, unreadable, no video track, no frame behind start_s
        """
        self.close()
        source = self._open_at(self._start_s)
        self.rate_hz, self.duration_s = float(source.rate), _duration_s(source)
        self._ahead = DecodeAhead(source, self._open_at, self._changed, self._loop_s, self._loop_at)
        self._pace.jump_to(self._start_s)
        if self._with_sound:
            self._sound = self._make_sound(self._path, video_start(source), self._clock)
            self._sound.start(self._start_s)
        self._ahead.start()

    def read(self) -> Delivered | None:
        """The next picture when it is due, captured then; None while paused, or when none is due within 0.1 s.

        Alpha is laid over black. After winding a paused video its new picture comes once.

        raises: SourceEnded; SourceLost when the file cannot be opened again
        """
        ahead = self._ahead
        if ahead is None:
            raise SourceLost(f"{self.name}: is closed; open it first")
        give_up_s = time.monotonic() + _WAIT_S  # conditions wait in real time, whatever clock is injected
        with self._changed:
            while (wait_s := self._until_due_s(ahead)) > 0:
                left_s = give_up_s - time.monotonic()
                if left_s <= 0 or ahead.stopped:
                    return None
                self._changed.wait(min(wait_s, left_s))
            picture = ahead.take()
            if self._pace.shows(picture.due_s, picture.lasts_s) and self._sound:
                self._sound.jump_to(picture.due_s)
            late_s = self._clock.played_s - picture.due_s
            return Delivered(picture.pixels, self._now() - max(late_s, 0.0))

    def close(self) -> None:
        playing = (self._ahead, self._sound)
        self._ahead = self._sound = None
        for part in playing:
            if part:
                part.close()

    def pause(self, paused: bool) -> None:
        with self._changed:
            self._pace.pause(paused)
            self._changed.notify_all()

    def seek_by(self, seconds: float) -> None:
        """Wind by so many seconds: at most to the beginning, or to a second before the end."""
        with self._changed:
            if self._ahead is None:
                return
            end_s = math.inf if self.duration_s is None else self.duration_s - _END_S
            target_s = max(0.0, min(self._clock.position_s + seconds, end_s))
            self._pace.jump_to(target_s)
            self._ahead.seek(target_s)
            if self._sound:
                self._sound.jump_to(target_s)

    def _open_at(self, start_s: float) -> VideoSource:
        return VideoSource(self._path, start_s=start_s or None, size=self._size)

    def _loop_at(self, played_s: float, position_s: float) -> None:
        self._clock.loop_at(played_s, position_s)
        if self._sound:
            self._sound.loop_at(played_s, position_s)

    def _until_due_s(self, ahead: DecodeAhead) -> float:
        """Seconds until the next picture is due, when those that are too late are left out."""
        queue = ahead.queue
        while queue and self._pace.leaves_out(queue[0].due_s, queue[0].lasts_s, more=len(queue) > 1):
            ahead.take()
            self.skipped += 1
        if queue:
            return self._pace.until_due_s(queue[0].due_s)
        if ahead.error:
            raise ahead.error
        if ahead.ended and self._pace.until_over_s() <= 0:
            raise SourceEnded
        return self._pace.until_over_s() if ahead.ended else _WAIT_S


def _duration_s(source: VideoSource) -> float | None:
    stream = source.stream
    if stream.duration is not None:
        return float(((stream.start_time or 0) + stream.duration) * source.time_base - video_start(source))
    return source.container.duration / av.time_base if source.container.duration else None
