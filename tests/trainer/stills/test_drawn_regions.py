"""Regions matched by colour, whatever the palette and however soft the edges."""

import cv2
import numpy as np

from trainer.stills.drawn_regions import pair_regions


def masks(*colours: tuple[int, int, int], height: int = 60, width: int = 90) -> np.ndarray:
    """Upright stripes of these colours."""
    stripes = np.array(colours, np.uint8)[np.linspace(0, len(colours) - 1e-6, width).astype(int)]
    return np.repeat(stripes[None], height, 0)


SKY, SEA, SAND = (30, 60, 250), (0, 200, 90), (240, 230, 120)


def test_the_same_colour_is_the_same_region() -> None:
    pairs = pair_regions(masks(SKY, SEA, SEA), masks(SEA, SKY))
    assert [pair.colour for pair in pairs] == [SEA, SKY]
    sea, sky = pairs
    assert sea.photo[:, 40:].all() and not sea.photo[:, :25].any()
    assert sea.style is not None and sea.style[:, :40].all() and not sea.style[:, 50:].any()
    np.testing.assert_array_equal(sea.photo + sky.photo, 1)


def test_soft_edges_and_compression_are_no_regions() -> None:
    soft = cv2.GaussianBlur(masks(SKY, SEA, SAND), (0, 0), 1.5)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    assert jpeg is not None
    pairs = pair_regions(jpeg, masks(SKY, SEA, SAND))
    assert len(pairs) == 3 and all(pair.style is not None for pair in pairs)
    assert all(0.25 < pair.photo.mean() < 0.42 for pair in pairs)


def test_a_region_that_the_style_lacks_takes_all_of_it() -> None:
    pairs = {pair.colour: pair for pair in pair_regions(masks(SKY, SAND), masks(SKY, SEA))}
    assert pairs[SAND].style is None and pairs[SKY].style is not None


def test_one_colour_is_one_region() -> None:
    (pair,) = pair_regions(masks(SKY), masks(SKY))
    assert pair.photo.all() and pair.style is not None and pair.style.all()
