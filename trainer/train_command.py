"""`livebrush train`: one picture and a folder of photos in, a style model out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.credit import Credit, credit_options
from livebrush.realtime.commands.options import overwrite_option, torch_device_option
from livebrush.trainer.loss_networks.loss_files import (
    fetch_vgg19_with_bar,
    find_loss_files,
    loss_network_options,
)
from livebrush.trainer.photo_recipe import PhotoRecipe
from livebrush.trainer.recipe import AnyRecipe, PaintingRecipe, Recipe, read_recipe

if TYPE_CHECKING:
    from livebrush.trainer.painting_job import PaintingJob
    from livebrush.trainer.photo_job import PhotoJob

PAINTING_DEFAULTS = PaintingRecipe()
PHOTO_DEFAULTS = PhotoRecipe()


@click.group()
def train() -> None:
    """Train a style model from one picture."""


def recipe_option(
    name: str, kind: Any, text: str, recipe: Recipe = PAINTING_DEFAULTS
) -> Callable[[Any], Any]:
    """An option for one value of the recipe, its default told but not given: a recipe file may hold another."""
    default = getattr(recipe, name)
    return click.option(f"--{name.replace('_', '-')}", type=kind, help=f"{text}  [default: {default}]")


def run_options(preview_every: int) -> Callable[[Any], Any]:
    """The options of a training that are not its recipe's: what it reads, where it writes, what it runs on.

    preview_every: steps, by default
    """
    options = [
        loss_network_options,
        click.option(
            "--held-out", type=click.Path(path_type=Path),
            help="A text file of photo names to leave out of training; previews and held-out losses use them.",
        ),
        click.option(
            "--run-dir", type=click.Path(path_type=Path),
            help="Folder for checkpoints, log and previews.  [default: runs/NAME]",
        ),
        click.option(
            "--preview-every", type=click.IntRange(min=1), default=preview_every, show_default=True,
            help="Steps from one preview and checkpoint to the next.",
        ),
        click.option("--few-photos", is_flag=True, help="Allow fewer than 50 photos."),
        click.option("--resume", is_flag=True, help="Continue where the run in --run-dir stopped."),
        overwrite_option("Replace the style model if it exists."),
        torch_device_option,
    ]  # fmt: skip
    return lambda command: reduce(lambda function, option: option(function), reversed(options), command)


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
    type=click.Path(path_type=Path),
    help="A checkpoint (last.safetensors) or style model to start from, which takes a fraction of the time, or "
    "'random'.  [default: the start that ships for the net, else random]",
)
@run_options(preview_every=250)
@credit_options("painting", "public domain")
def painting(
    style: Path, content: Path, output: Path | None, recipe_file: Path | None, loss_names: tuple[str, ...],
    download: bool, held_out: Path | None, run_dir: Path | None, start_from: Path | None,
    preview_every: int, few_photos: bool, resume: bool, overwrite: bool, device: str,
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
    from livebrush.trainer.painting_job import LEAST_PHOTOS, PaintingJob, Places, run_painting_job
    from livebrush.trainer.parallel import all_or_none, is_first

    target = output or Path(f"{style.stem}.onnx")
    run_folder = run_dir or Path("runs") / target.stem
    with _in_all_processes():
        with all_or_none():
            if download and "vgg19" in loss_names and is_first():
                fetch_vgg19_with_bar()
        with all_or_none():
            recipe = _recipe(recipe_file, recipe_options, PAINTING_DEFAULTS)
            job = PaintingJob(
                recipe=recipe,
                style=credit.style(target.stem),
                weights_licence=credit.weights_licence,
                loss_files=find_loss_files(loss_names),
                places=Places(style, content, target, run_folder, held_out, _start(start_from, recipe.net)),
                preview_every=preview_every,
                resume=resume,
                overwrite=overwrite,
                device=device,
                least_photos=1 if few_photos else LEAST_PHOTOS,
            )
        _run_with_bar(job, run_painting_job)


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
    style: Path, content: Path, output: Path | None, recipe_file: Path | None, loss_names: tuple[str, ...],
    masks: Path | None, download: bool, held_out: Path | None, run_dir: Path | None, preview_every: int,
    few_photos: bool, resume: bool, overwrite: bool, device: str, credit: Credit, **recipe_options: Any,
) -> None:  # fmt: skip
    """Train a net that gives photos the colours and light of STYLE.

    STYLE is a photo; the net works on videos, too. Training begins with what 'livebrush look' makes of it. The net only
    changes colours, place by place; for the strokes of a painting use 'livebrush train painting'.

    \b
    livebrush train photo sunset.jpg --content photos/ -o sunset.onnx
    livebrush video drive.mp4 -s sunset.onnx -o dusk.mp4
    """
    from livebrush.trainer.painting_job import LEAST_PHOTOS, Places
    from livebrush.trainer.parallel import interrupts_wait
    from livebrush.trainer.photo_job import PhotoJob, run_photo_job

    if download and "vgg19" in loss_names:
        fetch_vgg19_with_bar()
    target = output or Path(f"{style.stem}.onnx")
    run_folder = run_dir or Path("runs") / target.stem
    job = PhotoJob(
        recipe=_recipe(recipe_file, recipe_options, PHOTO_DEFAULTS),
        style=credit.style(target.stem),
        weights_licence=credit.weights_licence,
        loss_files=find_loss_files(loss_names),
        places=Places(style, content, target, run_folder, held_out, masks=masks),
        preview_every=preview_every,
        resume=resume,
        overwrite=overwrite,
        device=device,
        least_photos=1 if few_photos else LEAST_PHOTOS,
    )
    with interrupts_wait():
        _run_with_bar(job, run_photo_job)


def _recipe(file: Path | None, options: dict[str, Any], default: AnyRecipe) -> AnyRecipe:
    recipe = read_recipe(file, default) if file else default
    given = {name: value for name, value in options.items() if value is not None}
    return recipe.with_values(given, source="the command line")


def _start(given: Path | None, net: str) -> Path | None:
    """The checkpoint to start from; None for random weights."""
    from livebrush.trainer.starts import shipped_start

    if given:
        return None if str(given) == "random" else given
    return shipped_start(net)


@contextmanager
def _in_all_processes() -> Iterator[None]:
    """Within this block the processes that torchrun started train together, and one of them says what failed."""
    from livebrush.trainer.parallel import EndedElsewhere, processes

    try:
        with processes():
            yield
    except EndedElsewhere as ended:
        raise click.exceptions.Exit(ended.exit_code) from None


def _run_with_bar(job: "PaintingJob | PhotoJob", run: Any) -> None:
    from livebrush.realtime.commands.progress import tqdm_bar
    from livebrush.trainer.parallel import is_first

    bar = tqdm_bar(desc=job.style.name, unit="step", disable=not is_first())

    def report(progress: Any) -> None:
        bar.total = progress.steps
        shown = {name: f"{value:.3f}" for name, value in progress.losses.items() if name != "total"}
        bar.set_postfix({**shown, "img/s": f"{progress.images_per_s:.1f}"}, refresh=False)
        bar.update(progress.step - bar.n)

    with bar:
        run(job, report, lambda line: bar.write(line))
