"""Which part of a still takes its style from where, by what the region net finds."""

import numpy as np
import pytest
from torch import Tensor

from livebrush.models.regions import GROUPS
from livebrush.trainer.stills.found_regions import matching_regions, painted_regions
from livebrush.trainer.stills.objective import Region, StyleSource
from livebrush.trainer.stills.pixels import to_tensor

COLOURS = {"sky": (0, 0, 250), "water": (0, 200, 200), "vegetation": (0, 200, 0), "person": (250, 100, 200)}


def find(picture: np.ndarray) -> np.ndarray:
    """Every group by the colour that `bands` gives it."""
    masks = np.zeros((*picture.shape[:2], len(GROUPS)), np.float32)
    for group, colour in COLOURS.items():
        masks[..., GROUPS.index(group)] = np.abs(picture.astype(int) - colour).sum(2) < 20
    return masks


def bands(*groups: str, rows: int = 20) -> np.ndarray:
    """A picture of level bands, each of one group: (rows len(groups), 30, 3) uint8."""
    return np.concatenate([np.full((rows, 30, 3), COLOURS[group], np.uint8) for group in groups])


def source(*groups: str) -> StyleSource:
    return StyleSource(to_tensor(bands(*groups)))


def rows_of(mask: Tensor | None) -> set[int]:
    """Which bands of 20 rows a mask covers."""
    assert mask is not None
    assert float(mask.min()) >= 0 and float(mask.max()) <= 1.001
    return {int(row) // 20 for row in (mask[0, 0, :, 15] > 0.5).nonzero()}


def matched(photo: np.ndarray, *styles: StyleSource) -> tuple[list[Region], list[str]]:
    told: list[str] = []
    named = [(f"style{k}.jpg", style) for k, style in enumerate(styles)]
    return matching_regions(photo, named, find, told.append), told


def test_like_takes_from_like() -> None:
    regions, told = matched(bands("sky", "vegetation", "person"), source("person", "sky", "vegetation"))
    assert [(rows_of(r.mask), rows_of(r.styles[0].mask)) for r in regions] == [
        ({0}, {1}),
        ({1}, {2}),
        ({2}, {0}),
    ]
    assert told == []


def test_the_nearest_group_stands_in_and_they_are_one_region() -> None:
    regions, told = matched(bands("sky", "person", "water"), source("sky", "person"))
    assert [(rows_of(r.mask), rows_of(r.styles[0].mask)) for r in regions] == [({0, 2}, {0}), ({1}, {1})]
    assert told == ["style0.jpg has no water: sky stands in"]


def test_all_of_the_style_stands_in_where_nothing_is_near() -> None:
    (region,), told = matched(bands("person"), source("sky", "water"))
    assert region.styles[0].mask is None and rows_of(region.mask) == {0}
    assert told == ["style0.jpg has no person: all of it stands in"]


def test_every_pixel_is_in_a_region_and_specks_are_none() -> None:
    photo = bands("sky", "vegetation")
    photo[5:7, 5:7] = COLOURS["person"]
    photo[30:34] = (9, 9, 9)  # nothing that the finder knows
    regions, told = matched(photo, source("sky", "vegetation"))
    assert len(regions) == 2 and told == []
    total = sum(region.mask for region in regions if region.mask is not None)
    assert isinstance(total, Tensor)
    np.testing.assert_allclose(total.numpy(), 1, atol=0.03)


def test_a_small_thing_goes_to_what_is_around_it() -> None:
    photo = bands("sky", "sky", "sky", "water")
    photo[70:72, 10:15] = COLOURS["person"]
    sky, water = matched(photo, source("sky", "water"))[0]
    assert sky.mask is not None and water.mask is not None
    assert float(water.mask[..., 70:72, 10:15].min()) > 0.8 > 0.2 > float(sky.mask[..., 70:72, 10:15].max())


def test_several_styles_each_stand_in_by_themselves() -> None:
    regions, told = matched(bands("sky", "water"), source("sky", "water"), source("sky"))
    assert [[s.mask is not None and rows_of(s.mask) for s in r.styles] for r in regions] == [
        [{0}, {0}],
        [{1}, {0}],
    ]
    assert told == ["style1.jpg has no water: sky stands in"]


@pytest.mark.parametrize("named", [{"person", "other"}, {"person"}])
def test_a_style_of_its_own_for_a_group(named: set[str]) -> None:
    by_group = {group: source("sky") for group in sorted(named)}
    rest = [source("water")]
    regions = painted_regions(bands("sky", "person", "water"), by_group, rest, find, print)
    assert [rows_of(region.mask) for region in regions] == [{1}, {0, 2}]
    assert regions[0].styles[0] is by_group["person"]
    assert regions[1].styles[0] is (by_group["other"] if "other" in named else rest[0])


def test_a_group_that_the_photo_lacks_is_left_out() -> None:
    told: list[str] = []
    regions = painted_regions(bands("sky"), {"person": source("sky")}, [source("water")], find, told.append)
    assert [rows_of(region.mask) for region in regions] == [{0}]
    assert told == ["no person was found in the photo: its style is not used"]
