"""The test picture: the same for a number, moving, and paced by its clock."""

import numpy as np
import pytest

# Under another name, or pytest takes it for a class of tests
from livebrush.realtime.live.sources.source import Delivered
from livebrush.realtime.live.sources.test_pattern import TestPattern as Pattern
from tests.realtime.live.hand_set_clock import HandSetClock


def paced(rate_hz: float = 30.0) -> tuple[Pattern, HandSetClock]:
    clock = HandSetClock(100.0)
    pattern = Pattern((48, 64), rate_hz, clock, clock.sleep)
    pattern.open()
    return pattern, clock


def shows(frame: Delivered | None, pattern: Pattern, number: int) -> bool:
    return frame is not None and np.array_equal(frame.pixels, pattern.picture(number))


@pytest.mark.parametrize("size", [(480, 640), (720, 1280), (1280, 720), (37, 51), (1, 1)])
def test_frames_are_rgb_of_the_size_asked_for(size):
    frame = Pattern(size).picture(3)
    assert frame.shape == (*size, 3) and frame.dtype == np.uint8


def test_a_frame_depends_on_its_number_alone():
    one, other = Pattern((120, 160)), Pattern((120, 160))
    for number in (0, 1, 500, 10**6):
        assert np.array_equal(one.picture(number), other.picture(number))
    assert not np.array_equal(one.picture(0), one.picture(1))


def test_frames_do_not_share_memory():
    pattern = Pattern((48, 64))
    before = pattern.picture(5)
    kept = before.copy()
    before[:] = 0
    assert np.array_equal(pattern.picture(5), kept)


def test_it_has_flat_parts_fine_parts_and_many_colours():
    """Something to judge a painting by."""
    frame = Pattern((480, 640)).picture(100).astype(float)
    detail = np.abs(np.diff(frame.mean(2), axis=1))
    sky, meadow = detail[:150], detail[-40:, 300:]
    assert np.median(sky) < 1 and np.median(meadow) > 4
    assert len(np.unique(frame.reshape(-1, 3) // 32, axis=0)) > 40


@pytest.mark.parametrize("size", [(120, 160), (320, 120)])
def test_the_landscape_has_no_seam(size):
    """Where the drifting panorama starts again, columns differ no more than beside it."""
    landscape = Pattern(size)._landscape
    for layer in (landscape.sky, landscape.hills):
        steps = np.abs(np.diff(layer.astype(float), axis=1)).mean((0, 2))
        seam = landscape.period - 1
        assert steps[seam] <= 1.5 * max(steps[seam - 1], steps[seam + 1])


def test_frames_are_due_at_their_rate():
    pattern, clock = paced(25)
    stamps = []
    for number in range(50):
        assert shows(pattern.read(), pattern, number)
        stamps.append(clock.now - 100)
    assert stamps == pytest.approx([number / 25 for number in range(50)])
    assert pattern.skipped == 0


def test_late_frames_are_left_out_and_counted():
    pattern, clock = paced(25)
    pattern.read()
    clock.now += 0.41  # frames 1 to 9 are over, 10 is due
    assert shows(pattern.read(), pattern, 10)
    assert pattern.skipped == 9
    assert shows(pattern.read(), pattern, 11)
    assert clock.now - 100 == pytest.approx(11 / 25)


def test_a_reader_waits_a_tenth_of_a_second_at_most():
    pattern, clock = paced(rate_hz=4)
    pattern.read()
    waited = []
    for _ in range(3):
        before = clock.now
        waited.append((pattern.read() is None, round(clock.now - before, 9)))
    assert waited == [(True, 0.1), (True, 0.1), (False, 0.05)]


def test_time_starts_with_the_first_read_after_opening():
    pattern, clock = paced()
    clock.now += 60  # a model is loaded meanwhile
    assert shows(pattern.read(), pattern, 0) and pattern.skipped == 0
    pattern.close()
    clock.now += 60
    pattern.open()
    assert shows(pattern.read(), pattern, 0) and pattern.skipped == 0


@pytest.mark.parametrize("size, rate_hz", [((0, 640), 30), ((480, 640), 0)])
def test_senseless_sizes_and_rates_are_refused(size, rate_hz):
    with pytest.raises(ValueError, match="above 0"):
        Pattern(size, rate_hz)
