"""Synthetic motion: from one photo, the frame that a camera would take a moment later."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.runs.parallel import own_draw

STILL_SHARE = 0.5
SHIFT = 0.06
"""largest pan, share of the frame's side"""
ZOOM = 0.05
ROTATION = math.radians(3)
BRIGHTNESS = 0.04
NOISE = 5 / 255
"""largest standard deviation of the sensor's noise"""


@dataclass(frozen=True)
class Motion:
    """How a batch of frames moves until the next one.

    grid:   (N, H, W, 2), where each pixel came from, as `grid_sample` takes it
    seen:   (N, 1, H, W), 1 where it came from inside the frame
    moving: (N, 1, 1, 1), 0 for frames that stand still
    """

    grid: Tensor
    seen: Tensor
    moving: Tensor

    def move(self, images: Tensor) -> Tensor:
        """images: (N, C, H, W); what leaves the frame is mirrored back. Still frames are untouched."""
        # bicubic: bilinear would blur fine strokes, and the loss would then punish strokes for being fine
        moved = F.grid_sample(images, self.grid, "bicubic", "reflection", align_corners=False)
        return torch.where(self.moving > 0, moved, images)


def random_motion(count: int, height: int, width: int, device: torch.device) -> Motion:
    """Pan, zoom and a little rotation, none for about half of the frames; from torch's random state."""
    moving = (own_draw(torch.rand, count) >= STILL_SHARE).float()
    around = moving[:, None] * (2 * own_draw(torch.rand, count, 4) - 1)
    zoom, angle = torch.exp(around[:, 0] * ZOOM), around[:, 1] * ROTATION
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    shift = around[:, 2:] * 2 * SHIFT
    theta = torch.stack(
        [torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1
    )
    grid = F.affine_grid(theta, [count, 1, height, width], align_corners=False)
    seen = (grid.abs().amax(-1) <= 1).float()[:, None]
    return Motion(grid.to(device), seen.to(device), moving[:, None, None, None].to(device))


def taken_again(frames: Tensor) -> Tensor:
    """The frames as a camera would take them a second time: other brightness, other noise.

    frames: (N, 3, H, W) float32 in [0, 1]
    """
    count, device = len(frames), frames.device
    gain = 1 + BRIGHTNESS * (2 * own_draw(torch.rand, count, 1, 1, 1) - 1)
    level = NOISE * own_draw(torch.rand, count, 1, 1, 1)
    noise = own_draw(torch.randn, *frames.shape, device=device)
    return (frames * gain.to(device) + noise * level.to(device)).clamp(0, 1)
