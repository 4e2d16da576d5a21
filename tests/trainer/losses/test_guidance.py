"""Where pictures are busy: by rank among many, whatever their colour, and evenly shared out."""

import pytest
import torch

from livebrush.trainer.losses.guidance import CELL, Guidance, contrast

RANDOM = torch.Generator().manual_seed(0)
NOISE = torch.rand(1, 3, 64, 64, generator=RANDOM)


def half_busy(strength: float = 1.0) -> torch.Tensor:
    """Flat grey on the left, noise on the right."""
    picture = torch.full((1, 3, 64, 128), 0.5)
    picture[..., 64:] += strength * (NOISE - 0.5)
    return picture


def test_noise_is_busy_and_flat_places_are_calm() -> None:
    guide = Guidance(half_busy())(half_busy())
    assert guide.shape == (1, 1, 8, 16)
    assert float(guide[..., :7].max()) < 0.05 and float(guide[..., 9:].mean()) > 0.9


def test_ranks_count_and_not_contrasts() -> None:
    strong, weak = (Guidance(half_busy(s))(half_busy(s)) for s in (1.0, 0.1))
    torch.testing.assert_close(strong, weak, atol=0.02, rtol=0)


def test_one_picture_among_many() -> None:
    many = torch.cat([half_busy(s) for s in (0.2, 0.4, 0.6, 0.8)])
    guide = Guidance(many)
    assert float(guide(half_busy(0.01))[..., 9:].mean()) < float(guide(half_busy(0.5))[..., 9:].mean())
    assert float(guide(half_busy(1.0))[..., 9:].min()) > 0.9


def test_contrast_by_hand() -> None:
    cells = contrast(half_busy())
    place = half_busy().mean(1)[0, : 2 * CELL, 9 * CELL : 12 * CELL]
    assert float(cells[0, 0, 0, 10]) == pytest.approx(float(place.std(correction=0)), rel=1e-3)
    assert float(cells[0, 0, 4, 2]) == pytest.approx(0, abs=1e-3)
