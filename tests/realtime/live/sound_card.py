"""A sound card that is none: stands in for the module sounddevice, and hears what a test says."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

_STREAM_S = 777.0  # the card's own time, ahead of the monotonic clock


class SoundCard:
    """One microphone, that hears by the card's clock.

    hears:    moments on the monotonic clock, (N,), to samples in [-1, 1], (N,)
    rate:     samples a second that it says it takes; fast: how much more it really takes, as a share
    channels: of the microphone
    late_s:   so much later than it was heard each block comes: number of the block -> seconds
    lost:     numbers of blocks that never come
    knows:    whether it says when blocks were heard
    """

    def __init__(
        self,
        hears: Callable[[np.ndarray], np.ndarray],
        rate: int = 48_000,
        fast: float = 0.0,
        channels: int = 1,
        late_s: Callable[[int], float] = lambda block: 0.0,
        lost: Callable[[int], bool] = lambda block: False,
        knows: bool = True,
    ) -> None:
        self.hears, self.rate, self.fast, self.channels = hears, rate, fast, channels
        self.late_s, self.lost, self.knows = late_s, lost, knows
        self.refusal: Exception | None = None
        self.opened: list[dict[str, Any]] = []
        self.unplugged = False

    def query_devices(self, kind: str | None = None) -> Any:
        devices = [
            {"index": 0, "name": "Speakers", "max_input_channels": 0, "default_samplerate": 48_000.0},
            {"index": 1, "name": "Built-in", "max_input_channels": 2, "default_samplerate": 48_000.0},
            {"index": 2, "name": "USB Microphone", "max_input_channels": self.channels,
             "default_samplerate": float(self.rate)},
        ]  # fmt: skip
        return devices[2] if kind == "input" else devices

    def InputStream(self, **asked: Any) -> "_Stream":
        if self.refusal:
            raise self.refusal
        self.opened.append(asked)
        return _Stream(self, **asked)


class _Stream:
    def __init__(
        self, card: SoundCard, device: int, channels: int, samplerate: int, dtype: str, callback: Any
    ) -> None:
        assert dtype == "float32"
        self._card, self._channels, self._rate, self._callback = card, channels, samplerate, callback
        self.latency = 0.02
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound-card")

    @property
    def time(self) -> float:
        return time.monotonic() + _STREAM_S

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        card, frames = self._card, self._rate // 100
        begun_s, really_hz = time.monotonic(), self._rate * (1 + card.fast)
        number = 0
        while True:
            heard_s = begun_s + number * frames / really_hz
            samples = card.hears(heard_s + np.arange(frames) / really_hz).astype(np.float32)
            due_s = heard_s + frames / really_hz + self.latency + card.late_s(number)
            if self._over.wait(max(0.0, due_s - time.monotonic())):
                return
            if not card.unplugged and not card.lost(number):
                adc_s = heard_s + _STREAM_S if card.knows else 0.0
                times = SimpleNamespace(inputBufferAdcTime=adc_s, currentTime=self.time)
                self._callback(np.repeat(samples[:, None], self._channels, 1), frames, times, None)
            number += 1
