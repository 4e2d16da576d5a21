"""Contenders that are timed in turns, so that drift and noise of the machine hit all alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

TURN_S = 0.5


def _nothing() -> None: ...


@dataclass
class Contender:
    """Something whose speed is measured.

    run:     what is timed
    warm_up: called once before the first round, untimed
    turn_s:  how long a turn lasts, in seconds; a turn has one run at least, and exactly one at 0
    taken_s: seconds of each timed run, by round
    """

    name: str
    run: Callable[[], object]
    warm_up: Callable[[], object] = _nothing
    turn_s: float = TURN_S
    taken_s: list[list[float]] = field(default_factory=list)

    def percentile_ms(self, percent: float) -> float | None:
        """Of all timed runs, in milliseconds; None before the first."""
        runs_s = [run_s for round_s in self.taken_s for run_s in round_s]
        return 1e3 * float(np.percentile(runs_s, percent)) if runs_s else None

    @property
    def runs(self) -> int:
        """How many runs were timed and count."""
        return sum(len(round_s) for round_s in self.taken_s)


def take_turns(
    contenders: Sequence[Contender],
    rounds: int,
    turn_taken: Callable[[], None] = _nothing,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Warm all contenders up, then have each take one turn a round, always in the order given.

    turn_taken: called after every turn
    clock:      seconds, monotonic

    The first run of a turn finds the caches filled by the contender before: it counts only where a turn has
    no time for another, and there it is long enough for that to be lost in it.
    """
    for contender in contenders:
        contender.warm_up()
    for _ in range(rounds):
        for contender in contenders:
            taken_s = _turn(contender, clock)
            contender.taken_s.append(taken_s[1:] or taken_s)
            turn_taken()


def _turn(contender: Contender, clock: Callable[[], float]) -> list[float]:
    taken_s: list[float] = []
    begun_s = clock()
    while not taken_s or clock() - begun_s < contender.turn_s:
        start_s = clock()
        contender.run()
        taken_s.append(clock() - start_s)
    return taken_s
