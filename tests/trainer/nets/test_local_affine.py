"""Local affine maps: exact where an edit is affine, calm where a photo is flat."""

import numpy as np
import torch
from torch import Tensor

from livebrush.trainer.nets.cells import cells_of
from livebrush.trainer.nets.local_affine import EPSILON, add_maps, fit_maps


def maps_of(photo: Tensor, change: Tensor, contrast: float = 1.0) -> Tensor:
    """Over cells of 4x4 pixels. photo, change: (N, 3, H, W)"""
    cells = cells_of(photo, 4)
    return fit_maps(cells, cells_of(change, 4).pixels, torch.full_like(cells.mean[:, :1], contrast))


def test_an_affine_edit_is_found_and_applied() -> None:
    photo = torch.rand(2, 3, 64, 48, dtype=torch.float64)
    change = torch.tensor([[0.2, -0.1, 0.0], [0.1, 0.3, 0.05], [0.0, 0.0, -0.4]], dtype=torch.float64)
    added = torch.einsum("ij,njhw->nihw", change, photo) + 0.1
    maps = maps_of(photo, added)
    assert maps.shape == (2, 12, 16, 12)
    # The ridge pulls slopes towards 0 by EPSILON over the spread of colours, a twelfth
    torch.testing.assert_close(
        add_maps(photo, maps), photo + added, atol=0.3 * EPSILON / (1 / 12) * 4, rtol=0
    )


def test_each_window_is_solved_as_numpy_solves_it() -> None:
    random = np.random.default_rng(0)
    photo, change = random.uniform(0, 1, (2, 3, 16, 16))
    maps = maps_of(torch.tensor(photo)[None], torch.tensor(change)[None])[0]
    window = (slice(None), slice(0, 12), slice(4, 16))  # of the cell in row 1, column 2
    colours, wanted = (values[window].reshape(3, -1) for values in (photo, change))
    centred = colours - colours.mean(1, keepdims=True)
    spread = centred @ centred.T / 144 + EPSILON * np.eye(3)
    slopes = (wanted @ centred.T / 144) @ np.linalg.inv(spread)
    np.testing.assert_allclose(maps[:9, 1, 2].reshape(3, 3), slopes, atol=1e-9)
    np.testing.assert_allclose(maps[9:, 1, 2], wanted.mean(1) - slopes @ colours.mean(1), atol=1e-9)


def test_noise_in_a_flat_place_is_not_made_stronger() -> None:
    noise = 0.01 * torch.randn(1, 3, 64, 64)
    photo = 0.5 + noise
    maps = maps_of(photo, 10 * noise - 0.2)
    added = add_maps(photo, maps) - photo
    assert abs(float(added.mean()) + 0.2) < 0.01
    assert float(added.std()) < 5 * 0.01


def test_a_picture_of_one_colour_has_finite_maps() -> None:
    photo = torch.full((1, 3, 8, 8), 0.3)
    maps = maps_of(photo, torch.full((1, 3, 8, 8), 0.2))
    torch.testing.assert_close(add_maps(photo, maps), torch.full((1, 3, 8, 8), 0.5))


def test_noise_grows_faint_where_all_contrast_does() -> None:
    noise = 0.005 * torch.randn(1, 3, 64, 64)
    photo = 0.5 + noise
    stay = maps_of(photo, torch.zeros_like(photo))
    faint = maps_of(photo, torch.zeros_like(photo), 0.3)
    assert float(add_maps(photo, stay).std()) > 0.9 * float(noise.std())
    assert float(add_maps(photo, faint).std()) < 0.5 * float(noise.std())
