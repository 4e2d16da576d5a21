"""The training run of several styles in one file as one small TOML file."""

from dataclasses import dataclass

from livebrush.models.errors import LivebrushError
from livebrush.trainer.kinds.several_styles_recipe import SeveralStylesRecipe


@dataclass(frozen=True)
class PaletteRecipe(SeveralStylesRecipe):
    """How a net of several styles is trained. Same recipe, pictures, photos and machine: same net."""

    images: int = 6_000
    learning_rate: float = 1.5e-4
    """Adam's; higher, and styles that paint well at the start are the worse for it"""
    steady_weight: float = 20.0
    lattice_weight: float = 100_000.0
    kilobytes: int = 1750
    """thousands of bytes for the kernels that the styles share; the file has some 200 more"""
    kernels_share: float = 0.15
    """of the learning rate, for those kernels: every style moves with them"""
    imitated: float = 0.5
    """share of the run in which each style learns to paint as the net that it began as; what rounding the kernels took
    is given back so, in steps that take a fifth of the others' time"""
    imitation_weight: float = 1_000.0
    """of the squared difference of pixels then"""
    style_sizes: tuple[int, ...] = ()
    """`style_size` for each picture, in order, where they differ"""
    starts: tuple[str, ...] = ()
    """SHA-256 of the styles that the run started from"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.net != "live":
            raise LivebrushError(
                f"the recipe's net is {self.net!r}: only live nets hold several styles", code="unsupported"
            )
        for name, least in (("kilobytes", 100), ("steady_every", 1)):
            if getattr(self, name) < least:
                raise LivebrushError(
                    f"the recipe's {name} is {getattr(self, name)}: it must be {least} or more",
                    code="invalid",
                )
        if not 0 <= self.imitated <= 1:
            raise LivebrushError(
                f"the recipe's imitated is {self.imitated}: it is a share of the run, 0 to 1", code="invalid"
            )
        if any(not 64 <= size <= 4096 for size in self.style_sizes):
            raise LivebrushError(
                f"the recipe's style_sizes are {list(self.style_sizes)}: each must be 64 to 4096 pixels",
                code="invalid",
            )
