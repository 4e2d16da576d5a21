"""`livebrush train`: one picture and a folder of photos in, a style model out; a texture needs no photos."""

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from livebrush.models.events import Event, Finished
from livebrush.realtime.commands.credit import Credit, credit_options
from livebrush.realtime.commands.options import overwrite_option, progress_option, torch_device_option
from livebrush.realtime.commands.progress import reader
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.kinds.photo_recipe import PhotoRecipe
from livebrush.trainer.kinds.texture_recipe import TextureRecipe
from livebrush.trainer.loss_networks.loss_files import loss_network_options
from livebrush.trainer.runs.recipe import Recipe

PAINTING_DEFAULTS = PaintingRecipe()
PHOTO_DEFAULTS = PhotoRecipe()
TEXTURE_DEFAULTS = TextureRecipe()


@click.group()
def train() -> None:
    """Train a style model, or a texture net, from one picture."""


def recipe_option(
    name: str, kind: Any, text: str, recipe: Recipe = PAINTING_DEFAULTS
) -> Callable[[Any], Any]:
    """An option for one value of the recipe, its default told but not given: a recipe file may hold another."""
    default = getattr(recipe, name)
    return click.option(f"--{name.replace('_', '-')}", type=kind, help=f"{text}  [default: {default}]")


@dataclass(frozen=True)
class Told:
    """What the options of `run_options` say."""

    loss_networks: tuple[str, ...]
    download: bool
    run_dir: Path | None
    preview_every: int
    resume: bool
    overwrite: bool
    device: str
    progress: str
    held_out: Path | None = None
    few_photos: bool = False


def run_options(preview_every: int, photos: bool = True) -> Callable[[Any], Any]:
    """The options of a training that are not its recipe's, which a command gets as `told`: what it reads, where it
    writes, what it runs on, how it tells of it.

    preview_every: steps, by default
    photos:        whether it is trained on photos
    """
    of_photos = [
        click.option(
            "--held-out", type=click.Path(path_type=Path),
            help="A text file of photo names to leave out of training; previews and held-out losses use them.",
        ),
        click.option("--few-photos", is_flag=True, help="Allow fewer than 50 photos."),
    ]  # fmt: skip
    options = [
        loss_network_options,
        *(of_photos if photos else ()),
        click.option(
            "--run-dir", type=click.Path(path_type=Path),
            help="Folder for checkpoints, log and previews.  [default: runs/NAME]",
        ),
        click.option(
            "--preview-every", type=click.IntRange(min=1), default=preview_every, show_default=True,
            help="Steps from one preview and checkpoint to the next.",
        ),
        click.option("--resume", is_flag=True, help="Continue where the run in --run-dir stopped."),
        overwrite_option("Replace the output if it exists."),
        torch_device_option,
        progress_option,
    ]  # fmt: skip

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def told(*arguments: Any, **given: Any) -> None:
            names = [field.name for field in dataclasses.fields(Told) if field.name in given]
            run = Told(**{name: given.pop(name) for name in names})
            command(*arguments, told=run, **given)

        return functools.reduce(lambda function, option: option(function), reversed(options), told)

    return with_options


