"""The sound of a video that plays: decoded a little ahead, taken by the sound card, which the video's clock follows."""

import importlib
import math
import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.play_clock import PlayClock
from livebrush.realtime.video.media_file import open_media

_AHEAD_S = 0.5  # so much sound waits for the card
_LATENCY_S = 0.1  # asked of the card: Python cannot answer it reliably in much less
_JUMP_S = 0.1  # sound that is further from the picture jumps; nearer, the picture follows it
_FOLLOW_S = 1.0  # how fast: a sound card's clock is steadier than what is said about it
_JOIN_S = 0.03  # containers round timestamps: blocks nearer than this follow each other without a gap
_POLL_S = 0.05  # the callback may not wait for a lock, so nobody is woken by it
_DEAD_S = 3.0  # a card that has not asked for sound in this time is gone
_INSTALL = "run pip install -c constraints.txt -e '.[sound]', and on Linux apt-get install libportaudio2"


@dataclass(eq=False)
class _Run:
    """A stretch of the video that is played without a jump, from start_s on, in seconds of the video.

    shift_s: from there to seconds played; end_s: where it is cut, in seconds played
    blocks:  decoded sound as (first sample, samples), samples counted in time played
    """

    start_s: float
    shift_s: float = 0.0
    end_s: float = math.inf
    begun: bool = False
    blocks: deque[tuple[int, np.ndarray]] = field(default_factory=deque)


