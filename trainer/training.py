"""Training of a style model: one picture and a folder of photos in, an .onnx file out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent, telling
from livebrush.trainer.kinds.painting import Painting
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.kinds.palette import Palette
from livebrush.trainer.kinds.palette_recipe import PaletteRecipe
from livebrush.trainer.kinds.photo import Photo
from livebrush.trainer.kinds.photo_recipe import PhotoRecipe
from livebrush.trainer.kinds.texture import Texture
from livebrush.trainer.kinds.texture_recipe import TextureRecipe
from livebrush.trainer.runs.job import run_job
from livebrush.trainer.runs.kind import FileKind
from livebrush.trainer.runs.parallel import all_or_none, processes
from livebrush.trainer.runs.places import LEAST_PHOTOS, Job, Places
from livebrush.trainer.runs.recipe import chosen_recipe
from livebrush.trainer.starts import find_start, shipped_start


def train_painting(
    style: str | Path,
    output: str | Path,
    *,
    content: str | Path | None = None,
    on_event: OnEvent | None = None,
    recipe: PaintingRecipe | str | Path | None = None,
    start_from: str | Path | Literal["shipped"] | None = "shipped",
    held_out: str | Path | None = None,
    run_folder: str | Path | None = None,
    loss_networks: Sequence[str] = ("builtin",),
    credit: Style | None = None,
    weights_licence: str = "",
    download: bool = False,
    preview_every: int = 250,
    least_photos: int = LEAST_PHOTOS,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    **recipe_values: Any,
) -> Path:
    """Train a net that paints like a painting, and export it.

    style:           the painting; output: the style model, .onnx
    content:         a folder of photos, a thousand or more; None: the few that ship, which do nearly as well
    on_event:        told of the start, every step (its losses, learning_rate and images_per_s), previews, notes, and
                     the end
    recipe:          how it is trained, or a TOML file that says so; None: the net's default
    start_from:      a style by name, a style model or a checkpoint, of the same net.
                     "shipped" for the start that ships for the net, where one does; None for random weights
    held_out:        a text file of photo names that are judged by, and never trained on
    run_folder:      for checkpoint, log and previews; None: runs/NAME of the output's name
    loss_networks:   "builtin", "vgg19" (the published one) or weight files; several fill in each other's missing layers
    download:        fetch VGG19 (548 MB) where it is asked for and not here yet
    credit:          what the style model says of the painting, and the style's name; None: the output's name alone
    weights_licence: under which others may use the style model
    preview_every:   steps from one preview and checkpoint to the next
    least_photos:    with fewer it is refused
    resume:          go on from the checkpoint in the run's folder, exactly as the run would have gone on
    overwrite:       replace the style model where it exists
    device:          "auto", "cpu" or "cuda"
    recipe_values:   in place of the recipe's: fields of PaintingRecipe, such as images=20_000
    returns:         the style model

    raises: LivebrushError. On Ctrl-C TrainingInterrupted, one of them, with a checkpoint to resume from. In a process
            that torchrun started EndedElsewhere, when it is another that raises these
    """

    def job() -> Job:
        taken = chosen_recipe(recipe, PaintingRecipe(), recipe_values)
        if start_from == "shipped":
            start = shipped_start(taken.net)
        else:
            start = None if start_from is None else find_start(start_from)
        places = _places((style,), content, output, run_folder, held_out, starts=(start,) if start else ())
        return Job(
            taken, (credit or Style(places.output.stem),), places, loss_networks, weights_licence, download,
            preview_every, resume, overwrite, device, least_photos,
        )  # fmt: skip

    return _train(Painting, job, on_event)


def train_photo(
    style: str | Path,
    output: str | Path,
    *,
    content: str | Path,
    on_event: OnEvent | None = None,
    recipe: PhotoRecipe | str | Path | None = None,
    masks: str | Path | None = None,
    held_out: str | Path | None = None,
    run_folder: str | Path | None = None,
    loss_networks: Sequence[str] = ("builtin",),
    credit: Style | None = None,
    weights_licence: str = "",
    download: bool = False,
    preview_every: int = 100,
    least_photos: int = LEAST_PHOTOS,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    **recipe_values: Any,
) -> Path:
    """Train a net that gives photos and videos the colours and light of a photo, and export it.

    style:         the photo; content: a folder of photos, of which those that show what it shows are used
    masks:         a picture of the photo's regions, see `livebrush.models.regions.COLOURS`; None: they are found
    recipe_values: in place of the recipe's: fields of PhotoRecipe, such as affine_weight=100.0

    All else as for `train_painting`.
    """

    def job() -> Job:
        taken = chosen_recipe(recipe, PhotoRecipe(), recipe_values)
        places = _places((style,), content, output, run_folder, held_out, masks=_path(masks))
        return Job(
            taken, (credit or Style(places.output.stem),), places, loss_networks, weights_licence, download,
            preview_every, resume, overwrite, device, least_photos,
        )  # fmt: skip

    return _train(Photo, job, on_event)


def train_palette(
    styles: Sequence[str | Path],
    output: str | Path,
    *,
    content: str | Path | None = None,
    on_event: OnEvent | None = None,
    recipe: PaletteRecipe | str | Path | None = None,
    start_from: Sequence[str | Path] = (),
    held_out: str | Path | None = None,
    run_folder: str | Path | None = None,
    loss_networks: Sequence[str] = ("builtin",),
    credit: Sequence[Style] = (),
    weights_licence: str = "",
    download: bool = False,
    preview_every: int = 250,
    least_photos: int = LEAST_PHOTOS,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    **recipe_values: Any,
) -> Path:
    """Train one net that paints like several paintings, and any blend of them, and export it.

    styles:        the paintings, two or more
    start_from:    for each, in order, the style that it begins as: one by name, a style model or a checkpoint of a live
                   net, all trained on from one beginning, as those that ship are. None: what the net that ships for
                   any picture makes of each
    credit:        what the style model says of each, and the styles' names; none: the names of the pictures' files
    recipe_values: in place of the recipe's: fields of PaletteRecipe, such as images=10_000

    All else as for `train_painting`.
    """

    def job() -> Job:
        taken = chosen_recipe(recipe, PaletteRecipe(), recipe_values)
        named = tuple(credit) or tuple(Style(Path(style).stem) for style in styles)
        _check_palette([style.name for style in named], len(styles), len(start_from))
        starts = tuple(find_start(start) for start in start_from or styles)
        places = _places(styles, content, output, run_folder, held_out, starts=starts)
        return Job(
            taken, named, places, loss_networks, weights_licence, download, preview_every, resume, overwrite,
            device, least_photos,
        )  # fmt: skip

    return _train(Palette, job, on_event)


def train_texture(
    picture: str | Path,
    output: str | Path,
    *,
    on_event: OnEvent | None = None,
    recipe: TextureRecipe | str | Path | None = None,
    run_folder: str | Path | None = None,
    loss_networks: Sequence[str] = ("builtin",),
    credit: Style | None = None,
    weights_licence: str = "",
    download: bool = False,
    preview_every: int = 250,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    **recipe_values: Any,
) -> Path:
    """Train a net that makes pictures of one texture from noise, and export it; photos are not needed.

    picture:       of the texture; output: the texture net, .onnx, which `paint_texture` takes
    recipe_values: in place of the recipe's: fields of TextureRecipe, such as style_size=512

    All else as for `train_painting`.
    """

    def job() -> Job:
        taken = chosen_recipe(recipe, TextureRecipe(), recipe_values)
        places = _places((picture,), None, output, run_folder)
        return Job(
            taken, (credit or Style(places.output.stem),), places, loss_networks, weights_licence, download,
            preview_every, resume, overwrite, device,
        )  # fmt: skip

    return _train(Texture, job, on_event)


def _check_palette(names: Sequence[str], pictures: int, starts: int) -> None:
    """raises: LivebrushError"""
    if pictures < 2:
        raise LivebrushError(
            f"a palette is made of two pictures or more, got {pictures}", code="invalid", remedy="train_one"
        )
    for what, count in (("starts", starts or pictures), ("credits", len(names))):
        if count != pictures:
            raise LivebrushError(
                f"there are {count} {what} for {pictures} pictures: name one for each, in order",
                code="invalid",
            )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LivebrushError(f"two styles are called {twice[0]}: give each a name of its own", code="invalid")


def _train(kind: type[FileKind], job: Callable[[], Job], on_event: OnEvent | None) -> Path:
    """job: made within the block, so that what fails in it fails in all processes, and one of them says so"""
    with telling(on_event) as tell, processes():
        with all_or_none():
            made = job()
        return run_job(made, kind, tell)


def _places(
    styles: Sequence[str | Path],
    content: str | Path | None,
    output: str | Path,
    run_folder: str | Path | None,
    held_out: str | Path | None = None,
    **more: Any,
) -> Places:
    output = Path(output)
    run_folder = Path(run_folder) if run_folder else Path("runs") / output.stem
    return Places(tuple(map(Path, styles)), _path(content), output, run_folder, _path(held_out), **more)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
