"""VideoSound: a sound card that is driven by hand, on a clock that is moved by hand."""

import importlib
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.sound import VideoSound
from livebrush.realtime.live.sources.video_file import VideoFileSource
from tests.realtime.live.hand_set_clock import HandSetClock
from tests.realtime.video.clips import Clip, make_clip

RATE = 48000
BLOCK = 480
STEPS = 30000  # the sample n of a made track holds n modulo this: what is heard tells where it is from


class Card:
    """A sound card: hands out one output stream, and plays it when told.

    fast: how much its clock gains on the wall clock; heard: all that it played, one channel, as sample numbers
    """

    def __init__(self, now: HandSetClock, rate: int = RATE, fast: float = 0.0) -> None:
        self._now, self.samplerate, self._fast = now, rate, fast
        self.latency, self.active, self.opened, self.closed = 0.05, False, 0, False
        self.heard: list[np.ndarray] = []

    def __call__(self, channels: int, dtype: str, latency: float, callback: Any) -> "Card":
        assert (channels, dtype) == (2, "float32") and latency > 0
        self.opened += 1
        self._callback = callback
        return self

    def start(self) -> None:
        self.active = True

    def close(self) -> None:
        self.active, self.closed = False, True

    def play(self, blocks: int = 1, samples: int = BLOCK) -> np.ndarray:
        """So many blocks of sound, (blocks * samples,) sample numbers, while the time passes."""
        played = [self._block(samples) for _ in range(blocks)]
        return np.concatenate(played)

    def _block(self, samples: int) -> np.ndarray:
        out = np.full((samples, 2), 7, np.float32)
        seconds = self._now.now + 12345  # the stream's own clock
        times = SimpleNamespace(currentTime=seconds, outputBufferDacTime=seconds + self.latency)
        self._callback(out, samples, times, None)
        self._now.now += samples / (self.samplerate * (1 + self._fast))
        assert np.allclose(out[:, 0], out[:, 1], atol=1e-3)
        numbers = np.rint(out[:, 0] * 32768).astype(int)
        self.heard.append(numbers)
        return numbers


def make_track(path: Path, seconds: float = 4.0, rate: int = RATE, start: float = 0.0) -> Path:
    """Sound whose samples count: 1, 2, ... STEPS, 1, 2, ..."""
    numbers = (np.arange(round(seconds * rate)) % STEPS + 1).astype(np.int16)
    with av.open(str(path), "w") as output:
        track = output.add_stream("pcm_s16le", rate=rate, layout="stereo")
        for begin in range(0, len(numbers), 1024):
            block = numbers[begin : begin + 1024]
            frame = av.AudioFrame.from_ndarray(np.repeat(block, 2)[None], format="s16", layout="stereo")
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = begin + round(start * rate)
            output.mux(track.encode(frame))
        output.mux(track.encode())
    return path


def at(position_s: float) -> int:
    """The number of the sample that is heard at a position in a made track."""
    return round(position_s * RATE) % STEPS + 1


def decoded_to(sound: VideoSound, played_s: float) -> None:
    """Waits until the decoder has got so far."""
    for _ in range(2000):
        blocks = [block for run in sound._runs for block in run.blocks]
        if any(start + len(samples) >= played_s * RATE for start, samples in blocks):
            return
        time.sleep(0.005)
    raise AssertionError(f"nothing was decoded up to {played_s} s")


@pytest.fixture
def card(now) -> Card:
    return Card(now)


@pytest.fixture
def started(clock):
    """Starts the sound of a file, and closes it after the test."""
    sounds: list[VideoSound] = []

    def start(path: Path, card: Any, position_s: float = 0.0) -> VideoSound:
        sounds.append(VideoSound(path, Fraction(0), clock, card))
        sounds[-1].start(position_s)
        return sounds[-1]

    yield start
    for sound in sounds:
        sound.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("livebrush-video")]


def test_what_is_heard_is_where_the_video_is(tmp_path, clock, card, started):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    heard = card.play(20)
    assert heard.tolist() == [at(card.latency) + n for n in range(len(heard))]  # the card speaks later


def test_pause_is_silence_at_once_and_goes_on_in_step(tmp_path, clock, now, card, started):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    card.play(5)
    clock.pause(True)
    assert not card.play(50).any()
    clock.pause(False)
    decoded_to(sound, 0.4)
    assert card.play()[0] == at(clock.position_s - BLOCK / RATE + card.latency)


