"""The graph that `livebrush look` puts a photo's colours into, exported from the photo net.

python -m livebrush.trainer.look_template models/looks/closed_form.onnx
"""

import sys
from pathlib import Path

import numpy as np

from livebrush.converters.export import export_look_template
from livebrush.realtime.looks.statistics import look_statistics
from livebrush.trainer.nets.photo import PhotoNet


def main(path: Path) -> None:
    """Any photo will do: what is known of it does not go into the file."""
    grey = np.full((8, 8, 3), 128, np.uint8)
    statistics = look_statistics(grey, np.zeros((8, 8, 10), np.uint8))
    export_look_template(PhotoNet(statistics, refined=False).eval(), path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
