"""Pictures as the optimisation has them and as files have them."""

import numpy as np
import torch
from torch import Tensor


def to_pixels(image: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] to (H, W, 3) uint8."""
    return (image[0].detach().cpu().clamp(0, 1).permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)


def to_tensor(pixels: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """(H, W, 3) uint8 to (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].to(device).float() / 255


def mask_tensor(mask: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """(H, W) in 0..1 to (1, 1, H, W) float32."""
    return torch.from_numpy(np.ascontiguousarray(mask, np.float32))[None, None].to(device)
