"""A style that can be called: frames in, painted frames out."""

import numpy as np

from livebrush.models.assignment import Styles, restricted
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL
from livebrush.realtime.engine.engine import Engines
from livebrush.realtime.engine.finish import Finish, stroke_of
from livebrush.realtime.engine.layers import layers_of
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.made.asked import find_styles


class LoadedStyle:
    """A style that is loaded and can be called, with one stream of frames.

    For several viewers load an `Engine` and give each viewer a `Stream`.

    styles: the model and which of its styles, or those of regions
    others: see `Engine`, also for what it raises

    engine: what paints the frames, or their persons where these have a style of their own
    """

    def __init__(
        self,
        styles: Styles,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
        size: tuple[int, int] | None = None,
    ) -> None:
        self.styles = styles
        self._engines = Engines(device, threads, precision, size)
        self.engine = self._engines.of(styles.parts[0][1].model)
        self._stream = Stream()

    @property
    def name(self) -> str:
        return self.styles.name

    def __call__(
        self,
        frames: np.ndarray,
        *,
        strength: float = 1.0,
        keep_colours: bool = False,
        steady: bool = False,
        stroke: float | None = None,
        masks: np.ndarray | None = None,
        only: str = ALL,
    ) -> np.ndarray:
        """Paint one frame, or several that follow each other. Each call continues the stream, until `reset`.

        frames:  (H, W, 3) or (N, H, W, 3) uint8, RGB, of any size
        masks:   (h, w, 10) uint8 of any size, the regions of the frame, for a look; None: they are found
        only:    "person" paints persons and leaves all else as it is, "other" the other way round
        others:  see `Finish`; a stroke of None means 1 for a painting style
        returns: the same shape, uint8, RGB
        raises:  LivebrushError for invalid values, and if the device runs out of memory or the model fails
        """
        if frames.dtype != np.uint8 or frames.ndim not in (3, 4) or frames.shape[-1] != 3 or not frames.size:
            raise LivebrushError(
                f"frames are {frames.dtype} {list(frames.shape)}, expected uint8 [H, W, 3] or [N, H, W, 3]",
                code="invalid",
            )
        styles = restricted(self.styles, only)
        finish = Finish(strength, keep_colours, steady, stroke_of(styles, stroke))
        layers = layers_of(styles, self._engines.of, masks)
        if frames.ndim == 3:
            return self._stream.paint(frames, layers, finish)
        return np.stack([self._stream.paint(frame, layers, finish) for frame in frames])

    def reset(self) -> None:
        """Begin anew: call it before a frame that does not follow the last one."""
        self._stream.reset()


def load(
    style: str, device: str = "auto", threads: int | None = None, precision: str = "auto"
) -> LoadedStyle:
    """Load a style to paint frames with.

    style:  a name, an .onnx file, file:style, a picture, a blend ("starry_night:0.7,my.jpg:0.3"), or
            "person=NAME,other=NAME", either of which may be left out
    others: see `Engine`
    raises: LivebrushError for an unknown name, a file that cannot be run, or a device that does not work
    """
    return LoadedStyle(find_styles(style), device, threads, precision)
