"""`livebrush train palette`: several pictures in, one style model of several styles out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from livebrush.trainer.kinds.palette_recipe import PaletteRecipe
from livebrush.trainer.train_options import Told, begin, content_option, recipe_option, run_options

DEFAULTS = PaletteRecipe()


def palette_option(name: str, kind: Any, text: str) -> Callable[[Any], Any]:
    return recipe_option(name, kind, text, DEFAULTS)


@click.command()
@click.argument("styles", nargs=-1, required=True, metavar="STYLE STYLE...", type=click.Path(path_type=Path))
@content_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("palette.onnx"), show_default=True,
    help="The style model.",
)  # fmt: skip
@click.option(
    "--recipe", "recipe_file", type=click.Path(path_type=Path), help="A TOML file; options below override it."
)
@palette_option("images", int, "Photos to train on, repeats included; 500 or more for each style.")
@palette_option("batch", int, "Photos per step; each step paints them in one of the styles.")
@palette_option("crop", int, "Side of the training crops, in pixels.")
@palette_option(
    "style_size", int, "Short side that the paintings are resized to, in pixels; larger makes larger strokes."
)
@palette_option("kilobytes", int, "For what the styles share. The file has some 200 KB more.")
@palette_option(
    "imitated", float,
    "Share of the run in which the styles are learnt from those that it starts from; fast. The rest is learnt from the "
    "paintings.",
)  # fmt: skip
@palette_option("learning_rate", float, "Learning rate of Adam.")
@palette_option("style_weight", float, "Higher: more of the paintings' strokes.")
@palette_option("content_weight", float, "Higher: more of the photo's shapes.")
@palette_option("lattice_weight", float, "Higher: less of a grid in flat areas.")
@palette_option(
    "steady_weight", float, "Higher: less flicker in video. 0 is faster, and only good for photos."
)
@palette_option("precision", click.Choice(["auto", "float32", "bfloat16"]), "Precision of the loss network.")
@palette_option("seed", int, "The same seed, recipe and photos give the same net.")
@click.option(
    "--start-from", multiple=True,
    help="The style that a picture begins as: great_wave, mine.onnx, last.safetensors of a live net. Give it once for "
    "each picture, in order.  [default: what the net for any picture makes of each]",
)  # fmt: skip
@click.option(
    "--credits", "credits_file", type=click.Path(path_type=Path),
    help="A TOML file with a table for each picture, [\"wave.jpg\"], that may set name, title, artist, year, licence, "
    "source and looks_like.",
)  # fmt: skip
@click.option("--weights-licence", default="", help="Licence of the style model itself.")
@run_options(preview_every=500)
def palette(
    styles: tuple[Path, ...], content: Path | None, output: Path, recipe_file: Path | None, start_from: tuple[str, ...],
    credits_file: Path | None, weights_licence: str, told: Told, **recipe_options: Any,
) -> None:  # fmt: skip
    """Train one net that paints like each of several.

    A layer's weights are mixed, for each style, of kernels that all styles share: twelve styles take 2 MB, where twelve
    nets take 11. Painting with one of them, or with a blend, takes as long as with a style of its own.

    \b
    livebrush train palette starry_night.jpg wave.jpg -o mine.onnx
    livebrush video clip.mp4 -s mine.onnx:wave -o painted.mp4
    livebrush video clip.mp4 -s mine.onnx:wave:0.5,starry_night:0.5 -o painted.mp4

    Every style begins as one that paints already. Styles that were trained with 'train painting', from the start that
    ships, keep their paintings almost as they are:

    \b
    livebrush train palette starry_night.jpg wave.jpg \\
      --start-from starry_night.onnx --start-from wave.onnx -o mine.onnx

    Without --start-from, what the net that ships makes of each picture is what is trained on. A preview shows photos in
    the first row, and one row for each style. Ctrl-C keeps a checkpoint, and --resume continues from it exactly.
    """
    from livebrush.trainer.runs.credits import read_credits
    from livebrush.trainer.training import train_palette

    begin(
        train_palette, styles, content, output, told, weights_licence, recipe=recipe_file, start_from=start_from,
        credit=lambda: read_credits(credits_file, styles), **recipe_options,
    )  # fmt: skip
