"""Paintings brought to a larger size by the net that ships for it, strokes as sharp as they were painted."""

import functools
from pathlib import Path

import cv2
import numpy as np
import onnx

from livebrush.models.catalogue import packaged_folder
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.provider import Provider, reason
from livebrush.realtime.engine.runs import run_options

REACH = 12
"""pixels that one of the enlarged picture depends on, each way; even, as strips have to begin"""
MOST_PIXELS = 1_000_000
"""of a painting that are enlarged at once: so the net takes 0.3 GB, whatever the picture takes itself"""


class SuperResolution:
    """A net that doubles the size of a painting.

    provider: what runs it; threads: CPU threads
    path:     its file; None: the one that ships
    raises:   LivebrushError when the file is missing or damaged
    """

    def __init__(self, provider: Provider, threads: int, path: Path | None = None) -> None:
        path = path or packaged_folder() / "super_resolution" / "super_resolution.onnx"
        self._name = path.name
        try:
            onnx.checker.check_model(path)  # it tells a damaged file in fewer words than what would run it
            self._net = provider.open_helper(path, threads)
        except Exception as error:  # the libraries' exceptions share no base class
            raise LivebrushError(
                f"the net {path.name}, which enlarges paintings, is {'damaged' if path.is_file() else 'missing'}: "
                "install livebrush again",
                code="unreadable" if path.is_file() else "not_found",
            ) from error

    def doubled(self, painting: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8, RGB, to (2 H, 2 W, 3), in strips that see as much as they depend on.

        raises: LivebrushError where there is not enough memory
        """
        height, width = painting.shape[:2]
        # The net takes pixels by twos
        painting = cv2.copyMakeBorder(painting, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        rows = max(REACH, MOST_PIXELS // width // 2 * 2)
        strips = []
        for top in range(0, height, rows):
            above, bottom = max(0, top - REACH), min(height, top + rows)
            strip = self._run(painting[above : top + rows + REACH])
            strips.append(strip[2 * (top - above) : 2 * (bottom - above), : 2 * width])
        return strips[0] if len(strips) == 1 else np.concatenate(strips)

    def _run(self, strip: np.ndarray) -> np.ndarray:
        try:
            with run_options() as ending:
                return self._net({"painting": strip[None]}, ending)[0][0]
        except Exception as error:  # the libraries' exceptions share no base class
            raise LivebrushError(f"the net {self._name} failed: {reason(error)}", code="failed") from error


@functools.cache
def shared_super_resolution(provider: Provider, threads: int) -> SuperResolution:
    """One for all streams of a process."""
    return SuperResolution(provider, threads)
