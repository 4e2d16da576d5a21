"""The file that nets which find regions end in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from livebrush.models.regions import CONTRACT, METADATA_KEY
from livebrush.trainer.distillation.helper import write_helper

MULTIPLE = 32
"""pixels that the sides of what they are shown divide by"""


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
