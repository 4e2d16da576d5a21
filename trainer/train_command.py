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
    """Train a style from one picture."""


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
            help="A text file of photo names that are never trained on; previews and held-out losses use them.",
        ),
        click.option(
            "--run-dir", type=click.Path(path_type=Path),
            help="For checkpoints, log and previews.  [default: runs/NAME]",
        ),
        click.option(
            "--preview-every", type=click.IntRange(min=1), default=preview_every, show_default=True,
            help="Steps from one preview and checkpoint to the next.",
        ),
        click.option("--few-photos", is_flag=True, help="Train on fewer than 50 photos all the same."),
        click.option("--resume", is_flag=True, help="Go on where the run in --run-dir stopped."),
        overwrite_option("Replace the style model where it exists."),
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
@recipe_option("images", int, "Photos to see, repeats included; from random weights take 10000 or more.")
@recipe_option("batch", int, "Photos a step.")
@recipe_option("crop", int, "Side of the training crops in pixels.")
@recipe_option("style_size", int, "Short side of the painting; larger makes larger strokes.")
@recipe_option("learning_rate", float, "Adam's.")
@recipe_option("style_weight", float, "More of the painting's strokes.")
@recipe_option("content_weight", float, "More of the photo's shapes.")
@recipe_option("palette_weight", float, "More of the painting's range of colours.")
@recipe_option("tv_weight", float, "Less pixel noise.")
@recipe_option("lattice_weight", float, "Less of a grid in flat areas.")
@recipe_option("steady_weight", float, "Less flicker in video; 0 trains for stills, and faster.")
@click.option("--average-pool", is_flag=True, default=None, help="Average pooling in the loss network.")
@recipe_option("precision", click.Choice(["auto", "float32", "bfloat16"]), "Of the loss network.")
@click.option(
    "--mixed-precision", is_flag=True, default=None,
    help="bfloat16 for the painting net too: a large one trains much faster.",
)  # fmt: skip
@recipe_option("seed", int, "Same seed, recipe and photos: same net.")
@click.option(
    "--start-from",
    type=click.Path(path_type=Path),
    help="A checkpoint (last.safetensors) or style model of another style, from which a new one learns in a fraction "
    "of the time, or 'random'.  [default: the start that ships for the net, else random]",
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

    Watch the previews in the run's folder, or 'tensorboard --logdir runs'. Ctrl-C keeps a checkpoint; --resume goes on
    from it exactly.

    \b
    livebrush train painting starry_night.jpg --content photos/ -o starry_night.onnx
    livebrush train painting starry_night.jpg --content photos/ --images 20000 --style-size 512

    Several GPUs train the same net sooner, each on its part of every batch, which must divide by their number. It
    works on CPUs too: torchrun lets each process use one core, OMP_NUM_THREADS more.

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
    help="A folder of photos, a thousand or more; those that show what STYLE shows are used.",
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
    help="Regions of STYLE, as 'livebrush masks' draws them.  [default: found]",
)
@photo_option("net", str, "maps (ours, sharp at any size) or johnson (the published way, to compare).")
@photo_option("images", int, "Photos to see, repeats included.")
@photo_option("batch", int, "Photos a step.")
@photo_option("learning_rate", float, "Adam's.")
@photo_option("style_weight", float, "More of the style photo's colours and light.")
@photo_option("content_weight", float, "More of the photo's shapes.")
@photo_option("affine_weight", float, "More of what only an edit of colours can give.")
@photo_option("smooth_weight", float, "Less difference from place to place.")
@photo_option("tv_weight", float, "Less pixel noise (net johnson).")
@photo_option("blend", float, "Share of the photo in the picture (net johnson).")
@photo_option("precision", click.Choice(["auto", "float32", "bfloat16"]), "Of the loss network.")
@photo_option("seed", int, "Same seed, recipe and photos: same net.")
@run_options(preview_every=100)
@credit_options("photo", "CC BY 4.0")
def photo(
    style: Path, content: Path, output: Path | None, recipe_file: Path | None, loss_names: tuple[str, ...],
    masks: Path | None, download: bool, held_out: Path | None, run_dir: Path | None, preview_every: int,
    few_photos: bool, resume: bool, overwrite: bool, device: str, credit: Credit, **recipe_options: Any,
) -> None:  # fmt: skip
    """Train a net that gives photos and films the colours and light of STYLE, a photo, and export it.

    It begins where 'livebrush look' ends. What comes out is an edit of colours, place by place: strokes of a painting
    do not transfer, 'train painting' paints them.

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