class VideoSound:
    """Plays the first sound track of a video in step with a PlayClock, and nudges that to the sound card's pace.

    path:         the video
    zero_s:       where the video begins in the file's own time
    clock:        the video's time; while it is paused there is silence
    stream_class: makes an output stream as sounddevice.OutputStream does; None: that one

    `notes` say why nothing is heard, one line each. A video without a sound track is silent without a note.
    """

    def __init__(self, path: Path, zero_s: Fraction, clock: PlayClock, stream_class: Any = None) -> None:
        self._path, self._zero_s, self._clock = path, zero_s, clock
        self._stream_class = stream_class
        self.notes: list[str] = []
        self._stream: Any = None
        self._rate = self._latency_s = 0.0
        self._thread: threading.Thread | None = None
        self._changed, self._stopped = threading.Condition(), False
        # Replaced as a whole, for the callback takes no lock: the run that is heard, and those that follow it
        self._runs: tuple[_Run, ...] = ()
        self._jumps = self._heard_jumps = self._calls = self._idle_polls = 0
        self._next: int | None = None  # the sample that the card gets next

    def start(self, position_s: float) -> None:
        """Open the track and the device; what goes wrong becomes a note."""
        try:
            if not _has_sound(self._path):
                return
            self._stream = self._open_stream()
            self._rate, self._latency_s = self._stream.samplerate, self._stream.latency
            self._stream.start()
        except Exception as error:  # LivebrushError, PortAudio's own, and what drivers raise through it
            self._give_up(f"no sound: {error}")
            return
        self.jump_to(position_s)
        self._thread = threading.Thread(target=self._decode_ahead, name="livebrush-video-sound", daemon=True)
        self._thread.start()

    def jump_to(self, position_s: float) -> None:
        """Go on from there, where the clock was set to the same."""
        with self._changed:
            self._runs = (_Run(position_s),)
            self._jumps += 1
            self._changed.notify_all()

    def loop_at(self, played_s: float, position_s: float) -> None:
        """After so many seconds played the video goes on at that position; several may be announced, in order."""
        with self._changed:
            if self._runs:
                self._runs[-1].end_s = played_s
                self._runs += (_Run(position_s, played_s - position_s),)
                self._changed.notify_all()

    def close(self) -> None:
        """Silence; may be called twice, and without `start`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        self._close_stream()

    def _open_stream(self) -> Any:
        try:
            stream_class = self._stream_class or importlib.import_module("sounddevice").OutputStream
        except (ImportError, OSError) as error:  # OSError: the package is there, PortAudio is not
            raise LivebrushError(f"{error}; {_INSTALL}", code="not_installed") from error
        try:
            return stream_class(channels=2, dtype="float32", latency=_LATENCY_S, callback=self._fill_card)
        except Exception as error:  # PortAudio's own, known only where sounddevice is
            raise LivebrushError(
                f"the sound device does not open ({error}); connect one, or choose another in the system's settings",
                code="unavailable",
            ) from error

    def _give_up(self, why: str) -> None:
        self.notes.append(f"{why}; the video plays silently")
        self._close_stream()

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            with suppress(Exception):  # a device that is gone cannot be closed either
                stream.close()

    def _fill_card(self, out: np.ndarray, frames: int, times: Any, _status: Any) -> None:
        """PortAudio asks for (frames, 2) float32, in its own thread: never waits for the decoder."""
        self._calls += 1
        out.fill(0)
        if self._clock.paused:
            self._next = None
            return
        jumps, runs, at, rate = self._jumps, self._runs, self._next, self._rate
        until_heard_s = times.outputBufferDacTime - times.currentTime
        if until_heard_s <= 0:  # drivers that do not know
            until_heard_s = self._latency_s
        due_s = self._clock.played_s + until_heard_s
        if at is None or jumps != self._heard_jumps or abs(at / rate - due_s) > _JUMP_S:
            at = round(due_s * rate)
        else:
            self._clock.nudge((at / rate - due_s) * min(1.0, frames / rate / _FOLLOW_S))
        self._next, self._heard_jumps = at + frames, jumps
        for run in runs:
            _take(run, at, out, rate)

    def _decode_ahead(self) -> None:
        try:
            while (run := self._next_run()) is not None:
                self._decode(run)
        except Exception as error:  # whatever it is, the video goes on, and says so
            self._give_up(f"the sound stopped: {error}")

    def _next_run(self) -> _Run | None:
        with self._changed:
            while not self._stopped:
                self._runs = tuple(run for run in self._runs if run.blocks or not self._is_over(run))
                for run in self._runs:
                    if not run.begun:
                        run.begun = True
                        return run
                self._wait()
            return None

    def _is_over(self, run: _Run) -> bool:
        return run.begun and run.end_s < math.inf

    def _decode(self, run: _Run) -> None:
        """Fills a run until it ends, or is not wanted any more."""
        begins, follows = round((run.start_s + run.shift_s) * self._rate), None
        with closing(_read_track(self._path, self._zero_s, run.start_s, round(self._rate))) as blocks:
            for position_s, samples in blocks:
                start = round((position_s + run.shift_s) * self._rate)
                if follows is not None and abs(start - follows) < _JOIN_S * self._rate:
                    start = follows
                follows = start + len(samples)
                if not self._wait_for_room(run, start):
                    return
                early = max(0, begins - start)
                run.blocks.append((start + early, samples[early:]))

    def _wait_for_room(self, run: _Run, start: int) -> bool:
        with self._changed:
            while run in self._runs and start < run.end_s * self._rate and not self._stopped:
                if start / self._rate < self._clock.played_s + _AHEAD_S:
                    return True
                self._wait()
            return False

    def _wait(self) -> None:
        """A short while, with an eye on the card. Raises LivebrushError when it is gone."""
        calls = self._calls
        self._changed.wait(_POLL_S)
        self._idle_polls = self._idle_polls + 1 if calls == self._calls else 0
        if not self._stopped and (not self._stream.active or self._idle_polls * _POLL_S > _DEAD_S):
            raise LivebrushError("the device takes no more; connect it and start again", code="unavailable")


def _take(run: _Run, at: int, out: np.ndarray, rate: float) -> None:
    """Copies what a run has for the samples from `at` on, and drops what is past."""
    end = at + len(out)
    cut = min(end, run.end_s * rate)
    while run.blocks:
        start, samples = run.blocks[0]
        first, last = max(start, at), round(min(start + len(samples), cut))
        if first < last:
            out[first - at : last - at] = samples[first - start : last - start]
        if start + len(samples) > end:
            return
        run.blocks.popleft()


def _has_sound(path: Path) -> bool:
    with closing(open_media(path)) as container:
        tracks = container.streams.audio
        if tracks and tracks[0].codec_context is None:
            raise LivebrushError(
                "there is no decoder for the sound track; convert it to AAC first", code="unsupported"
            )
        return bool(tracks)


def _read_track(
    path: Path, zero_s: Fraction, start_s: float, rate: int
) -> Generator[tuple[float, np.ndarray], None, None]:
    """The first sound track from start_s on: where in the video, in seconds, and (N, 2) float32 in [-1, 1]."""
    with closing(open_media(path)) as container:
        track = container.streams.audio[0]
        if start_s and track.time_base:
            with suppress(FFmpegError, OSError):  # what cannot be wound is read from its beginning
                container.seek(round((start_s + zero_s) / track.time_base), stream=track)
        resampler = av.AudioResampler("flt", "stereo", rate)
        next_s = start_s
        for frame in _decode_track(container, track):
            begins_s = next_s if frame.time is None else frame.time - float(zero_s)
            next_s = begins_s + frame.samples / frame.sample_rate
            if next_s < start_s:
                continue
            try:
                blocks = resampler.resample(frame)
            except ValueError:  # from here on the track has another rate or other channels
                resampler = av.AudioResampler("flt", "stereo", rate)
                blocks = resampler.resample(frame)
            for block in blocks:
                time_s = begins_s if block.time is None else block.time - float(zero_s)
                yield time_s, block.to_ndarray().reshape(-1, 2)


def _decode_track(container: Any, track: Any) -> Iterator[av.AudioFrame]:
    """Its frames; damaged packets are left out, and a file that cannot be read on ends."""
    packets = container.demux(track)
    while True:
        try:
            packet = next(packets, None)
        except (FFmpegError, OSError):
            return
        if packet is None:
            return
        with suppress(FFmpegError):
            yield from packet.decode()
