"""PlayClock and Pace: the time of a video, and which pictures are shown, with a clock that is moved by hand."""

import math
import threading

import pytest

from livebrush.realtime.live.sources.play_clock import Pace


def test_it_runs_from_the_start_with_the_wall_clock(now, clock):
    now.now += 2.5
    assert (clock.position_s, clock.played_s) == (2.5, 2.5)


def test_a_pause_is_not_counted(now, clock):
    now.now += 1
    clock.pause(True)
    clock.pause(True)
    now.now += 100
    assert clock.paused and clock.position_s == 1
    clock.pause(False)
    clock.pause(False)
    now.now += 2
    assert not clock.paused and clock.position_s == 3


def test_it_jumps_running_and_paused(now, clock):
    clock.jump_to(60)
    now.now += 1
    assert clock.position_s == 61
    clock.pause(True)
    clock.jump_to(5)
    now.now += 1
    assert clock.position_s == 5
    clock.pause(False)
    now.now += 1
    assert clock.position_s == 6


def test_nudges_add_up_and_go_both_ways(now, clock):
    now.now += 10
    clock.nudge(0.25)
    clock.nudge(-0.5)
    assert clock.position_s == 9.75
    now.now += 1
    assert clock.position_s == 10.75


def test_a_video_that_starts_over_keeps_counting_what_was_played(now, clock):
    clock.loop_at(4)
    clock.loop_at(7, position_s=1)
    seen = []
    for _ in range(9):
        seen.append((clock.played_s, clock.position_s))
        now.now += 1
    assert seen == list(zip(range(9), [0, 1, 2, 3, 0, 1, 2, 1, 2], strict=True))


def test_a_jump_forgets_the_starts_over(now, clock):
    clock.loop_at(4)
    clock.loop_at(8)
    now.now += 5
    assert clock.position_s == 1
    clock.jump_to(3)
    now.now += 6
    assert (clock.position_s, clock.played_s) == (9, 9)


def test_a_nudge_back_over_a_start_over_stays_at_the_beginning(now, clock):
    clock.loop_at(4)
    now.now += 4
    assert clock.position_s == 0
    clock.nudge(-0.5)
    assert clock.position_s == 0


def test_no_nudge_is_lost_between_threads(clock):
    def nudge():
        for _ in range(5000):
            clock.nudge(1)

    threads = [threading.Thread(target=nudge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.position_s == 20000


@pytest.fixture
def pace(now, clock) -> Pace:
    """A pace whose first picture, due at 0 for 0.04 s, was just shown."""
    pace = Pace(clock, now)
    pace.jump_to(0)
    pace.shows(0, 0.04)
    return pace


def test_the_clock_stands_until_the_first_picture_is_there(now, clock):
    pace = Pace(clock, now)
    pace.jump_to(7)
    now.now += 3
    assert clock.position_s == 7 and pace.until_due_s(7.03) == 0
    assert not pace.shows(7.03, 0.04)
    now.now += 1
    assert clock.position_s == 8


def test_the_clock_is_set_back_to_a_first_picture_from_before(now, clock):
    pace = Pace(clock, now)
    pace.jump_to(7)
    assert pace.shows(5, 0.04) and clock.position_s == 5


def test_a_picture_waits_until_it_is_due(now, pace):
    assert pace.until_due_s(0.04) == pytest.approx(0.039)
    now.now += 0.04
    assert pace.until_due_s(0.04) <= 0


@pytest.mark.parametrize("more", [False, True])
def test_late_by_less_than_it_lasts_is_shown(now, pace, more):
    now.now += 0.07
    assert not pace.leaves_out(0.04, 0.04, more)


def test_late_by_more_than_it_lasts_is_left_out(now, pace):
    now.now += 0.1
    assert pace.leaves_out(0.04, 0.04, more=False)
    assert not pace.leaves_out(0.04, 0.5, more=False)


def test_five_late_pictures_a_second_are_shown_where_no_better_ones_are_there(now, clock, pace):
    shown = 0
    for step in range(1, 100):
        now.now += 0.02
        clock.jump_to(step * 0.02 + 0.5)  # whatever comes is half a second late
        if not pace.leaves_out(step * 0.02, 0.02, more=False):
            pace.shows(step * 0.02, 0.02)
            shown += 1
    assert 8 <= shown <= 10
    now.now += 1
    assert pace.leaves_out(2.0, 0.02, more=True)


def test_a_second_behind_the_clock_waits_until_a_picture_is_in_time(now, clock, pace):
    now.now += 3
    assert pace.leaves_out(0.04, 0.04, more=True) and clock.paused
    now.now += 5
    assert pace.leaves_out(2.5, 0.04, more=True) and clock.position_s == 3
    assert not pace.leaves_out(2.98, 0.04, more=True) and not clock.paused
    now.now += 0.5
    assert clock.position_s == 3.5


def test_a_picture_that_lasts_long_is_no_lag(now, clock, pace):
    now.now += 3
    assert not pace.leaves_out(0.04, 10, more=False) and not clock.paused


def test_a_pause_shows_nothing_but_the_first_picture_after_a_jump(now, clock, pace):
    pace.pause(True)
    now.now += 9
    assert clock.position_s == 0 and pace.until_due_s(0) == math.inf
    assert not pace.leaves_out(0, 0.04, more=True)
    pace.jump_to(5)
    assert pace.until_due_s(5) == 0
    pace.shows(5, 0.04)
    assert pace.until_due_s(5.04) == math.inf and clock.paused
    pace.pause(False)
    now.now += 0.02
    assert pace.until_due_s(5.04) == pytest.approx(0.019) and pace.until_over_s() == pytest.approx(0.019)
