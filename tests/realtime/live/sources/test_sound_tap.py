"""SoundTap: what a video's clock says was played, as blocks with the times at which it was."""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock
from livebrush.realtime.live.sources.play_clock import PlayClock
from livebrush.realtime.live.sources.sound_tap import SoundTap
from tests.realtime.live.hand_set_clock import HandSetClock
from tests.realtime.live.sources.test_sound import STEPS, at, make_track
from tests.realtime.video.clips import Clip, make_clip

pytestmark = pytest.mark.usefixtures("no_thread_stays")


@pytest.fixture
def told() -> list[SoundBlock]:
    return []


@pytest.fixture
def tapped(clock: PlayClock, told: list[SoundBlock]) -> Iterator[Callable[[Path], SoundTap]]:
    taps: list[SoundTap] = []

    def tap(path: Path) -> SoundTap:
        taps.append(SoundTap(path, Fraction(0), clock, told.append))
        taps[-1].start()
        return taps[-1]

    yield tap
    for one in taps:
        one.close()


def numbers(block: SoundBlock) -> np.ndarray:
    return np.rint(block.samples[:, 0] * 32768).astype(int)


def pass_by(now: HandSetClock, seconds: float) -> None:
    """In steps, with time for the tap's thread."""
    for _ in range(round(seconds / 0.05)):
        now.now += 0.05
        time.sleep(0.005)


def assert_tells(told: list[SoundBlock], expected: list[tuple[float, float, float]]) -> None:
    """expected: (from, until, position) in seconds; every sample of these and no other was told, in time."""
    for begin_s, end_s, position_s in expected:
        parts = [block for block in told if begin_s - 1e-4 <= block.time_s < end_s - 1e-4]
        for block in parts:
            first = at(position_s + block.time_s - begin_s)
            assert numbers(block).tolist() == [(first + n - 1) % STEPS + 1 for n in range(len(block.samples))]
        together = sum(len(block.samples) for block in parts)
        assert together == pytest.approx((end_s - begin_s) * SOUND_HZ, abs=2)
    total_s = sum(end_s - begin_s for begin_s, end_s, _ in expected)
    assert sum(len(block.samples) for block in told) == pytest.approx(
        total_s * SOUND_HZ, abs=2 * len(expected)
    )


def test_what_is_played_is_told_with_its_times(tmp_path, now, told, tapped) -> None:
    tap = tapped(make_track(tmp_path / "a.mov"))
    pass_by(now, 1.0)
    tap.close()
    assert_tells(told, [(0, 1.0, 0)])


def test_a_thread_that_comes_late_tells_the_same(tmp_path, now, clock, told, tapped) -> None:
    tap = tapped(make_track(tmp_path / "a.mov"))
    for step in (
        lambda: clock.pause(True), lambda: clock.pause(False), lambda: clock.jump_to(2.5),
        lambda: clock.jump_to(0.5), lambda: None,
    ):  # fmt: skip
        now.now += 0.3
        step()
    tap.close()
    assert_tells(told, [(0, 0.3, 0), (0.6, 0.9, 0.3), (0.9, 1.2, 2.5), (1.2, 1.5, 0.5)])


def test_a_loop_is_followed_to_the_sample(tmp_path, now, clock, told, tapped) -> None:
    tap = tapped(make_track(tmp_path / "a.mov"))
    for number in range(1, 4):
        clock.loop_at(0.4 * number, 0.0)
    now.now += 1.3
    tap.close()
    assert_tells(told, [(0, 0.4, 0), (0.4, 0.8, 0), (0.8, 1.2, 0), (1.2, 1.3, 0)])


def test_a_clock_that_is_nudged_tells_every_sample_once(tmp_path, now, clock, told, tapped) -> None:
    """By a sound card that is slow: a block is due later than the last one ended, by a little."""
    tap = tapped(make_track(tmp_path / "a.mov"))
    for _ in range(100):
        now.now += 0.01
        clock.nudge(-0.00005)
    tap.close()
    heard = np.concatenate([numbers(block) for block in told])
    assert set(np.diff(heard) % STEPS) == {1} and len(heard) == pytest.approx(0.995 * SOUND_HZ, abs=5)
    assert told[-1].time_s + len(told[-1].samples) / SOUND_HZ == pytest.approx(1.0, abs=0.001)


def test_before_and_behind_the_track_there_is_silence(tmp_path, now, told, tapped) -> None:
    path = make_clip(tmp_path / "a.mp4", Clip(pts=range(25), audio_starts=(Fraction(1, 2),)))
    tap = tapped(path)
    pass_by(now, 5.0)
    tap.close()
    together = np.concatenate([block.samples for block in told])
    assert len(together) == pytest.approx(5.0 * SOUND_HZ, abs=2)
    loud = np.flatnonzero(together.any(1))
    assert loud[0] / SOUND_HZ == pytest.approx(0.5, abs=0.03) and not together[4 * SOUND_HZ :].any()


def test_a_file_that_is_gone_is_noted(tmp_path, now, clock, told, tapped) -> None:
    path = make_track(tmp_path / "a.mov")
    tap = tapped(path)
    pass_by(now, 0.2)
    path.unlink()
    clock.jump_to(3.0)
    pass_by(now, 0.1)
    tap.close()
    (note,) = tap.notes
    assert "no such file" in note and "recorded no further" in note


def test_closing_twice_is_closing_once(tmp_path, now, told, tapped) -> None:
    tap = tapped(make_track(tmp_path / "a.mov"))
    tap.close()
    told.clear()
    now.now += 1
    tap.close()
    assert told == []
