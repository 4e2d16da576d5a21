"""The palette loss: colours as shares of the area."""

import numpy as np
import pytest
import torch
from torch import Tensor

from trainer.losses.palette import CELL, PaletteLoss

BLUE, YELLOW = (0.1, 0.2, 0.7), (0.9, 0.8, 0.2)


def fields(share: float, height: int = 64, width: int = 160) -> Tensor:
    """Blue, and yellow over a share of the width on the right."""
    picture = torch.tensor(BLUE)[:, None, None].repeat(1, height, width)
    first = width - round(share * width)
    picture[:, :, first:] = torch.tensor(YELLOW)[:, None, None]
    return picture[None]


def test_the_same_colours_elsewhere_are_no_difference() -> None:
    loss = PaletteLoss(fields(0.2))
    assert float(loss(fields(0.2).flip(3))) == pytest.approx(0, abs=1e-10)
    # Nor at another size, but for cells on the border
    assert float(loss(fields(0.2, 128, 320))) < 0.02


def test_shares_of_the_area_count() -> None:
    loss = PaletteLoss(fields(0.2))
    values = [float(loss(fields(share))) for share in (0.2, 0.3, 0.5, 1.0)]
    assert values == sorted(values) and values[1] > 0.05
    assert float(loss(fields(0.0))) > 0.1


def test_along_one_direction_it_is_the_distance_of_sorted_values() -> None:
    random = torch.Generator().manual_seed(0)
    style, painted = (torch.rand(1, 3, 4 * CELL, 5 * CELL, generator=random) for _ in range(2))
    loss = PaletteLoss(style)

    def values(picture: Tensor) -> np.ndarray:
        cells = picture[0].reshape(3, 4, CELL, 5, CELL).mean((2, 4)).flatten(1)
        return np.sort((loss.directions.T @ cells).numpy(), axis=1)

    expected = ((values(painted) - values(style)) ** 2).mean() / values(style).var(1, ddof=1).mean()
    assert float(loss(painted)) == pytest.approx(float(expected), rel=1e-4)
    torch.testing.assert_close(loss.directions.square().sum(0), torch.ones(16))


def test_specks_are_no_colour_of_the_picture() -> None:
    """Yellow over a fifth of every cell is not yellow over a fifth of the cells."""
    specks = fields(0.0)
    specks[..., ::5] = torch.tensor(YELLOW)[:, None, None]
    loss = PaletteLoss(fields(0.2))
    assert float(loss(specks)) > 0.5 * float(loss(fields(0.0)))


def test_a_batch_is_held_as_a_whole() -> None:
    loss = PaletteLoss(fields(0.5))
    together = torch.cat([fields(0.0), fields(1.0)])
    assert float(loss(together)) < 0.02
    assert float(loss(together[:1])) > 0.1


def test_gradients_lead_to_the_palette() -> None:
    torch.manual_seed(0)
    loss = PaletteLoss(fields(0.3))
    painted = torch.full((1, 3, 64, 160), 0.5) + 0.05 * torch.rand(1, 3, 64, 160)
    before = float(loss(painted))
    painted.requires_grad_()
    optimizer = torch.optim.Adam([painted], lr=0.02)
    for _ in range(100):
        optimizer.zero_grad()
        loss(painted).backward()
        optimizer.step()
    assert float(loss(painted.detach())) < 0.1 < 0.5 < before
