"""The matting Laplacian without a matrix: how far an image is from a locally affine edit of a photo."""

from typing import Any

import torch
from torch import Tensor

EPSILON = 1e-7
STRIP_ROWS = 48
"""rows of windows worked on at a time, so that what lies between photo and result stays in the cache"""


class MattingLaplacian:
    """The matting Laplacian M of photos: products with it, window by window.

    In every window of 3x3 pixels the best affine map of the photo's colours is fitted to an image, and what it leaves
    over is the residual. V' M V is the sum of the squared residuals, and is computed as that: as a
    product it would be a small difference of large numbers, in float32 mostly noise where an edit is
    affine. The fit is a projection onto the window's colours, made orthonormal by Gram-Schmidt; the inverse of their
    covariance, which is the textbook form, is lost to rounding in float32.

    photo:   (N, 3, H, W) RGB in [0, 1], float32 or float64, H and W at least 3
    epsilon: pulls the affine maps towards constants; the smaller, the more an edge of the photo may change
    source:  Levin, Lischinski and Weiss 2008, A Closed-Form Solution to Natural Image Matting, eq. 12
    """

    def __init__(self, photo: Tensor, epsilon: float = EPSILON) -> None:
        if photo.ndim != 4 or photo.shape[1] != 3 or min(photo.shape[2:]) < 3:
            raise ValueError(f"expected a photo (N, 3, H, W) of 3x3 pixels or more, got {tuple(photo.shape)}")
        self.shape, photo = photo.shape, photo.contiguous()
        batch, _, height, width = photo.shape
        self._basis = photo.new_empty(batch, 3, 12, height - 2, width - 2)
        for rows in _strips(height - 2):
            colours = torch.stack(_centred_windows(photo, rows), 2)
            self._basis[..., rows, :] = _orthonormal(colours, epsilon)

    def energy(self, image: Tensor) -> Tensor:
        """V' M V of each image, its three channels added up; differentiable.

        image:   (N, C, H, W), at the photo's size
        returns: (N,), 0 for an image that is a locally affine function of the photo
        """
        return _Energy.apply(image, self)

    def apply(self, image: Tensor) -> Tensor:
        """M V: (N, C, H, W) to the same."""
        return self.energy_and_product(image)[1]

    @torch.no_grad()
    def energy_and_product(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """V' M V, (N,), and M V, (N, C, H, W), in one pass."""
        if image.shape[0] != self.shape[0] or image.shape[2:] != self.shape[2:]:
            raise ValueError(f"expected images for photos {tuple(self.shape)}, got {tuple(image.shape)}")
        image = image.contiguous()  # twice as fast as with the channels last
        product = torch.zeros_like(image)
        energy = image.new_zeros(len(image), dtype=torch.float64)
        for rows in _strips(self.shape[2] - 2):
            residuals, appended = self._residuals(image, rows)
            for residual, (y, x) in zip(residuals, NEIGHBOURS, strict=True):
                height, width = residual.shape[-2:]
                product[..., rows.start + y : rows.start + y + height, x : x + width] += residual
            for residual in (*residuals, *appended):
                energy += residual.square().sum((1, 2, 3))
        return energy.to(image.dtype), product

    def _residuals(self, image: Tensor, rows: slice) -> tuple[list[Tensor], list[Tensor]]:
        """What the fit leaves of the windows' nine pixels, and of its three appended rows."""
        pixels = _centred_windows(image, rows)
        basis = self._basis[..., rows, :].unsqueeze(2)
        appended = [torch.zeros_like(pixels[0]) for _ in range(3)]
        fits = []
        for axis in range(3):
            fit = torch.zeros_like(pixels[0])
            for k, pixel in enumerate(pixels):
                fit.addcmul_(basis[:, axis, :, k], pixel)
            fits.append(fit)
        for axis, fit in enumerate(fits):
            for k, left in enumerate((*pixels, *appended[: axis + 1])):
                left.addcmul_(basis[:, axis, :, k], fit, value=-1)
        return pixels, appended


NEIGHBOURS = [(y, x) for y in range(3) for x in range(3)]


def _strips(rows: int) -> list[slice]:
    return [slice(start, min(start + STRIP_ROWS, rows)) for start in range(0, rows, STRIP_ROWS)]


def _centred_windows(image: Tensor, rows: slice) -> list[Tensor]:
    """The nine pixels of the 3x3 windows in some rows, less their mean: each (N, C, rows, W - 2)."""
    strip = image[..., rows.start : rows.stop + 2, :]
    height, width = rows.stop - rows.start, image.shape[-1] - 2
    pixels = [strip[..., y : y + height, x : x + width] for y, x in NEIGHBOURS]
    mean = sum(pixels[1:], pixels[0]) / 9
    return [pixel - mean for pixel in pixels]


def _orthonormal(colours: Tensor, epsilon: float) -> Tensor:
    """An orthonormal basis of what affine maps can make of windows, by Gram-Schmidt.

    colours: (N, 3, 9, H, W), centred; sqrt(epsilon) times the identity is appended to the nine pixels, which both
             regularises the fit and keeps flat windows from dividing by zero
    returns: (N, 3, 12, H, W), orthonormal along the twelve; its last three rows are lower triangular
    """
    identity = epsilon**0.5 * torch.eye(3, dtype=colours.dtype, device=colours.device)
    appended = identity.view(1, 3, 3, 1, 1).expand(len(colours), 3, 3, *colours.shape[3:])
    basis = list(torch.cat((colours, appended), 2).unbind(1))
    for i in range(3):
        for _ in range(
            2
        ):  # twice is enough (Kahan): once leaves rounding errors where colours are nearly parallel
            for before in basis[:i]:
                basis[i] = basis[i] - (before * basis[i]).sum(1, keepdim=True) * before
        basis[i] = basis[i] / basis[i].norm(dim=1, keepdim=True)
    return torch.stack(basis, 1)


class _Energy(torch.autograd.Function):
    """The gradient of V' M V is 2 M V, which the forward pass has at hand."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, laplacian: MattingLaplacian) -> Tensor:
        energy, product = laplacian.energy_and_product(image)
        ctx.save_for_backward(product)
        return energy

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (product,) = ctx.saved_tensors
        return 2 * gradients[0].view(-1, 1, 1, 1) * product, None
