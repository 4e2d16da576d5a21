"""The lattice loss and the flatness that it looks through."""

import numpy as np
import pytest
import torch
from torch import Tensor

from livebrush.trainer.losses.flatness import flatness
from livebrush.trainer.losses.lattice import lattice_loss

FLAT = torch.full((1, 3, 128, 192), 0.5)


def strokes(height: int = 128, width: int = 192, seed: int = 0) -> Tensor:
    """Blobs a few pixels wide with no period, deviation 0.1."""
    random = np.random.default_rng(seed)
    noise = torch.from_numpy(random.normal(size=(1, 3, height, width)).astype(np.float32))
    smooth = torch.nn.functional.avg_pool2d(noise, 5, stride=1, padding=2)
    return 0.5 + 0.1 * smooth / smooth.std()


def waves(period: int) -> Tensor:
    """A grid of deviation 0.1 along the columns."""
    if period == 2:
        line = torch.tensor([1.0, -1.0]).repeat(96)
    else:
        line = torch.sin(torch.arange(192) * 2 * np.pi / period) * 2**0.5
    return FLAT + 0.1 * line


@pytest.mark.parametrize("period", [2, 4, 8])
def test_a_grid_with_the_nets_strides_costs_its_variance(period: int) -> None:
    counted = 2 if period == 2 else 1
    assert float(lattice_loss(waves(period), FLAT)) == pytest.approx(counted * 0.01, rel=0.05)


def test_rows_that_alternate_only_here_and_there_do_not_hide() -> None:
    rows = torch.tensor([1.0, -1.0]).repeat(64)[:, None] * torch.tensor([1.0, -1.0]).repeat_interleave(
        16
    ).repeat(6)
    assert float(lattice_loss(FLAT + 0.1 * rows, FLAT)) == pytest.approx(0.01, rel=0.1)


def test_strokes_and_slopes_cost_next_to_nothing() -> None:
    assert float(lattice_loss(strokes(), FLAT)) < 0.01 * 0.01
    slope = torch.linspace(0, 1, 192).expand(1, 3, 128, 192)
    assert float(lattice_loss(slope, FLAT)) < 1e-5


def test_strokes_over_a_grid_do_not_hide_it() -> None:
    both = strokes() + waves(8) - FLAT
    assert float(lattice_loss(both, FLAT)) == pytest.approx(0.01, rel=0.15)


def test_a_grid_where_the_photo_has_texture_is_none() -> None:
    board = (torch.arange(128)[:, None] // 4 + torch.arange(192) // 4) % 2
    photo = board.float().expand(1, 3, 128, 192)
    assert float(lattice_loss(photo, photo)) < 1e-4


def test_blocks_that_alternate_are_not_rewarded() -> None:
    line = torch.sin(torch.arange(192) * 2 * np.pi / 16)
    assert float(lattice_loss(FLAT + 0.1 * line, FLAT)) >= 0


def test_any_size_from_64_pixels_and_a_gradient() -> None:
    painted = strokes(70, 100).requires_grad_()
    lattice_loss(painted, torch.full_like(painted, 0.5)).backward()
    assert painted.grad is not None and bool(torch.isfinite(painted.grad).all())


def test_flatness_tells_noise_from_edges() -> None:
    photo = FLAT.clone()
    photo[..., 96:] = 0.9
    noisy = photo + 2 / 255 * torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))
    flat = flatness(noisy)
    assert flat.shape == (1, 1, 128, 192)
    assert float(flat[..., :80].min()) > 0.9
    assert float(flat[..., 94:98].max()) < 0.1


def test_a_chessboard_costs_its_variance_wherever_it_is() -> None:
    board = 1 - 2.0 * ((torch.arange(128)[:, None] + torch.arange(192)) % 2)
    busy = strokes()
    assert float(lattice_loss(busy + 0.1 * board, busy)) == pytest.approx(0.01, rel=0.1)
