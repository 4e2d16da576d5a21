"""The options of the commands that train painting nets: the recipe, and what it starts from."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.train_options import recipe_option

DEFAULTS = PaintingRecipe()


def painting_option(name: str, kind: Any, text: str) -> Callable[[Any], Any]:
    return recipe_option(name, kind, text, DEFAULTS)


_OPTIONS = [
    click.option(
        "--recipe",
        "recipe_file",
        type=click.Path(path_type=Path),
        help="A TOML file; options below override it.",
    ),
    painting_option(
        "net",
        str,
        "live (video on a CPU), rich (twice its channels, at two fifths of the speed) or johnson (the reference).",
    ),
    painting_option(
        "images", int, "Photos to train on, repeats included; 10000 or more from random weights."
    ),
    painting_option("batch", int, "Photos per step."),
    painting_option("crop", int, "Side of the training crops, in pixels."),
    painting_option(
        "own_share",
        float,
        "How far crops are held to the painting one by one (1), and not together with those before. Lower: stronger "
        "strokes in lively places, and calmer calm ones.",
    ),
    painting_option(
        "style_size",
        int,
        "Short side that the painting is resized to, in pixels; larger makes larger strokes.",
    ),
    painting_option(
        "smoothing",
        int,
        "Passes of a filter that takes the grain of canvas and print from the painting, and leaves outlines; 0: none.",
    ),
    painting_option("learning_rate", float, "Learning rate of Adam."),
    painting_option("style_weight", float, "Higher: more of the painting's strokes."),
    painting_option("content_weight", float, "Higher: more of the photo's shapes."),
    painting_option("palette_weight", float, "Higher: more of the painting's range of colours."),
    painting_option("tv_weight", float, "Higher: less pixel noise."),
    painting_option("lattice_weight", float, "Higher: less of a grid in flat areas."),
    painting_option(
        "steady_weight", float, "Higher: less flicker in video. 0 is faster, and only good for photos."
    ),
    click.option(
        "--average-pool", is_flag=True, default=None, help="Use average pooling in the loss network."
    ),
    painting_option(
        "precision", click.Choice(["auto", "float32", "bfloat16"]), "Precision of the loss network."
    ),
    click.option(
        "--mixed-precision/--no-mixed-precision",
        default=None,
        help="Use bfloat16 for the trained net, too, where the hardware is faster by it, up to twice.  [default: yes]",
    ),
    painting_option("seed", int, "The same seed, recipe and photos give the same net."),
    click.option(
        "--start-from",
        type=click.Path(),
        help="What to start from, which takes a fraction of the time: a style (great_wave, mine.onnx), a checkpoint "
        "(last.safetensors), or 'random'.  [default: the start that ships for the net, else random]",
    ),
]


def painting_recipe_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options for a command that gets `recipe_file`, `start_from`, and what its recipe is told, None for nothing."""
    return functools.reduce(lambda function, option: option(function), reversed(_OPTIONS), command)


def start_of(given: str | None) -> str | None:
    """As `train_painting` takes it."""
    return "shipped" if given is None else None if given == "random" else given
