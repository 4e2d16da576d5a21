"""A photo style's training run as one small TOML file."""

from dataclasses import dataclass

from livebrush.models.errors import LivebrushError
from livebrush.trainer.runs.recipe import Recipe

PHOTO_NETS = ("maps", "johnson")


@dataclass(frozen=True)
class PhotoRecipe(Recipe):
    """How a photo net is trained. Same recipe, photos and machine: same net."""

    net: str = "maps"
    """maps: ours, affine maps of colours; johnson: the published way, a painting net under the affine loss"""
    images: int = 2_400
    """photos seen, repeats included: a quarter of an hour on two slow cores"""
    learning_rate: float = 3e-3
    """Adam's, after a short warm-up; falls to 2% of this along a cosine"""
    style_weight: float = 20.0
    """of the Gram matrices by region"""
    content_weight: float = 1.0
    affine_weight: float = 400.0
    """of what no locally affine map of the photo's colours gives"""
    smooth_weight: float = 3.0
    """of differences between neighbouring maps (net maps)"""
    tv_weight: float = 0.0
    blend: float = 0.15
    """share of the photo in what the net gives (net johnson)"""
    style_layers: tuple[str, ...] = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
    content_layer: str = "conv4_2"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.net not in PHOTO_NETS:
            raise LivebrushError(
                f"no photo net is called {self.net!r}: choose one of {', '.join(PHOTO_NETS)}",
                code="invalid",
            )
        if self.blend >= 1:
            raise LivebrushError(
                f"the recipe's blend is {self.blend}: it must be less than 1", code="invalid"
            )
        if not self.style_layers:
            raise LivebrushError(
                "the recipe has no style_layers: name one or more, conv1_1 to conv5_1", code="invalid"
            )
