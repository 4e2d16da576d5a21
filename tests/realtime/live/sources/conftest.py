"""What tests of videos and their sound share: a clock that a test sets, and a video's clock on it."""

import pytest

from livebrush.realtime.live.sources.play_clock import PlayClock
from tests.realtime.live.hand_set_clock import HandSetClock


@pytest.fixture
def now() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def clock(now) -> PlayClock:
    return PlayClock(now)
