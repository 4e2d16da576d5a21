"""Turns: their order, their length, and which runs count."""

import pytest

from livebrush.realtime.benchmark.contenders import Contender, take_turns


class Hand:
    """A clock that contenders move on by what a run of theirs takes, and the log of who ran."""

    def __init__(self) -> None:
        self.now_s, self.log = 0.0, ""

    def __call__(self) -> float:
        return self.now_s

    def contender(self, name: str, *runs_s: float, turn_s: float = 1.0) -> Contender:
        """Its runs take these seconds in turn, over and over; its warm-up is logged in lower case."""
        count = 0

        def run() -> None:
            nonlocal count
            self.log += name
            self.now_s += runs_s[count % len(runs_s)]
            count += 1

        def warm_up() -> None:
            self.log += name.lower()

        return Contender(name, run, warm_up, turn_s)


def test_all_take_turns_round_by_round_after_all_are_warm() -> None:
    clock = Hand()
    contenders = [clock.contender("A", 0.5), clock.contender("B", 2.0), clock.contender("C", 9.0, turn_s=0)]
    take_turns(contenders, 3, clock=clock)
    assert clock.log == "abc" + "AABC" * 3


def test_the_first_run_of_a_turn_counts_only_where_it_is_the_only_one() -> None:
    clock = Hand()
    quick, slow = clock.contender("A", 0.75, 0.125, 0.25), clock.contender("B", 3.0)
    take_turns([quick, slow], 2, clock=clock)
    assert quick.taken_s == [[0.125, 0.25], [0.125, 0.25]] and slow.taken_s == [[3.0], [3.0]]
    assert (quick.runs, slow.runs) == (4, 2)
    assert quick.percentile_ms(50) == pytest.approx(187.5) and quick.percentile_ms(100) == pytest.approx(250)


def test_every_turn_is_told() -> None:
    clock, told = Hand(), []
    contenders = [clock.contender("A", 0.5), clock.contender("B", 0.5)]
    take_turns(contenders, 2, lambda: told.append(clock.log[-1]), clock)
    assert told == ["A", "B", "A", "B"]


def test_what_has_not_run_has_no_times() -> None:
    assert Hand().contender("A", 1.0).percentile_ms(50) is None


def test_a_stop_keeps_the_turns_before() -> None:
    clock = Hand()
    steady = clock.contender("A", 1.0)

    def stop() -> None:
        if steady.runs == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_turns([steady, Contender("B", stop, turn_s=0)], 5, clock=clock)
    assert steady.taken_s == [[1.0], [1.0]]
