"""A microphone, or whatever else a sound card hears, through PortAudio."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock
from livebrush.realtime.live.sources.even_start import EvenStart
from livebrush.realtime.live.sources.sound_library import sound_library

_POLL_S = 0.5
_BELIEVED = 0.005  # of a block that comes late, where the driver does not say when it was heard
_HASTY, _MOST_AHEAD_S = (
    1.05,
    1.0,
)  # a device that hears faster than time goes by is none: the rest is left out
_DEAD_S = 3.0  # a card that has delivered nothing in this time is gone


class Microphone:
    """Hands on what a sound card hears, in blocks that tell when it was heard.

    name:    a device's number, or a part of its name; "" for the system's own choice
    delay_s: added to all times: cameras deliver a picture some hundredths of a second after what it shows
    clock:   the one that frames are stamped by
    library: has what `sounddevice` has; None: that one

    name:    of the device, once it is open; trouble: why nothing is heard any more, else ""
    """

    def __init__(
        self,
        name: str = "",
        delay_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        library: Any = None,
    ) -> None:
        self.name, self.trouble = name, ""
        self._delay_s, self._clock, self._library = delay_s, clock, library
        self._stream: Any = None
        self._rate, self._samples, self._begun_s = SOUND_HZ, 0, 0.0
        self._start = EvenStart(_BELIEVED)
        self._blocks: queue.SimpleQueue[SoundBlock | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def open(self, hand_on: Callable[[SoundBlock], None]) -> None:
        """Begin to listen. hand_on: given each block, in a thread of its own.

        raises: LivebrushError when PortAudio is missing, or there is no such device, or it does not open
        """
        library = self._library or sound_library()
        device = find_microphone(self.name, list_microphones(library), library)
        self.name, self._rate = device["name"], round(device["default_samplerate"])
        try:
            self._stream = library.InputStream(
                device=device["index"], channels=min(2, device["max_input_channels"]), samplerate=self._rate,
                dtype="float32", callback=self._take,
            )  # fmt: skip
            self._stream.start()
        except Exception as error:  # PortAudio's own, known only where sounddevice is
            self._close_stream()
            raise LivebrushError(
                f"the microphone {self.name} does not open ({error}); close what uses it, or choose another",
                code="unavailable",
            ) from error
        self._thread = threading.Thread(
            target=self._run, args=(hand_on,), name="livebrush-microphone", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Hands on what was heard; may be called twice, and without `open`."""
        self._close_stream()
        if self._thread and self._thread.is_alive():
            self._blocks.put(None)
            self._thread.join()

    def _take(self, samples: np.ndarray, frames: int, times: Any, _status: Any) -> None:
        """PortAudio brings (frames, 1 or 2) float32, in its own thread, and takes the memory back."""
        stream = self._stream
        if stream is None:
            return
        now, age_s = self._clock(), stream.time - times.inputBufferAdcTime
        if self._samples == 0:
            self._begun_s = now
        if (self._samples + frames) / self._rate > (now - self._begun_s) * _HASTY + _MOST_AHEAD_S:
            return
        heard_s = now - age_s
        if times.inputBufferAdcTime <= 0 or not 0 <= age_s < _DEAD_S:  # drivers that do not know
            counted_s = self._samples / self._rate
            heard_s = self._start.follow(now - stream.latency - frames / self._rate - counted_s) + counted_s
        self._samples += frames
        stereo = np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples.copy()
        self._blocks.put(SoundBlock(stereo, heard_s + self._delay_s))

    def _run(self, hand_on: Callable[[SoundBlock], None]) -> None:
        resample, heard_s = _Resampler(self._rate), self._clock()
        while True:
            try:
                block = self._blocks.get(timeout=_POLL_S)
            except queue.Empty:
                if not self.trouble and self._clock() - heard_s > _DEAD_S:
                    self.trouble = (
                        f"the microphone {self.name} delivers nothing, and silence is recorded; "
                        "connect it and start again"
                    )
                continue
            if block is None:
                return
            heard_s, self.trouble = self._clock(), ""
            for made in resample(block):
                hand_on(made)

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            with suppress(Exception):  # a device that is gone cannot be closed either
                stream.close()


def list_microphones(library: Any = None) -> list[dict[str, Any]]:
    """The devices that hear something, as `sounddevice.query_devices` describes them.

    raises: LivebrushError when PortAudio is missing
    """
    devices = (library or sound_library()).query_devices()
    return [device for device in devices if device["max_input_channels"] > 0]


def find_microphone(name: str, devices: list[dict[str, Any]], library: Any) -> dict[str, Any]:
    """The device of a number, of a part of a name, or, for "", the system's own choice.

    raises: LivebrushError where there is none
    """
    known = ", ".join(f"{device['index']} {device['name']}" for device in devices)
    if not known:
        raise LivebrushError("there is no microphone; connect one", code="not_found")
    if not name:
        with suppress(Exception):  # PortAudio's own: it has no choice
            chosen = library.query_devices(kind="input")["index"]
            devices = [device for device in devices if device["index"] == chosen] or devices
        return devices[0]
    for device in devices:
        if name == str(device["index"]) or (not name.isdecimal() and name.lower() in device["name"].lower()):
            return device
    raise LivebrushError(f"no microphone is called {name!r}; there are {known}", code="not_found")


class _Resampler:
    """Blocks of a card's rate to blocks of SOUND_HZ, in their order."""

    def __init__(self, rate: int) -> None:
        self._rate, self._count = rate, 0
        self._resampler = None if rate == SOUND_HZ else av.AudioResampler("flt", "stereo", SOUND_HZ)

    def __call__(self, block: SoundBlock) -> Iterator[SoundBlock]:
        if self._resampler is None:
            yield block
            return
        samples = np.ascontiguousarray(block.samples).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._count, Fraction(1, self._rate)
        begins_s = block.time_s - self._count / self._rate  # of what was counted
        self._count += len(block.samples)
        for made in self._resampler.resample(frame):
            yield SoundBlock(made.to_ndarray().reshape(-1, 2), begins_s + (made.time or 0.0))