def test_the_video_follows_a_card_that_runs_fast_for_an_hour(tmp_path, clock, now, started):
    card = Card(now, fast=0.0002)
    started(make_track(tmp_path / "a.mov", 0.1), card)
    began_s, samples = now.now, 0
    worst_s = 0.0
    for _ in range(3600 * 10):
        heard_s = card.latency + samples / RATE
        worst_s = max(worst_s, abs(heard_s - clock.played_s - card.latency))
        card._block(RATE // 10)
        samples += RATE // 10
        card.heard.clear()
    assert samples / RATE - (now.now - began_s) > 0.7  # what the card gained on the wall clock
    assert worst_s < 0.002


@pytest.mark.parametrize("late_s", [-0.03, 0.03])
def test_small_differences_move_the_video_and_not_the_sound(tmp_path, clock, card, started, late_s):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    card.play(5)
    clock.nudge(late_s)
    heard = np.concatenate([card.play(20), (decoded_to(sound, 0.5), card.play(10))[1]])
    assert set(np.diff(heard)) == {1}
    difference_s = heard[-1] / RATE - (clock.played_s + card.latency)
    assert 0 < -difference_s / late_s < 0.8


def test_a_gap_makes_the_sound_jump(tmp_path, clock, now, card, started):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    card.play(5)
    now.now += 1.5  # the machine slept
    card.play()
    decoded_to(sound, 1.9)
    expected = at(clock.position_s + card.latency)
    assert card.play()[0] == pytest.approx(expected, abs=1)


def test_sound_that_is_not_decoded_yet_is_silence_and_the_rest_in_step(tmp_path, clock, now, card, started):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    with sound._changed:  # the decoder stands still
        heard = card.play(80)
    silent = np.flatnonzero(heard == 0)
    assert len(silent) and silent[0] > 0.3 * RATE and set(np.diff(silent)) == {1}
    decoded_to(sound, 1.2)
    assert card.play()[0] == pytest.approx(at(clock.position_s - BLOCK / RATE + card.latency), abs=1)


def test_a_jump_goes_on_at_the_new_place(tmp_path, clock, card, started):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    card.play(5)
    for position_s in (3.0, 1.0, 1.02):
        clock.jump_to(position_s)
        sound.jump_to(position_s)
        decoded_to(sound, position_s + 0.4)
        heard = card.play(5)
        assert heard.tolist() == [at(position_s + card.latency) + n for n in range(len(heard))]


def test_a_loop_is_heard_without_a_gap(tmp_path, clock, card, started):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    clock.loop_at(0.5)
    sound.loop_at(0.5, 0.0)
    clock.loop_at(0.9, 0.2)
    sound.loop_at(0.9, 0.2)
    heard = []
    for _ in range(10):
        decoded_to(sound, clock.played_s + 0.3)
        heard += card.play(10).tolist()
    begin = round(card.latency * RATE)
    expected = [*range(begin, RATE // 2), *range(round(0.4 * RATE)), *range(round(0.2 * RATE), RATE)]
    assert heard == [n + 1 for n in expected[: len(heard)]]
    assert clock.position_s == pytest.approx(0.3, abs=0.001)


def test_a_track_that_starts_late_is_heard_late(tmp_path, clock, card, started):
    path = tmp_path / "a.mp4"
    make_clip(path, Clip(audio_starts=(Fraction(1, 2),)))
    sound = started(path, card)
    early = card.play(20)  # so far ahead nothing is decoded yet
    decoded_to(sound, 0.55)
    heard = np.concatenate([early, card.play(30)])
    first_s = np.flatnonzero(heard)[0] / RATE + card.latency
    assert first_s == pytest.approx(0.5, abs=0.03)  # AAC begins with a little silence


def test_other_rates_become_the_cards(tmp_path, clock, now, started):
    with av.open(str(tmp_path / "a.mov"), "w") as output:
        track = output.add_stream("pcm_s16le", rate=22050, layout="mono")
        wave = np.sin(2 * np.pi * 300 * np.arange(22050) / 22050) * 9000
        frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 22050, 0
        output.mux(track.encode(frame))
    card = Card(now, rate=44100)
    sound = started(tmp_path / "a.mov", card)
    decoded_to(sound, 0.4)
    heard = card.play(40)
    waves = np.count_nonzero((heard[:-1] < 0) & (heard[1:] >= 0))
    assert waves == pytest.approx(300 * len(heard) / 44100, abs=1)


def test_rounded_timestamps_make_no_clicks(tmp_path, clock, card, started):
    sound = started(make_track(tmp_path / "a.mkv"), card)  # Matroska keeps milliseconds
    decoded_to(sound, 0.4)
    assert set(np.diff(card.play(30))) == {1}


def test_a_device_that_disappears_leaves_a_silent_video_and_a_note(tmp_path, clock, now, card, started):
    sound = started(make_track(tmp_path / "a.mov"), card)
    decoded_to(sound, 0.4)
    card.play(5)
    card.active = False
    for _ in range(2000):
        if sound.notes:
            break
        time.sleep(0.005)
    assert sound.notes == [
        "the sound stopped: the device takes no more; connect it and start again; the video plays silently"
    ]
    position_s = clock.position_s
    sound.jump_to(1)
    sound.loop_at(2, 0)
    now.now += 1
    assert clock.position_s == position_s + 1 and card.closed


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError("No module named 'sounddevice'"), OSError("PortAudio library not found")]
)
def test_a_missing_library_is_noted_with_what_to_install(tmp_path, monkeypatch, started, error):
    def fail(_name):
        raise error

    path = make_track(tmp_path / "a.mov")
    with monkeypatch.context() as patch:
        patch.setattr(importlib, "import_module", fail)
        sound = started(path, None)
    (note,) = sound.notes
    assert str(error) in note and "'.[sound]'" in note and "libportaudio2" in note and "silently" in note


def test_sounddevice_is_loaded_only_for_sound(tmp_path, monkeypatch, started):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert not started(make_clip(tmp_path / "silent.mp4"), None).notes
    assert "sounddevice" in started(make_track(tmp_path / "a.mov"), None).notes[0]


def test_a_missing_device_is_noted(tmp_path, started):
    def no_device(**_options):
        raise RuntimeError("Error querying device -1")

    sound = started(make_track(tmp_path / "a.mov"), no_device)
    (note,) = sound.notes
    assert "does not open (Error querying device -1); connect one" in note and "silently" in note


def test_a_video_without_sound_opens_no_device(tmp_path, card, started):
    sound = started(make_clip(tmp_path / "silent.mp4"), card)
    sound.jump_to(1)
    sound.loop_at(2, 0)
    assert not sound.notes and not card.opened


def test_a_track_that_goes_missing_is_noted(tmp_path, clock, card, started):
    path = make_track(tmp_path / "a.mov")
    sound = started(path, card)
    decoded_to(sound, 0.4)
    path.unlink()
    sound.jump_to(2)
    for _ in range(2000):
        if sound.notes:
            break
        time.sleep(0.005)
    assert "no such file" in sound.notes[0]


def video_with(card: Card, now: HandSetClock, path: Path, **options: Any) -> VideoFileSource:
    video = VideoFileSource(
        path, clock=now, make_sound=lambda *asked: VideoSound(*asked, stream_class=card), **options
    )
    video.open()
    return video


def shown(video: VideoFileSource) -> None:
    for _ in range(100):
        if video.read() is not None:
            return
    raise AssertionError("no picture came")


def test_a_video_brings_its_sound_along(tmp_path, now, card):
    path = make_clip(tmp_path / "a.mp4", Clip(pts=range(50), audio_starts=(Fraction(0),)))
    video = video_with(card, now, path, loop=True)
    sound = video._sound
    assert sound is not None and card.active
    assert not card.play(10).any()  # nothing is heard before the first picture is there
    shown(video)
    decoded_to(sound, 0.4)
    assert card.play(10).any()
    video.pause(True)
    assert not card.play(10).any()
    video.pause(False)
    video.seek_by(0.2)
    assert not card.play(10).any()
    shown(video)
    decoded_to(sound, video.position_s + 0.3)
    assert card.play(5).any()
    video.close()
    assert card.closed and not video.notes
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("livebrush-video")]


def test_a_video_without_a_sound_device_plays_and_says_so(tmp_path, now):
    def no_device(**_options):
        raise LivebrushError("there is none")

    path = make_clip(tmp_path / "a.mp4", Clip(audio_starts=(Fraction(0),)))
    video = video_with(no_device, now, path)  # type: ignore[arg-type]
    shown(video)
    assert "there is none" in video.notes[0] and "silently" in video.notes[0]
    video.close()
