"""The matrix-free matting Laplacian against pymatting's sparse one, on natural and on degenerate photos."""

from collections.abc import Callable

import numpy as np
import pymatting
import pytest
import torch
from torch import Tensor

from livebrush.trainer.losses.affine import affine_loss
from livebrush.trainer.losses.matting import MattingLaplacian

HEIGHT, WIDTH = 61, 83


def natural(seed: int = 0) -> np.ndarray:
    """Soft shading, edges, texture and a camera's noise, (H, W, 3) in [0, 1]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH] / WIDTH
    shade = np.stack([0.3 + 0.4 * x, 0.6 - 0.3 * y, 0.5 + 0.2 * np.sin(9 * x * y)], 2)
    shade[(x - 0.5) ** 2 + (y - 0.3) ** 2 < 0.04] = [0.8, 0.3, 0.1]
    shade[:, 60:] *= 0.7 + 0.3 * np.sin(np.arange(WIDTH - 60))[None, :, None]
    return np.clip(shade + random.normal(0, 0.01, shade.shape), 0, 1)


def two_colours() -> np.ndarray:
    photo = np.full((HEIGHT, WIDTH, 3), [0.2, 0.4, 0.9])
    photo[10:40, 20:50] = [0.9, 0.8, 0.1]
    return photo


PHOTOS = {
    "natural": natural(),
    "flat": np.full((HEIGHT, WIDTH, 3), 0.5),
    "two colours": two_colours(),
    "noise": np.random.default_rng(1).random((HEIGHT, WIDTH, 3)),
    "black": np.zeros((HEIGHT, WIDTH, 3)),
    "grey": natural().mean(2, keepdims=True).repeat(3, 2),
}


def images(photo: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "unrelated": np.random.default_rng(2).random(photo.shape),
        "affine": 0.1 + 0.7 * photo @ np.array([[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0, 0.3, 0.7]]),
        "locally edited": photo * (0.5 + 0.4 * np.linspace(0, 1, WIDTH)[None, :, None]),
    }


def tensor(pixels: np.ndarray, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).to(dtype)


def dense(photo: np.ndarray, image: np.ndarray) -> tuple[float, np.ndarray]:
    """V' M V and M V by a Householder QR of every window: slow, and exact where determinants are not."""
    windows = np.lib.stride_tricks.sliding_window_view
    colours, values = (
        windows(pixels, (3, 3), axis=(0, 1)).reshape(-1, 3, 9).swapaxes(1, 2) for pixels in (photo, image)
    )
    colours, values = (w - w.mean(1, keepdims=True) for w in (colours, values))
    appended = np.broadcast_to(np.eye(3) * 1e-7**0.5, (len(colours), 3, 3))
    basis = np.linalg.qr(np.concatenate((colours, appended), 1))[0]
    values = np.concatenate((values, np.zeros_like(appended)), 1)
    residual = values - basis @ (basis.swapaxes(1, 2) @ values)
    product = np.zeros_like(image)
    left = residual[:, :9].reshape(HEIGHT - 2, WIDTH - 2, 3, 3, 3)
    for y in range(3):
        for x in range(3):
            product[y : y + HEIGHT - 2, x : x + WIDTH - 2] += left[:, :, y, x]
    return float((residual**2).sum()), product


def sparse(photo: np.ndarray, image: np.ndarray) -> tuple[float, np.ndarray]:
    flat = image.reshape(-1, 3)
    product = pymatting.cf_laplacian(photo, epsilon=1e-7) @ flat
    return float((flat * product).sum()), product.reshape(image.shape)


CASES = [
    (dense, kind, dtype, of_energy, of_gradient)
    for kind in PHOTOS
    for dtype, of_energy, of_gradient in ((torch.float32, 1e-7, 1e-5), (torch.float64, 1e-12, 1e-9))
] + [
    # pymatting divides by determinants: where a photo has few colours, that costs it digits
    (sparse, "natural", torch.float32, 3e-7, 1e-5),
    (sparse, "natural", torch.float64, 3e-7, 1e-5),
    (sparse, "noise", torch.float64, 1e-10, 1e-8),
]


@pytest.mark.parametrize(("reference", "kind", "dtype", "of_energy", "of_gradient"), CASES)
def test_it_agrees_with_the_matrix(
    reference: Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]],
    kind: str,
    dtype: torch.dtype,
    of_energy: float,
    of_gradient: float,
) -> None:
    photo = PHOTOS[kind].astype(np.float32).astype(np.float64)  # both sides see the same numbers
    for name, pixels in images(photo).items():
        pixels = pixels.astype(np.float32).astype(np.float64)
        expected, product = reference(photo, pixels)
        image = tensor(pixels, dtype).requires_grad_()
        energy = MattingLaplacian(tensor(photo, dtype)).energy(image).sum()
        energy.backward()
        assert image.grad is not None
        per_pixel = float(energy.detach()) / (HEIGHT * WIDTH)
        assert per_pixel == pytest.approx(expected / (HEIGHT * WIDTH), abs=of_energy), name
        gradient = image.grad[0].permute(1, 2, 0).double().numpy()
        # Below 0.2 the rounding of the pixels themselves is all there is
        largest = max(np.abs(2 * product).max(), 0.2)
        assert np.abs(gradient - 2 * product).max() < of_gradient * largest, name


def test_a_batch_is_its_photos_one_by_one() -> None:
    photos = torch.cat([tensor(natural(seed), torch.float64) for seed in (3, 4)])
    painted = torch.rand(2, 3, HEIGHT, WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    together = MattingLaplacian(photos).energy(painted)
    for k in range(2):
        assert float(together[k]) == pytest.approx(
            float(MattingLaplacian(photos[k : k + 1]).energy(painted[k : k + 1]))
        )


def test_the_gradient_is_the_derivative() -> None:
    photo = tensor(natural()[:7, :9], torch.float64)
    laplacian = MattingLaplacian(photo, epsilon=1e-4)
    image = torch.rand(photo.shape, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(laplacian.energy, (image,))


def test_strips_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, image = tensor(natural(), torch.float64), tensor(natural(5), torch.float64)
    product = MattingLaplacian(photo).apply(image)
    monkeypatch.setattr("livebrush.trainer.losses.matting.STRIP_ROWS", 7)
    torch.testing.assert_close(MattingLaplacian(photo).apply(image), product)


def test_an_edited_photo_costs_next_to_nothing_in_float32() -> None:
    photo = tensor(natural(), torch.float32)
    assert float(affine_loss(0.2 + 0.6 * photo, photo)) < 1e-6
    assert float(affine_loss(photo.flip(3), photo)) > 1e-3


def test_sizes_that_do_not_fit_are_told() -> None:
    photo = tensor(natural(), torch.float32)
    with pytest.raises(
        ValueError, match=r"expected images for photos \(1, 3, 61, 83\), got \(1, 3, 60, 83\)"
    ):
        affine_loss(photo[:, :, 1:], photo)
    with pytest.raises(ValueError, match="3x3 pixels or more"):
        MattingLaplacian(photo[:, :, :2])
