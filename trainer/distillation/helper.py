"""What nets that work beside the styles have in common: their photos, how they are trained, and their ONNX file."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click
import onnx
import torch
from torch import Tensor, nn

from livebrush.converters.export import traced
from livebrush.converters.half_weights import halve_weights
from livebrush.models.events import Started
from livebrush.models.writing import whole_file
from livebrush.realtime.commands.progress import reader
from livebrush.trainer.runs.kind import Kind
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.run import TrainingRun


def photo_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options `content`, a folder, and `held_out`, a file: photos to learn from, and to judge by."""
    content = click.option(
        "--content", type=click.Path(path_type=Path), required=True, help="A folder of photos."
    )
    held_out = click.option(
        "--held-out", type=click.Path(path_type=Path), required=True, help="Names of photos to judge by."
    )
    return content(held_out(command))


def train_to_end(learner: Kind, folder: RunFolder, title: str) -> None:
    """From the checkpoint of the folder where there is one, with a bar of this title."""
    run = TrainingRun(learner, folder)
    if folder.checkpoint.is_file():
        run.resume()
    with reader("bar") as tell:
        tell(Started(title, "step", learner.recipe.steps))
        run.train(tell)


def write_helper(
    graph: nn.Module, example: Tensor, names: tuple[str, str], path: Path, about: Mapping[str, str]
) -> None:
    """Write it, its weights in half precision.

    graph:   one picture, (1, H, W, 3) uint8, H and W free, to another
    example: of its input
    names:   of its input and its output
    about:   its metadata
    raises:  LivebrushError when the file cannot be written
    """
    free = dict.fromkeys((1, 2), torch.export.Dim.DYNAMIC)
    model = traced(graph.eval(), (example,), [names[0]], [names[1]], (free,))
    halve_weights(model)
    for key, value in about.items():
        model.metadata_props.add(key=key, value=value)
    with whole_file(path) as partial:
        onnx.save(model, partial)
