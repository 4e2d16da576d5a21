"""A texture net's training run as one small TOML file."""

from dataclasses import dataclass

from livebrush.models.errors import LivebrushError
from livebrush.trainer.runs.recipe import Recipe, check_annealing, check_layers, check_style_size


@dataclass(frozen=True)
class TextureRecipe(Recipe):
    """How a texture net is trained. Same recipe and machine: same net."""

    images: int = 2_000
    """pictures made, one from each noise"""
    batch: int = 1
    crop: int = 192
    """side of the pictures that it learns to make, pixels, a multiple of 32"""
    style_size: int = 384
    """short side that the texture's picture is resized to: larger makes larger marks"""
    learning_rate: float = 2e-3
    """Adam's, after a short warm-up; falls to 2% of this along a cosine"""
    style_weight: float = 100.0
    """of the Gram matrices' distance, of which a black picture has 1"""
    neighbour_weight: float = 10.0
    """of how unlike each place is to the texture's place that is most like it; 0: Gram matrices alone, as published"""
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    layer_weights: tuple[float, ...] = (100.0, 10.0, 6.0, 1.0)
    """of the layers, one for each"""
    anneal_from: float = 0.35
    """share of the run after which normalisation starts to turn from per-picture to fixed"""
    anneal_to: float = 0.75
    """share of the run after which it is fixed"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.crop < 64 or self.crop % 32:
            raise LivebrushError(
                f"the recipe's crop is {self.crop}: it must be 64 pixels or more, and divide by 32",
                code="invalid",
            )
        check_style_size(self.style_size)
        check_layers(self.style_layers, self.layer_weights)
        check_annealing(self.anneal_from, self.anneal_to)
