"""A thousand damaged inputs on every run; `python -m tests.fuzz` takes as many as there is time for."""

import pytest

from tests.fuzz.__main__ import problems_of
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("kind", TARGETS)
def test_every_damaged_input_is_read_or_refused_in_a_sentence(kind: str) -> None:
    count = 60 if kind == "films" else 140
    assert list(problems_of(kind, 0, count)) == []


def test_the_same_seed_does_the_same_damage() -> None:
    data = bytes(range(256)) * 8
    assert mutated(data, 5) == mutated(data, 5) != mutated(data, 6)
    assert sum(mutated(data, seed) != data for seed in range(100)) > 90
