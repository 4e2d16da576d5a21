"""Steadiness loss: whether a picture painted a moment later is the same painting, moved."""

import torch
from torch import Tensor, nn

from livebrush.trainer.losses.flatness import flatness
from livebrush.trainer.losses.motion import Motion
from livebrush.trainer.runs.parallel import mean_over_processes


class SteadinessLoss(nn.Module):
    """Squared difference between the painting of a frame and the moved painting of the frame before.

    style:   (1, 3, H, W) float32, the painting: its variance is the unit, so that the loss counts alike for
             pale and for garish ones
    forward: painted and later, (N, 3, H, W) float32 RGB in [0, 1], the paintings of a photo and of the
             photo moved and taken again -> scalar
    source:  output consistency after Ruder et al. 2016, section 3, with synthetic motion for optical flow
    """

    def __init__(self, style: Tensor) -> None:
        super().__init__()
        self.register_buffer("unit", torch.var(style, dim=(2, 3)).mean().clamp(min=1e-4))
        self.unit: Tensor

    def forward(self, painted: Tensor, later: Tensor, photo: Tensor, motion: Motion) -> Tensor:
        # Whether a flat area moves cannot be seen: strokes in it must hold still, but need not move
        weight = motion.seen * torch.where(
            motion.moving > 0, 1 - motion.move(flatness(photo)).clamp(0, 1), 1.0
        )
        difference = (later - motion.move(painted)).square().mean(1, keepdim=True)
        seen = mean_over_processes(weight.sum()).clamp(min=1)
        return (difference * weight).sum() / seen / self.unit
