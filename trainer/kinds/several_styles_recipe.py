"""What the recipes of nets of several styles have in common."""

from dataclasses import dataclass

from livebrush.trainer.kinds.painting_recipe import PaintingRecipe


@dataclass(frozen=True)
class SeveralStylesRecipe(PaintingRecipe):
    """How a net of several styles is trained: as a painting style, of another picture at each step."""

    batch: int = 2
    crop: int = 192
    content_weight: float = 90.0
    steady_every: int = 2
    """steps, of which one also paints the moment later"""
