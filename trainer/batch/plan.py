"""What a batch has to train, and what is ready."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from livebrush.models.contract import Style, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.made.kept import sha256_of
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.starts import find_start, shipped_start

READY, WAITING, TRAINED, FAILED = "ready", "unfinished", "trained", "failed"


@dataclass
class Item:
    """A style of a batch.

    credit:     what its style model says of the picture
    output:     the style model; run_folder: for checkpoint, log and previews
    state:      READY before the batch, WAITING until it is TRAINED or has FAILED
    tries:      how often it failed; losses: how often it was lost with its worker
    begun_at, done: steps, done before this batch and done
    error:      why it failed
    """

    picture: Path
    credit: Style
    output: Path
    run_folder: Path
    state: str = WAITING
    tries: int = 0
    losses: int = 0
    begun_at: int | None = None
    done: int = 0
    error: LivebrushError | None = None

    @property
    def name(self) -> str:
        return self.output.stem


def make_plan(
    pictures: Sequence[Path], credits: Sequence[Style], folder: Path, recipe: PaintingRecipe, overwrite: bool
) -> list[Item]:
    """The styles, in order.

    recipe: with the hash of its start, see `with_start`
    raises: LivebrushError where two would be one file, or one would replace a style model that is not the same
    """
    names = [picture.stem for picture in pictures]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LivebrushError(
            f"two pictures are called {twice[0]}: give each a name of its own", code="conflict"
        )
    items = [
        Item(picture, credit, folder / f"{picture.stem}.onnx", folder / "runs" / picture.stem)
        for picture, credit in zip(pictures, credits, strict=True)
    ]
    for item in items:
        if _is_ready(item, recipe):
            item.state = READY
    others = [item.output for item in items if item.state == WAITING and item.output.exists()]
    if others and not overwrite:
        more = f", and {len(others) - 1} more" if len(others) > 1 else ""
        raise LivebrushError(
            f"{others[0]} is of another picture or recipe{more}", code="exists", remedy="overwrite"
        )
    return items


def with_start(recipe: PaintingRecipe, start_from: str | None) -> PaintingRecipe:
    """The recipe as a style model tells it: with the hash of what it starts from, see `train_painting`.

    raises: LivebrushError where that is not there
    """
    start = shipped_start(recipe.net) if start_from == "shipped" else start_from and find_start(start_from)
    try:
        return replace(recipe, start_from=sha256_of(start) if start else "")
    except OSError as error:
        raise LivebrushError(
            f"the start {start} cannot be read: {error.strerror}", code="not_found"
        ) from error


def _is_ready(item: Item, recipe: PaintingRecipe) -> bool:
    """Whether the style model is there and tells of this picture and recipe."""
    if not (item.output.exists() and item.picture.is_file()):
        return False
    try:
        told = read_style_model(item.output).metadata.recipe
    except LivebrushError:
        return False
    # What a style model of an earlier livebrush does not tell was then as it is by default
    known = {**PaintingRecipe().as_dict(), **told}
    same = all(known[name] == value for name, value in recipe.as_dict().items())
    return same and told.get("style_sha256") == sha256_of(item.picture)
