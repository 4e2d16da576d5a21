"""Microphone: a sound card that is found, opened, listened to, and lost."""

import importlib
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock
from livebrush.realtime.live.sources.even_start import EvenStart
from livebrush.realtime.live.sources.microphone import Microphone, list_microphones
from tests.realtime.live.sound_card import SoundCard

pytestmark = pytest.mark.usefixtures("no_thread_stays")


def heard_by(card: SoundCard, seconds: float = 0.3, **options: Any) -> list[SoundBlock]:
    blocks: list[SoundBlock] = []
    microphone = Microphone("usb", library=card, **options)
    microphone.open(blocks.append)
    deadline = time.monotonic() + 20
    while sum(len(block.samples) for block in blocks) < seconds * SOUND_HZ:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    microphone.close()
    microphone.close()
    return blocks


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (48_000, 2), (44_100, 2), (16_000, 1)])
def test_what_is_heard_comes_in_stereo_with_its_times(rate: int, channels: int) -> None:
    """The card hears a tone that tells the time."""
    begins_s = time.monotonic()

    def wave(moments: np.ndarray) -> np.ndarray:
        return 0.5 * np.sin(2 * np.pi * 200 * (moments - begins_s))

    blocks = heard_by(SoundCard(wave, rate=rate, channels=channels))
    wrong = []
    for block in blocks[3:-3]:
        assert block.samples.dtype == np.float32 and block.samples.shape[1] == 2
        expected = wave(block.time_s + np.arange(len(block.samples)) / SOUND_HZ)
        wrong.append(np.abs(block.samples - expected[:, None]).max())
    assert np.median(wrong) < 0.1  # of 0.5: 0.2 ms. A thread that is held up is wrong about one block


def test_a_delay_makes_it_later() -> None:
    began_s = time.monotonic()
    (first, *_) = heard_by(SoundCard(np.zeros_like), delay_s=100.0)
    assert began_s + 100 <= first.time_s < time.monotonic() + 100


def test_a_card_that_does_not_say_when_is_taken_at_its_latency() -> None:
    blocks = heard_by(SoundCard(np.zeros_like, knows=False))
    gaps = np.diff([block.time_s for block in blocks])
    assert np.median(gaps) == pytest.approx(0.01, abs=0.003)


def test_late_blocks_of_such_a_card_are_put_where_they_belong() -> None:
    """Every other block comes 50 ms late, and the next one with it."""
    began_s = time.monotonic()

    def wave(moments: np.ndarray) -> np.ndarray:
        return (moments - began_s) / 100

    card = SoundCard(wave, knows=False, late_s=lambda number: 0.05 * (number % 2))
    late_s = [block.time_s - began_s - 100 * float(block.samples[0, 0]) for block in heard_by(card, 0.6)]
    assert np.median(np.abs(late_s)) < 0.02


def test_what_comes_faster_than_time_goes_by_is_left_out() -> None:
    """As some devices do that are none: an hour of sound at once."""

    class Hasty(SoundCard):
        def InputStream(self, **options: Any) -> SimpleNamespace:
            times = SimpleNamespace(inputBufferAdcTime=0.0)

            def start() -> None:
                for _ in range(3600):
                    options["callback"](np.zeros((SOUND_HZ, 1), np.float32), SOUND_HZ, times, None)

            return SimpleNamespace(start=start, close=lambda: None, time=0.0, latency=0.01)

    blocks: list[SoundBlock] = []
    microphone = Microphone("usb", library=Hasty(np.zeros_like), clock=lambda: 5.0)
    microphone.open(blocks.append)
    microphone.close()
    assert sum(len(block.samples) for block in blocks) == SOUND_HZ


def test_what_is_late_for_long_is_believed() -> None:
    start = EvenStart(0.1)
    assert start.follow(5.0) == 5.0
    assert start.follow(4.9) == 4.9
    assert start.follow(5.0) == pytest.approx(4.91)
    for _ in range(100):
        believed_s = start.follow(5.0)
    assert believed_s == pytest.approx(5.0, abs=0.001)
    assert start.follow(9.0) == 9.0


@pytest.mark.parametrize(
    ("name", "device", "channels"),
    [("", 2, 1), ("built", 1, 2), ("MICRO", 2, 1), ("1", 1, 2), ("2", 2, 1)],
)
def test_devices_are_named_by_number_or_part_of_the_name(name: str, device: int, channels: int) -> None:
    card = SoundCard(np.zeros_like)
    microphone = Microphone(name, library=card)
    microphone.open(lambda block: None)
    microphone.close()
    assert (card.opened[0]["device"], card.opened[0]["channels"]) == (device, channels)
    assert microphone.name == card.query_devices()[device]["name"]


@pytest.mark.parametrize("name", ["speakers", "0", "9", "video.mp4"])
def test_one_that_is_not_there_is_answered_with_those_that_are(name: str) -> None:
    microphone = Microphone(name, library=SoundCard(np.zeros_like))
    with pytest.raises(LivebrushError, match=f"'{name}'; there are 1 Built-in, 2 USB Microphone"):
        microphone.open(lambda block: None)
    microphone.close()


def test_a_machine_without_one() -> None:
    card = SoundCard(np.zeros_like)
    card.query_devices = lambda kind=None: []  # type: ignore[method-assign]
    assert list_microphones(card) == []
    with pytest.raises(LivebrushError, match="there is no microphone; connect one"):
        Microphone("", library=card).open(lambda block: None)


def test_one_that_does_not_open_says_why() -> None:
    card = SoundCard(np.zeros_like)
    card.refusal = RuntimeError("Device unavailable")
    with pytest.raises(LivebrushError, match=r"USB Microphone does not open \(Device unavailable\)"):
        Microphone("usb", library=card).open(lambda block: None)


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError("No module named 'sounddevice'"), OSError("PortAudio library not found")]
)
def test_a_missing_library_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(_name: str) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(importlib, "import_module", fail)
        with pytest.raises(LivebrushError) as caught:
            Microphone().open(lambda block: None)
    assert str(error) in str(caught.value) and "libportaudio2" in str(caught.value)
    assert caught.value.code == "not_installed"


def test_one_that_is_unplugged_says_so_until_it_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[Microphone.__module__]
    monkeypatch.setattr(module, "_DEAD_S", 0.2)
    monkeypatch.setattr(module, "_POLL_S", 0.02)
    card = SoundCard(np.zeros_like)
    microphone = Microphone(library=card)
    microphone.open(lambda block: None)

    def until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    card.unplugged = True
    until(lambda: "USB Microphone delivers nothing" in microphone.trouble)
    card.unplugged = False
    until(lambda: not microphone.trouble)
    microphone.close()
