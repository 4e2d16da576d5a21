"""A style to call: frames in, painted frames out."""

import numpy as np

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import layer_of
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import Finish, stroke_of
from livebrush.realtime.engine.stream import Stream


class LoadedStyle:
    """One style, loaded, with a stream of its own; for several viewers load an `Engine` and give each a `Stream`.

    choice:  which model, and which of its styles
    others:  see `Engine`, which raises what is wrong with them

    engine:  that paints it
    """

    def __init__(
        self,
        choice: Choice,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
        size: tuple[int, int] | None = None,
    ) -> None:
        self.choice = choice
        self.engine = Engine(choice.model, device, threads, precision, size)
        self._stream = Stream()

    @property
    def name(self) -> str:
        return self.choice.name

    def __call__(
        self,
        frames: np.ndarray,
        *,
        strength: float = 1.0,
        keep_colours: bool = False,
        steady: bool = False,
        stroke: float | None = None,
        masks: np.ndarray | None = None,
    ) -> np.ndarray:
        """Paint a frame, or frames that follow each other; each call goes on from the last, until `reset`.

        frames:  (H, W, 3) or (N, H, W, 3) uint8, RGB, of any size
        masks:   (h, w, 10) uint8, of any size, for a style that knows regions; None: found
        others:  see `Finish`; a stroke of None is 1 for a painting
        returns: the same shape, uint8, RGB
        raises:  LivebrushError for values that cannot be, and when the device runs out of memory or the model fails
        """
        if frames.dtype != np.uint8 or frames.ndim not in (3, 4) or frames.shape[-1] != 3 or not frames.size:
            raise LivebrushError(
                f"frames are {frames.dtype} {list(frames.shape)}, expected uint8 [H, W, 3] or [N, H, W, 3]",
                code="invalid",
            )
        finish = Finish(strength, keep_colours, steady, stroke_of(self.choice, stroke))
        layers = [layer_of(self.choice, self.engine, masks)]
        if frames.ndim == 3:
            return self._stream.paint(frames, layers, finish)
        return np.stack([self._stream.paint(frame, layers, finish) for frame in frames])

    def reset(self) -> None:
        """Forget what frames leave to the next: before another picture, after a cut."""
        self._stream.reset()


def load(
    style: str, device: str = "auto", threads: int | None = None, precision: str = "auto"
) -> LoadedStyle:
    """A style, ready to paint frames.

    style:  a name, an .onnx file, or file:style
    others: see `Engine`
    raises: LivebrushError for an unknown name, a file that cannot be run, or a device that does not come up
    """
    return LoadedStyle(find_style(style), device, threads, precision)
