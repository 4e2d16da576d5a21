"""How a still is optimised: the published ways, and ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Optimiser = Literal["adam", "online-lbfgs", "lbfgs", "scipy"]
Objective = Literal["gram", "neighbours", "adain", "wct", "swap", "dream"]
"""what is optimised: Gram matrices of the style; its nearest places; features turned into the style's in one step (see
feature_transfer.py); more of what a layer sees"""
LARGEST_SIDE = 32_766
"""pixels: OpenCV's limit"""


@dataclass(frozen=True)
class StillRecipe:
    """Losses, start and optimiser of a still.

    scale: "relative": every loss is divided by its target's own size, so that weights around 1 suit all layers and
           loss networks; "mean" and "sum": squares in the units of the loss network, as published. Sums of content
           and total variation count for more in a larger picture
    """

    name: str
    source: str
    style_layers: Mapping[str, float]
    """layer -> its weight within the style loss"""
    content_layers: Mapping[str, float]
    style_weight: float
    content_weight: float
    objective: Objective = "gram"
    statistics_layers: Mapping[str, float] = field(default_factory=dict)
    """layer -> how much its means and deviations count in the style loss, beside features that are turned"""
    one_by_one: bool = False
    """whether the style layers take turns, each going on from the picture of the one before"""
    tv_weight: float = 0.0
    affine_weight: float = 0.0
    scale: Literal["relative", "mean", "sum"] = "mean"
    tv_power: float = 1.0
    """of the squared gradients in the total variation, where it is a sum"""
    average_pool: bool = False
    noise: float = 0.0
    """share of noise in the picture that the optimisation starts from; the rest is the photo"""
    matched_start: bool = False
    """whether the photo that it starts from has the colours of each region's styles already, by a linear map"""
    optimiser: Optimiser | Literal["gradient"] = "adam"
    """gradient: plain steps down, for gradients that say themselves how long a step is"""
    learning_rate: float = 0.03
    """Adam's and the plain gradient's, for pixels in [0, 1]"""
    beta2: float = 0.9
    """Adam's memory of squared gradients; these are exact here, and a short memory is much faster"""
    averaging: float = 0.95
    """decay of the average over Adam's pictures, which is what comes out; 0: the last picture comes out"""
    steps: int = 300
    """evaluations of the loss and its gradient, at the final size"""
    first_size: int = 0
    """long side of the first of several sizes, each sqrt(2) times the one before; 0: the final size only"""
    octaves: int = 0
    """how many sizes there are, in place of `first_size`; 0: as that says"""
    coarse_steps: int = 0
    """evaluations at every size before the final one"""
    large_steps: tuple[int, int] | None = None
    """evaluations at the last size up to `painting.LARGE` and at every size beyond; None: they are like others"""
    margin: int = 0
    """reflected picture around, pixels, so that the loss network's zero padding does not show"""
    largest: int = 0
    """long side up to which the picture is optimised where there is a finish; 0: all of it"""
    finish: bool = False
    """whether a guided filter makes the result a smooth map of the photo's colours, at any size"""
    stages: tuple[float, ...] = field(default=(1.0,))
    """the affine weight's share in successive runs, each starting from the result of the one before"""


GATYS_LAYERS = {f"relu{block}_1": 1.0 for block in range(1, 6)}

TRANSFER = StillRecipe(
    name="",
    source="",
    style_layers={},
    content_layers={},
    style_weight=1.0,
    content_weight=0.0,
    tv_weight=0.02,
    scale="relative",
    optimiser="online-lbfgs",
    matched_start=True,
    margin=32,
)
"""what those have in common that turn features into the style's in one step, and find a picture that has them"""

