"""Choosing the size that the net paints at, on machines of made-up speed."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from livebrush.realtime.live.net_size import NetSize, NetSizer
from livebrush.realtime.live.settings import NET_SCALES

Cost = Callable[[float, float], float]


def with_margin(full_s: float, height: int = 480, margin: int = 64) -> Cost:
    """Seconds by scale and time: proportional to the pixels of a picture with a margin all round."""

    def pixels(scale: float) -> float:
        return (scale * height + 2 * margin) * (scale * height * 4 / 3 + 2 * margin)

    return lambda scale, _now_s: full_s * pixels(scale) / pixels(1)


class Machine:
    """Paints as fast as it can, or as the source delivers, in time of its own."""

    def __init__(self, cost: Cost, target_hz: float = 30, noise: float = 0.05, seed: int = 0) -> None:
        self.cost, self.noise = cost, noise
        self.random = np.random.default_rng(seed)
        self.now_s = 0.0
        self.sizer = NetSizer(target_hz, clock=lambda: self.now_s)
        self.scales: list[float] = []

    def calibrate(self) -> None:
        self.sizer.calibrate(0.35, self.cost(0.35, 0.0))

    def run(self, seconds: float, net_size: NetSize = "auto", slow_frame: int | None = None) -> list[float]:
        """The scales that it painted at."""
        until_s, first = self.now_s + seconds, len(self.scales)
        while self.now_s < until_s:
            scale = self.sizer.scale(480, net_size)
            paint_s = self.cost(scale, self.now_s) * self.random.lognormal(0, self.noise)
            if len(self.scales) - first == slow_frame:
                paint_s += 0.7
            self.now_s += max(paint_s, 1 / self.sizer.target_hz)
            self.sizer.observed(scale, paint_s)
            self.scales.append(scale)
        return self.scales[first:]


def changes(scales: list[float]) -> int:
    return sum(a != b for a, b in itertools.pairwise(scales))


def largest(cost: Cost, within_s: float, now_s: float = 0.0) -> float:
    return max((s for s in NET_SCALES if cost(s, now_s) <= within_s), default=NET_SCALES[0])


@pytest.mark.parametrize("full_s", [0.004, 0.03, 0.04, 0.06, 0.1, 0.25, 3.0])
@pytest.mark.parametrize("calibrated", [True, False])
def test_it_comes_to_the_largest_rung_that_holds_the_rate_and_stays_there(
    full_s: float, calibrated: bool
) -> None:
    cost = with_margin(full_s)
    machine = Machine(cost)
    if calibrated:
        machine.calibrate()
    assert changes(machine.run(30)) <= (2 if calibrated else len(NET_SCALES))
    settled = machine.run(60)
    assert changes(settled) == 0
    assert largest(cost, 0.8 / 30) <= settled[0] <= largest(cost, 0.97 / 30)


def test_one_warm_up_measurement_is_enough_for_a_good_start() -> None:
    for full_s in (0.02, 0.05, 0.1, 0.2):
        cost = with_margin(full_s)
        machine = Machine(cost)
        machine.calibrate()
        wanted = NET_SCALES.index(largest(cost, 0.85 / 30))
        assert abs(NET_SCALES.index(machine.sizer.scale(480, "auto")) - wanted) <= 1


def test_a_machine_that_gets_slower_is_relieved_within_half_a_second() -> None:
    fast, slow = with_margin(0.03), with_margin(0.06)
    machine = Machine(lambda scale, now_s: (fast if now_s < 20 else slow)(scale, now_s))
    machine.calibrate()
    before = machine.run(20)[-1]
    machine.run(0.5)
    after = machine.sizer.scale(480, "auto")
    assert after < before
    assert slow(after, 0) <= 1 / 30


def test_a_machine_that_gets_faster_climbs_one_rung_at_a_time() -> None:
    slow, fast = with_margin(0.12), with_margin(0.03)
    machine = Machine(lambda scale, now_s: (slow if now_s < 10 else fast)(scale, now_s))
    machine.calibrate()
    machine.run(10)
    climbed = machine.run(40)
    rungs = [NET_SCALES.index(scale) for scale in climbed]
    assert {b - a for a, b in itertools.pairwise(rungs)} == {0, 1}
    assert climbed[-1] == largest(fast, 0.85 / 30)
    second = int(30 * 1.9)
    assert all(rungs[n + second] - rungs[n] <= 1 for n in range(len(rungs) - second))


def test_one_slow_frame_changes_nothing() -> None:
    machine = Machine(with_margin(0.05))
    machine.calibrate()
    machine.run(20)
    assert changes(machine.run(20, slow_frame=100)) == 0


def test_noise_does_not_make_it_swing() -> None:
    for seed in range(5):
        machine = Machine(with_margin(0.042), noise=0.3, seed=seed)
        machine.calibrate()
        assert changes(machine.run(120)) <= 12


def test_a_step_up_that_fails_each_time_is_tried_less_and_less_often() -> None:
    # No a + b * pixels: the rung above 0.5 costs far more than the model can know
    machine = Machine(lambda scale, _now_s: 0.015 if scale <= 0.5 else 0.045, noise=0.02)
    early, late = changes(machine.run(60)), changes(machine.run(600))
    assert 2 <= early <= 14
    assert late <= 22
    assert max(machine.run(10)) <= 0.6


def test_a_machine_much_faster_than_at_the_last_failure_does_not_wait_long() -> None:
    slow = [True]
    machine = Machine(
        lambda scale, _now_s: 0.005 if not slow[0] else 0.015 if scale <= 0.5 else 0.045, noise=0.02
    )
    machine.run(300)
    while changes(machine.run(1)) == 0:
        pass
    machine.run(1)  # a step up has just been tried, in vain
    slow[0] = False
    assert machine.run(12)[-1] == 1.0


def test_what_does_not_shrink_with_the_picture_is_learned() -> None:
    slower = [1.0]
    machine = Machine(lambda scale, _now_s: slower[0] * 0.02 * (0.5 + 0.5 * scale**2), noise=0.02)
    assert machine.run(30)[-1] == 1.0
    slower[0] = 2.3
    assert changes(machine.run(2)) == 1
    assert machine.cost(machine.scales[-1], 0) < 1 / 30


def test_the_target_rate_may_change_while_it_runs() -> None:
    cost = with_margin(0.06)
    machine = Machine(cost)
    machine.calibrate()
    at_30 = machine.run(20)[-1]
    machine.sizer.target_hz = 10
    at_10 = machine.run(20)[-1]
    machine.sizer.target_hz = 60
    at_60 = machine.run(20)[-1]
    assert at_60 < at_30 < at_10 == 1.0


def test_a_target_rate_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="got 0"):
        NetSizer(0)


def test_frames_of_another_size_get_another_scale_at_once() -> None:
    cost = with_margin(0.026)
    machine = Machine(cost)
    machine.calibrate()
    assert machine.run(5)[-1] == 1.0
    assert machine.sizer.scale(1080, "auto") < 0.5
    assert machine.sizer.scale(480, "auto") == 1.0


def test_sizes_that_the_user_gives() -> None:
    sizer = NetSizer(30)
    assert sizer.scale(480, "full") == 1.0
    assert sizer.scale(480, 240) == 0.5
    assert sizer.scale(480, 1080) == 1.0
    assert 0 < sizer.scale(480, 0) <= 1 / 480


def test_what_is_observed_at_a_size_of_the_users_own_leaves_auto_where_it_was() -> None:
    machine = Machine(with_margin(0.1))
    machine.calibrate()
    before = machine.run(10)[-1]
    assert set(machine.run(10, "full")) == {1.0}
    assert machine.sizer.scale(480, "auto") == before


def test_there_is_time_for_two_where_one_takes_less_than_half() -> None:
    assert not NetSizer(30).has_time_for_two()
    for full_s, expected in ((0.012, True), (0.024, False)):
        machine = Machine(with_margin(full_s))
        machine.run(5, "full")
        assert machine.sizer.has_time_for_two() == expected


def test_the_keys_walk_the_ladder_as_heights() -> None:
    sizer = NetSizer(30)
    sizer.calibrate(0.5, 0.025)
    assert sizer.scale(480, "auto") == 0.5
    assert sizer.next_smaller("auto") == 202
    assert sizer.next_larger("auto") == 288
    assert sizer.next_smaller(120) == 120
    assert sizer.next_smaller(300) == 288
    assert sizer.next_larger(300) == 336
    assert sizer.next_larger(403) == "full"
    assert sizer.next_larger("full") == "auto"
    assert sizer.next_smaller("full") == 403


def test_walking_up_from_the_smallest_size_ends_at_auto() -> None:
    sizer = NetSizer(30)
    sizer.scale(717, "auto")
    walked: list[NetSize] = [round(0.25 * 717)]
    while walked[-1] != "auto":
        walked.append(sizer.next_larger(walked[-1]))
    assert len(walked) == len(NET_SCALES) + 1


@pytest.mark.parametrize("net_size", ["auto", 240])
def test_keys_before_the_first_frame_do_no_harm(net_size: NetSize) -> None:
    sizer = NetSizer(30)
    assert sizer.next_smaller(net_size) == net_size
    assert sizer.next_larger(net_size) == net_size


def test_while_it_waits_slow_frames_change_nothing() -> None:
    machine = Machine(with_margin(0.02))
    machine.calibrate()
    before = machine.run(3.0)[-1]
    machine.sizer.waits, machine.cost = True, with_margin(0.2)
    assert set(machine.run(5.0)) == {before}
    machine.sizer.waits, machine.cost = False, with_margin(0.02)
    assert set(machine.run(5.0)) == {before}
