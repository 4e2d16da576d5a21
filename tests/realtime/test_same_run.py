"""What is said of a run that is not the one that was begun."""

from livebrush.realtime.same_run import differences


def test_what_differs_is_named_down_to_the_part() -> None:
    before = {"style": ["a"], "recipe": {"seed": 0, "sizes": [1, 2]}, "gone": 1}
    assert differences(before, {"style": ["a"], "recipe": {"seed": 0, "sizes": (1, 2)}}) == []
    now = {"style": ["b"], "recipe": {"seed": 1, "sizes": (1, 3)}}
    assert differences(before, now) == ["style", "recipe's seed, sizes"]


def test_what_an_earlier_livebrush_did_not_write_counts_as_its_default() -> None:
    before, defaults = {"recipe": {"seed": 0}}, {"recipe": {"seed": 0, "share": 0.5}}
    assert differences(before, {"recipe": {"seed": 0, "share": 0.5}, "regions": None}, defaults) == []
    assert differences(before, {"recipe": {"seed": 0, "share": 0.7}}, defaults) == ["recipe's share"]
