"""The grain of canvas goes from a painting, its outlines stay."""

import numpy as np

from livebrush.trainer.grain import without_grain

SIDE = 64


def painting(grain: float) -> np.ndarray:
    """Two planes, dark and light, that meet in the middle."""
    pixels = np.where(np.arange(SIDE)[:, None, None] < SIDE // 2, 60.0, 190.0) * np.ones((1, SIDE, 3))
    noise = np.random.default_rng(4).normal(0, grain, pixels.shape)
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def test_planes_become_smooth_and_outlines_stay_where_they_are() -> None:
    clean = without_grain(painting(grain=12), 4).astype(float)
    planes = clean[4 : SIDE // 2 - 4], clean[SIDE // 2 + 4 : -4]
    assert max(plane.std() for plane in planes) < 3
    assert [round(float(plane.mean()), -1) for plane in planes] == [60, 190]
    assert (clean[SIDE // 2] - clean[SIDE // 2 - 1]).mean() > 100, "an edge of one pixel"


def test_more_passes_leave_less_and_none_leaves_all() -> None:
    rough = painting(grain=12)
    left = [without_grain(rough, passes)[: SIDE // 2 - 4].std() for passes in (0, 1, 2, 4)]
    assert left == sorted(left, reverse=True) and len(set(left)) == 4
    assert without_grain(rough, 0) is rough
