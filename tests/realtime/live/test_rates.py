"""Rates over two seconds, and percentiles."""

import pytest

from livebrush.realtime.live.rates import RateMeter, Spread


def test_the_rate_is_that_of_the_last_two_seconds() -> None:
    now = [0.0]
    meter = RateMeter(lambda: now[0])
    for _ in range(100):  # ten a second
        meter.tick()
        now[0] += 0.1
    for _ in range(100):  # then forty
        meter.tick()
        now[0] += 0.025
    assert meter.rate_hz == pytest.approx(40, rel=0.03)
    assert meter.count == 200
    now[0] += 5
    assert meter.rate_hz == 0


def test_percentiles_of_all_and_of_the_newest() -> None:
    spread = Spread(kept=100)
    assert spread.percentile(0.5) == 0
    for value in range(150):
        spread.add(value)
    assert spread.percentile(0) == 50  # the oldest fifty are gone
    assert spread.percentile(0.5) == 100
    assert spread.percentile(0.99) == 149
    assert spread.percentile(0.5, last=10) == 145
    assert spread.mean == pytest.approx(99.5)
