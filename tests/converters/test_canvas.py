"""The canvas under every frame."""

import pytest
import torch

from livebrush.converters.canvas import CELL, SIDE, Canvas, drawn_place


def test_it_has_the_relief_it_is_told_and_no_tone() -> None:
    relief = 255 * (Canvas(3.0)(torch.full((1, 3, 512, 512), 0.5)) - 0.5)
    # Between its values it is interpolated, which takes some of the height
    assert 1.5 < float(relief.std()) < 3 and abs(float(relief.mean())) < 0.1
    torch.testing.assert_close(relief[:, 0], relief[:, 2])


def test_it_has_forms_of_several_sizes() -> None:
    """Of what is white, places of 64 values have an eighth; and nothing shows where it repeats."""
    noise = Canvas(3.0).noise
    places = torch.nn.functional.avg_pool2d(noise, 8)
    assert float(places.std()) > 0.4 * float(noise.std())
    steps = noise.diff(dim=3)
    across = noise[..., :1] - noise[..., -1:]
    assert float(across.std()) < 1.2 * float(steps.std())


def test_it_is_the_same_under_every_frame_and_in_every_file() -> None:
    one, other = torch.rand(2, 1, 3, 40, 56)
    torch.testing.assert_close(Canvas(3.0)(one) - one, Canvas(3.0)(other) - other, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (37, 50), (CELL * SIDE + 8, 24)])
def test_pictures_of_all_sizes_lie_on_it(height: int, width: int) -> None:
    picture = torch.rand(2, 3, height, width)
    assert Canvas(3.0)(picture).shape == picture.shape


def test_it_repeats_and_moves() -> None:
    blank = torch.zeros(1, 1, CELL * SIDE + 200, 64)
    canvas = Canvas(3.0)
    relief = canvas(blank)
    inner = slice(CELL, 100)
    torch.testing.assert_close(relief[:, :, inner], relief[:, :, CELL * SIDE :][:, :, inner])
    moved = canvas(blank, (5, 0))
    torch.testing.assert_close(moved[:, :, 5 * CELL + CELL : 300], relief[:, :, CELL : 300 - 5 * CELL])
    torch.manual_seed(3)
    assert drawn_place() != drawn_place()
