"""Ctrl-C as a question."""

import signal

import pytest

from livebrush.realtime.interrupts import noticed


def test_what_an_inner_block_hears_the_outer_has_heard() -> None:
    with noticed() as outer:
        with noticed() as inner:
            signal.raise_signal(signal.SIGINT)
            assert inner and outer and inner.age_s >= 0
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert outer
        with noticed() as later:
            assert later, "what was told before the block began counts in it"
    with noticed() as other:
        assert not other
