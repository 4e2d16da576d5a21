"""Sizes that a net takes, found by trying."""

import pytest

from livebrush.converters.foreign.free_sizes import smallest_multiple


@pytest.mark.parametrize(
    ("divides", "least", "multiple"), [(1, 1, 1), (4, 4, 4), (4, 16, 4), (1, 9, 1), (8, 16, 8), (12, 1, None)]
)
def test_a_net_that_has_nothing_to_reflect_in_tiny_pictures_takes_the_others_as_they_are(
    divides: int, least: int, multiple: int | None
) -> None:
    """Reflecting at a quarter takes two pixels there: frames are made large enough, and not filled to eight."""
    found = smallest_multiple(lambda size: all(side % divides == 0 and side >= least for side in size))
    assert found == multiple
