"""A painting style's training run as one small TOML file."""

from dataclasses import dataclass

from livebrush.models.errors import LivebrushError
from livebrush.trainer.nets import NETS, unknown_net
from livebrush.trainer.runs.recipe import (
    Recipe,
    check_annealing,
    check_layers,
    check_style_size,
)

LEARNT_ON = 500
"""photos, repeats included, that a picture is learnt on: a minute and a half on two cores"""


@dataclass(frozen=True)
class PaintingRecipe(Recipe):
    """How a painting net is trained. Same recipe, photos and machine: same net."""

    net: str = "live"
    batch: int = 1
    """more steps of fewer photos learn sooner than fewer of more"""
    crop: int = 256
    """side of the square crops, pixels; the painting's statistics are asked for in each crop, and the more of a photo
    it has, the more of its own colours may stay where they are"""
    margin: int = 24
    """reflected picture around each crop while training, pixels, a multiple of the net's strides; wider than at run
    time, so that what a net paints near its border is not what it learns from"""
    own_share: float = 1.0
    """of a crop's own statistics in those that are held to the painting's; the rest are the crops' before it, so that
    strokes keep their strength: one by one, crops are made alike by weaker ones"""
    style_size: int = 384
    """short side that the painting is resized to: larger makes larger strokes"""
    smoothing: int = 0
    """passes of a filter over the painting at that size: takes the grain of canvas and print, which a net paints over
    everything, and leaves outlines"""
    learning_rate: float = 1.5e-3
    """Adam's, after a short warm-up; falls to 2% of this along a cosine"""
    style_weight: float = 240.0
    """of what is left of the photos' own style distance; less follows the photo, more paints freely"""
    content_weight: float = 150.0
    """of the squared difference at `content_layer`, in millions"""
    palette_weight: float = 20.0
    """of the difference of colours, as shares of the area, in units of the painting's spread"""
    tv_weight: float = 500.0
    lattice_weight: float = 150_000.0
    """of a grid in flat areas that repeats with the net's strides"""
    canvas: float = 8.0
    """relief of the canvas under every frame, in 8-bit levels: above a camera's noise, so that strokes in flat places
    stand still"""
    steady_weight: float = 20.0
    """of the difference between two paintings of the same scene; 0 trains for stills, and faster"""
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    """relu5_1 has a ten-thousandth of the others' weight in absolute losses, and costs a third of the time"""
    layer_weights: tuple[float, ...] = (30.0, 5.0, 3.0, 1.0)
    """of the style layers, one for each: under the published ones, all 1, relu4_1 has nineteen twentieths of the loss,
    and colour and contrast come last in a long training"""
    content_layer: str = "relu4_2"
    average_pool: bool = False
    anneal_from: float = 0.15
    """share of the run after which normalisation starts to turn from per-picture to fixed, and steadiness and the
    lattice to count"""
    anneal_to: float = 0.4
    """share of the run after which it is fixed; a net that starts fixed stays so"""
    start_from: str = ""
    """SHA-256 of the checkpoint whose net the run started from; empty: from random weights"""
    mixed_precision: bool = True
    """whether the net multiplies in bfloat16, too, where the hardware gains by it, its weights staying float32:
    johnson's takes half the time"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.net not in NETS:
            raise unknown_net(self.net)
        for name in ("crop", "style_size"):
            if getattr(self, name) < 1:
                raise LivebrushError(
                    f"the recipe's {name} is {getattr(self, name)}: it must be 1 or more", code="invalid"
                )
        if not 0 < self.own_share <= 1:
            raise LivebrushError(
                f"the recipe's own_share is {self.own_share}: it must be above 0, and 1 at most",
                code="invalid",
            )
        check_style_size(self.style_size)
        if not 0 <= self.smoothing <= 32:
            raise LivebrushError(
                f"the recipe's smoothing is {self.smoothing}: it must be 0 to 32", code="invalid"
            )
        check_layers(self.style_layers, self.layer_weights)
        if self.crop < 64:
            raise LivebrushError(
                f"the recipe's crop is {self.crop}: the loss network needs 64 pixels or more",
                code="invalid",
            )
        check_annealing(self.anneal_from, self.anneal_to)
