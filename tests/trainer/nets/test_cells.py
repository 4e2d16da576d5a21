"""A picture cut into cells."""

import numpy as np
import torch

from livebrush.trainer.nets.cells import PAIRS, cells_of, symmetric


def test_each_cell_holds_its_pixels_and_what_they_are_on_average() -> None:
    picture = torch.rand(2, 3, 12, 20, dtype=torch.float64)
    cells = cells_of(picture, 4)
    assert cells.pixels.shape == (2, 16, 3, 3, 5)
    here = picture[1, :, 4:8, 12:16].flatten(1)  # row 1, column 3
    torch.testing.assert_close(cells.pixels[1, :, :, 1, 3], here.T)
    torch.testing.assert_close(cells.mean[1, :, 1, 3], here.mean(1))
    moments = symmetric(cells.products)[1, :, :, 1, 3]
    np.testing.assert_allclose(moments, here @ here.T / 16, atol=1e-12)


def test_planes_become_symmetric_matrices() -> None:
    planes = torch.arange(6.0)[None]
    matrix = symmetric(planes)[0]
    assert all(matrix[i, j] == matrix[j, i] == k for k, (i, j) in enumerate(PAIRS))
