"""`livebrush train`: a picture, or several, and photos in, a style model out; a texture needs no photos."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from livebrush.realtime.commands.credit import Credit, credit_options
from livebrush.trainer.batch_command import batch
from livebrush.trainer.kinds.photo_recipe import PhotoRecipe
from livebrush.trainer.kinds.texture_recipe import TextureRecipe
from livebrush.trainer.painting_options import painting_recipe_options, start_of
from livebrush.trainer.palette_command import palette
from livebrush.trainer.train_options import (
    Told,
    begin,
    begin_without_photos,
    content_option,
    named,
    recipe_option,
    run_options,
)

PHOTO_DEFAULTS = PhotoRecipe()
TEXTURE_DEFAULTS = TextureRecipe()


@click.group()
def train() -> None:
    """Train a style model, a palette or a texture net."""


train.add_command(palette)
train.add_command(batch)


@train.command()
@click.argument("style", type=click.Path(path_type=Path))
@content_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The style model.  [default: STYLE.onnx here]"
)
@painting_recipe_options
@run_options(preview_every=250)
@credit_options("painting", "public domain")
def painting(
    style: Path, content: Path | None, output: Path | None, recipe_file: Path | None, start_from: str | None,
    told: Told, credit: Credit, **recipe_options: Any,
) -> None:  # fmt: skip
    """Train a net that paints like STYLE, and export it.

    STYLE is a picture of the painting; photos to practise on ship. Previews are in the run's folder; 'tensorboard
    --logdir runs' shows them with the losses. Ctrl-C keeps a checkpoint, and --resume continues from it exactly.

    \b
    livebrush train painting starry_night.jpg
    livebrush live -s starry_night.onnx
    livebrush train painting starry_night.jpg --content photos/ --images 20000 --style-size 512 -o night.onnx

    torchrun trains on several GPUs: each takes its part of every batch, which must divide by their number. This works
    on CPUs, too: each process uses one core, or as many as OMP_NUM_THREADS says.

    \b
    torchrun --standalone --nproc-per-node 2 --no-python livebrush train painting ... --batch 8
    """
    from livebrush.trainer.training import train_painting

    begin(
        train_painting, style, content, output or Path(f"{style.stem}.onnx"), told, credit.weights_licence,
        recipe=recipe_file, start_from=start_of(start_from), credit=named(credit, output or style), **recipe_options,
    )  # fmt: skip


def photo_option(name: str, kind: Any, text: str) -> Callable[[Any], Any]:
    return recipe_option(name, kind, text, PHOTO_DEFAULTS)


@train.command()
@click.argument("style", type=click.Path(path_type=Path))
@click.option(
    "--content", required=True, type=click.Path(path_type=Path),
    help="A folder of photos, a thousand or more. Those that show what STYLE shows are used.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The style model.  [default: STYLE.onnx here]"
)
@click.option(
    "--recipe", "recipe_file", type=click.Path(path_type=Path), help="A TOML file; options below override it."
)
@click.option(
    "--masks",
    type=click.Path(path_type=Path),
    help="Regions of STYLE, as 'livebrush masks' draws them.  [default: they are found]",
)
@photo_option("net", str, "maps (ours, sharp at any size) or johnson (the published way, to compare).")
@photo_option("images", int, "Photos to train on, repeats included.")
@photo_option("batch", int, "Photos per step.")
@photo_option("learning_rate", float, "Learning rate of Adam.")
@photo_option("style_weight", float, "Higher: more of the style photo's colours and light.")
@photo_option("content_weight", float, "Higher: more of the photo's shapes.")
@photo_option("affine_weight", float, "Higher: closer to a pure change of colours.")
@photo_option("smooth_weight", float, "Higher: less difference from place to place.")
@photo_option("tv_weight", float, "Higher: less pixel noise (net johnson).")
@photo_option("blend", float, "Share of the photo that is blended in (net johnson).")
@photo_option("precision", click.Choice(["auto", "float32", "bfloat16"]), "Precision of the loss network.")
@photo_option("seed", int, "The same seed, recipe and photos give the same net.")
@run_options(preview_every=100)
@credit_options("photo", "CC BY 4.0")
def photo(
    style: Path, content: Path, output: Path | None, recipe_file: Path | None, masks: Path | None, told: Told,
    credit: Credit, **recipe_options: Any,
) -> None:  # fmt: skip
    """Train a net that gives photos the colours and light of STYLE.

    STYLE is a photo; the net works on videos, too. Training begins with what 'livebrush look' makes of it. The net only
    changes colours, place by place; for the strokes of a painting use 'livebrush train painting'.

    \b
    livebrush train photo sunset.jpg --content photos/ -o sunset.onnx
    livebrush video drive.mp4 -s sunset.onnx -o dusk.mp4

    torchrun starts several processes that train it together, as for 'train painting'.
    """
    from livebrush.trainer.training import train_photo

    begin(
        train_photo, style, content, output or Path(f"{style.stem}.onnx"), told, credit.weights_licence,
        recipe=recipe_file, masks=masks, credit=named(credit, output or style), **recipe_options,
    )  # fmt: skip


def texture_option(name: str, kind: Any, text: str) -> Callable[[Any], Any]:
    return recipe_option(name, kind, text, TEXTURE_DEFAULTS)


@train.command()
@click.argument("picture", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The texture net.  [default: PICTURE.onnx here]"
)
@click.option(
    "--recipe", "recipe_file", type=click.Path(path_type=Path), help="A TOML file; options below override it."
)
@texture_option("images", int, "Pictures to learn on; more are closer to the texture.")
@texture_option("batch", int, "Pictures per step.")
@texture_option(
    "crop", int, "Side of these pictures, in pixels; larger learns larger shapes, and takes longer."
)
@texture_option(
    "style_size", int, "Short side that PICTURE is resized to, in pixels; larger makes larger marks."
)
@texture_option("learning_rate", float, "Learning rate of Adam.")
@texture_option("style_weight", float, "Higher: each mark as often as in PICTURE.")
@texture_option("neighbour_weight", float, "Higher: each place more like one place of PICTURE.")
@texture_option("precision", click.Choice(["auto", "float32", "bfloat16"]), "Precision of the loss network.")
@texture_option("seed", int, "The same seed and recipe give the same net.")
@run_options(preview_every=250, photos=False)
@credit_options("picture", "public domain")
def texture(
    picture: Path,
    output: Path | None,
    recipe_file: Path | None,
    told: Told,
    credit: Credit,
    **recipe_options: Any,
) -> None:
    """Train a net that makes pictures of one texture.

    PICTURE shows the texture: marble, bark, brush strokes. The net makes pictures like it, of any size, from noise;
    photos are not needed. It takes ten minutes on one core. Previews, with a part of PICTURE on their left, are in the
    run's folder. Ctrl-C keeps a checkpoint, and --resume continues.

    
    livebrush train texture marble.jpg -o marble.onnx
    livebrush texture marble.onnx -o wall.png --size 1920x1080 --seed 3
    """
    from livebrush.trainer.training import train_texture

    target = output or Path(f"{picture.stem}.onnx")
    begin_without_photos(
        functools.partial(train_texture, picture), target, told, credit.weights_licence, recipe=recipe_file,
        credit=named(credit, target), **recipe_options,
    )  # fmt: skip
