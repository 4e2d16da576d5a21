"""What a look does to some frames, as one table of colours."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from livebrush.models.contract import StyleMetadata
from livebrush.models.looks import LookStatistics
from livebrush.realtime.loaded_style import load
from livebrush.realtime.looks.bake import bake_look
from livebrush.realtime.looks.fitted_table import fitted_table


def table_of_look(
    statistics: LookStatistics, metadata: StyleMetadata, frames: Sequence[np.ndarray]
) -> np.ndarray:
    """The table that comes nearest to a look on frames, each painted for itself.

    frames: (H, W, 3) uint8, RGB, of any size
    returns: see `fitted_table`
    """
    with tempfile.TemporaryDirectory(prefix="livebrush-") as folder:
        path = Path(folder, "look.onnx")
        bake_look(statistics, metadata, path)
        look = load(str(path), device="cpu")
        pairs = []
        for frame in frames:
            look.reset()
            pairs.append((frame, look(frame)))
    return fitted_table(pairs)