@train.command()
@click.argument("style", type=click.Path(path_type=Path))
@click.option(
    "--content",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder of photos, a thousand or more.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The style model.  [default: STYLE.onnx here]"
)
@click.option(
    "--recipe", "recipe_file", type=click.Path(path_type=Path), help="A TOML file; options below override it."
)
@recipe_option(
    "net", str, "live (video on a CPU), fine (the best picture, for a GPU) or johnson (the reference)."
)
@recipe_option("images", int, "Photos to train on, repeats included; 10000 or more from random weights.")
@recipe_option("batch", int, "Photos per step.")
@recipe_option("crop", int, "Side of the training crops, in pixels.")
@recipe_option(
    "style_size", int, "Short side that the painting is resized to, in pixels; larger makes larger strokes."
)
@recipe_option("learning_rate", float, "Learning rate of Adam.")
@recipe_option("style_weight", float, "Higher: more of the painting's strokes.")
@recipe_option("content_weight", float, "Higher: more of the photo's shapes.")
@recipe_option("palette_weight", float, "Higher: more of the painting's range of colours.")
@recipe_option("tv_weight", float, "Higher: less pixel noise.")
@recipe_option("lattice_weight", float, "Higher: less of a grid in flat areas.")
@recipe_option(
    "steady_weight", float, "Higher: less flicker in video. 0 is faster, and only good for photos."
)
@click.option("--average-pool", is_flag=True, default=None, help="Use average pooling in the loss network.")
@recipe_option("precision", click.Choice(["auto", "float32", "bfloat16"]), "Precision of the loss network.")
@click.option(
    "--mixed-precision", is_flag=True, default=None,
    help="Use bfloat16 for the trained net, too; large nets train much faster.",
)  # fmt: skip
@recipe_option("seed", int, "The same seed, recipe and photos give the same net.")
@click.option(
    "--start-from",
    type=click.Path(),
    help="What to start from, which takes a fraction of the time: a style (great_wave, mine.onnx), a checkpoint "
    "(last.safetensors), or 'random'.  [default: the start that ships for the net, else random]",
)
@run_options(preview_every=250)
@credit_options("painting", "public domain")
def painting(
    style: Path, content: Path, output: Path | None, recipe_file: Path | None, start_from: str | None, told: Told,
    credit: Credit, **recipe_options: Any,
) -> None:  # fmt: skip
    """Train a net that paints like STYLE, and export it.

    STYLE is a picture of the painting. Previews are in the run's folder; 'tensorboard --logdir runs' shows them with
    the losses. Ctrl-C keeps a checkpoint, and --resume continues from it exactly.

    \b
    livebrush train painting starry_night.jpg --content photos/ -o starry_night.onnx
    livebrush train painting starry_night.jpg --content photos/ --images 20000 --style-size 512

    torchrun trains on several GPUs: each takes its part of every batch, which must divide by their number. This works
    on CPUs, too: each process uses one core, or as many as OMP_NUM_THREADS says.

    \b
    torchrun --standalone --nproc-per-node 2 --no-python livebrush train painting ... --batch 8
    """
    from livebrush.trainer.training import train_painting

    _train_on_photos(
        train_painting, style, content, output, told, credit, recipe=recipe_file, start_from=_start(start_from),
        **recipe_options,
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

    _train_on_photos(
        train_photo, style, content, output, told, credit, recipe=recipe_file, masks=masks, **recipe_options
    )


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
    _train(
        functools.partial(train_texture, picture), target, told, credit, recipe=recipe_file, **recipe_options
    )


def _start(given: str | None) -> str | None:
    """As `train_painting` takes it."""
    return "shipped" if given is None else None if given == "random" else given


def _train_on_photos(
    train: Callable[..., Path], style: Path, content: Path, output: Path | None, told: Told, credit: Credit,
    **of_kind: Any,
) -> None:  # fmt: skip
    """See `_train`."""
    few = {"least_photos": 1} if told.few_photos else {}
    start = {"start_from": of_kind.pop("start_from")} if "start_from" in of_kind else {}  # None is random
    train = functools.partial(train, style, content, held_out=told.held_out, **few, **start)
    _train(train, output or Path(f"{style.stem}.onnx"), told, credit, **of_kind)


def _train(train: Callable[..., Path], target: Path, told: Told, credit: Credit, **of_kind: Any) -> None:
    """of_kind: options that this training has and others do not, None where they were not given"""
    from livebrush.trainer.runs.parallel import EndedElsewhere

    given = {name: value for name, value in of_kind.items() if value is not None}
    finished: list[Finished] = []

    def on_event(event: Event) -> None:
        tell(event)
        if isinstance(event, Finished):
            finished.append(event)

    try:
        with reader(told.progress) as tell:
            train(
                target, on_event=on_event, run_folder=told.run_dir, loss_networks=told.loss_networks,
                download=told.download, credit=credit.style(target.stem), weights_licence=credit.weights_licence,
                preview_every=told.preview_every, resume=told.resume, overwrite=told.overwrite, device=told.device,
                **given,
            )  # fmt: skip
    except EndedElsewhere as ended:
        raise click.exceptions.Exit(ended.exit_code) from None
    for end in finished if told.progress != "json" else ():
        click.echo(f"{end.path} is ready; previews and log are in {end.values['run_folder']}", err=True)
