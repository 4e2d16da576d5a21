"""How often somebody may ask."""

from livebrush.realtime.studio.rate_limit import RateLimit
from tests.realtime.live.hand_set_clock import HandSetClock


def test_a_burst_then_one_at_a_time() -> None:
    clock = HandSetClock()
    limit = RateLimit(2.0, 3, clock)
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]
    assert limit.wait_s("a") == 0.5
    assert limit.allows("b")
    clock.now += 0.5
    assert [limit.allows("a") for _ in range(2)] == [True, False]
    clock.now += 100
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]


def test_what_was_refused_does_not_count() -> None:
    clock = HandSetClock()
    limit = RateLimit(1.0, 1, clock)
    assert limit.allows("a")
    for _ in range(10):
        clock.now += 0.09
        assert not limit.allows("a")
    clock.now += 0.11
    assert limit.allows("a")