PAINTING = {
    "livebrush": StillRecipe(
        name="livebrush",
        source="ours: coarse to fine, L-BFGS that takes every step",
        style_layers=dict.fromkeys(GATYS_LAYERS, 0.2),
        content_layers={"relu3_4": 1.0},
        style_weight=40.0,
        content_weight=1.0,
        tv_weight=1.0,
        scale="relative",
        optimiser="online-lbfgs",
        steps=220,
        first_size=256,
        coarse_steps=15,
        large_steps=(60, 8),
        margin=32,
    ),
    "gatys": StillRecipe(
        name="gatys",
        source="Gatys, Ecker and Bethge 2016: content relu4_2, noise, L-BFGS",
        style_layers={
            f"relu{block}_1": 1e3 / width**2
            for block, width in zip(range(1, 6), (64, 128, 256, 512, 512), strict=True)
        },
        content_layers={"relu4_2": 1.0},
        style_weight=1.0,
        content_weight=1.0,
        average_pool=True,
        noise=1.0,
        optimiser="lbfgs",
        steps=500,
    ),
    "thesis": StillRecipe(
        name="thesis",
        source="0.6 noise and 0.4 photo, Adam with rate 1 of 255, total variation",
        style_layers=dict.fromkeys(GATYS_LAYERS, 0.2),
        content_layers={"relu4_2": 1.0},
        style_weight=5.0,
        content_weight=1.0,
        tv_weight=1.0,
        scale="relative",
        average_pool=True,
        noise=0.6,
        learning_rate=1 / 255,
        beta2=0.999,
        averaging=0.0,
        steps=8000,
    ),
    "keras": StillRecipe(
        name="keras",
        source="the Keras example: content conv5_2, photo as start, scipy's L-BFGS-B, total variation",
        style_layers={
            # It sums products over a picture and divides by its pixels: here they are means over a layer's own
            f"relu{block}_1": 1 / (5 * 4 * 3**2 * 2.0 ** (4 * (block - 1)))
            for block in range(1, 6)
        },
        content_layers={"relu5_2": 1.0},
        style_weight=1e-6,
        content_weight=2.5e-8,
        tv_weight=1e-6 * 255**2.5,  # for colours in [0, 1]
        scale="sum",
        tv_power=1.25,
        optimiser="scipy",
        steps=400,
    ),
    "neighbours": StillRecipe(
        name="neighbours",
        source="after Kolkin et al. 2022, Neural Neighbor Style Transfer: coarse to fine, Adam",
        objective="neighbours",
        style_layers=dict.fromkeys(("relu1_2", "relu2_2", "relu3_2", "relu3_4", "relu4_2"), 1.0),
        content_layers={},
        style_weight=0.75,
        content_weight=0.25,
        scale="relative",
        learning_rate=0.02,
        beta2=0.99,
        averaging=0.9,
        steps=80,
        first_size=96,
        coarse_steps=40,
        large_steps=(60, 10),
        margin=32,
    ),
    "adain": replace(
        TRANSFER,
        name="adain",
        source="Huang and Belongie 2017: relu4_1 turned, the style's means and deviations up to there, by optimisation",
        objective="adain",
        style_layers={"relu4_1": 1.0},
        statistics_layers={f"relu{block}_1": 10.0 for block in range(1, 5)},
        tv_weight=0.05,
        steps=150,
        first_size=256,
        coarse_steps=30,
    ),
    "wct": replace(
        TRANSFER,
        name="wct",
        source="Li et al. 2017: whitening and colouring at relu5_1 to relu1_1 in turn, found by optimisation",
        objective="wct",
        one_by_one=True,
        style_layers={f"relu{block}_1": 1.0 for block in range(5, 0, -1)},
        steps=50,
    ),
    "swap": replace(
        TRANSFER,
        name="swap",
        source="Chen and Schmidt 2016: patches of relu3_1 swapped for the style's, found by optimisation",
        objective="swap",
        style_layers={"relu3_1": 1.0},
        steps=100,
    ),
}

DREAM_LAYER, OCTAVES = "relu4_2", 4
DREAM = StillRecipe(
    name="dream",
    source="Mordvintsev et al. 2015: gradient ascent from small to large, moved by random pixels",
    objective="dream",
    style_layers={DREAM_LAYER: 1.0},
    content_layers={},
    style_weight=1.0,
    content_weight=0.0,
    optimiser="gradient",
    learning_rate=1.5 / 255,
    steps=10,
    coarse_steps=10,
)

LUAN_STYLE = {f"conv{block}_1": 1.0 for block in range(1, 6)}

PHOTO = {
    "livebrush": StillRecipe(
        name="livebrush",
        source="ours: colours matched first, coarse to fine, Adam with averaged iterates, the affine loss throughout",
        style_layers=dict.fromkeys(LUAN_STYLE, 0.2),
        content_layers={"conv3_4": 1.0},
        style_weight=20.0,
        content_weight=1.0,
        tv_weight=0.0,
        affine_weight=400.0,
        scale="relative",
        matched_start=True,
        learning_rate=0.02,
        steps=60,
        first_size=256,
        coarse_steps=40,
        margin=32,
        largest=500,
        finish=True,
    ),
    "luan": StillRecipe(
        name="luan",
        source="Luan et al. 2017: layers before ReLU, content conv4_2, affine 1e4, L-BFGS, two stages",
        style_layers=dict.fromkeys(LUAN_STYLE, 100.0 / 5),
        content_layers={"conv4_2": 1.0},
        style_weight=1.0,
        content_weight=5.0,
        tv_weight=1e-3,
        affine_weight=1e4,
        optimiser="lbfgs",
        steps=1000,
        stages=(0.0, 1.0),
    ),
}
