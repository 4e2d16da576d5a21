"""What the nets that find regions have in common: how they are trained to the end, and the file that they end in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from livebrush.models.events import Started
from livebrush.models.regions import CONTRACT, METADATA_KEY
from livebrush.realtime.commands.progress import reader
from livebrush.trainer.distillation.helper_file import write_helper
from livebrush.trainer.runs.kind import Kind
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.run import TrainingRun

MULTIPLE = 32
"""pixels that the sides of what they are shown divide by"""


def train_to_end(learner: Kind, folder: RunFolder, title: str) -> None:
    """From the checkpoint of the folder where there is one, with a bar of this title."""
    run = TrainingRun(learner, folder)
    if folder.checkpoint.is_file():
        run.resume()
    with reader("bar") as tell:
        tell(Started(title, "step", learner.recipe.steps))
        run.train(tell)


def export_mask_net(
    graph: nn.Module, path: Path, short_side: int, groups: Sequence[str], about: dict[str, Any]
) -> None:
    """Write the ONNX file, its weights in half precision.

    graph:      (1, H, W, 3) uint8 to (1, H / 4, W / 4, groups) uint8
    short_side: of what it is shown, pixels
    about:      further facts, for its metadata
    """
    facts = {"contract": CONTRACT, "multiple": MULTIPLE, "short_side": short_side, "groups": groups, **about}
    example = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    write_helper(graph, example, ("image", "regions"), path, {METADATA_KEY: json.dumps(facts)})
