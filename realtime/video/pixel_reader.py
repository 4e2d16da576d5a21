"""The pixels of a video's frames: upright, all of one size, for an ordinary screen."""

import numpy as np
from av import VideoFrame

from livebrush.realtime.letterbox import letterbox_rect
from livebrush.realtime.orientation import Orientation
from livebrush.realtime.video.colour import Colour, RgbReader, ToneMapper


class PixelReader:
    """Reads the frames of one video.

    first: its first frame, which tells the size that most have
    size: (height, width) of the pictures as they are stored, before they are turned
    colour: tags of what is converted; where it is that of a ToneMapper, frames are tone-mapped to it
    """

    def __init__(
        self,
        first: VideoFrame,
        size: tuple[int, int],
        orientation: Orientation,
        colour: Colour,
        tone_mapper: ToneMapper | None,
        alpha: bool,
    ) -> None:
        self._usual, self._size = (first.height, first.width), size
        self._orientation, self._colour = orientation, colour
        self._tone_mapper, self._alpha = tone_mapper, alpha
        self._reader = RgbReader(colour, size, alpha)
        self._other_sizes: set[tuple[int, int]] = set()

    def changes_size(self, frame: VideoFrame) -> bool:
        """Whether this frame is of a size that none had before; it is shown with borders, as `live` does."""
        size = (frame.height, frame.width)
        if size == self._usual or size in self._other_sizes:
            return False
        self._other_sizes.add(size)
        return True

    def read(self, frame: VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
        """As it is shown: (H, W, 3) RGB uint8 and, where asked for, (H, W) uint8 alpha, 255 = opaque."""
        pixels, alpha = self._stored(frame)
        pixels = self._orientation.shown(pixels)
        return pixels, None if alpha is None else self._orientation.shown(alpha)

    def _stored(self, frame: VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
        if self._tone_mapper:
            frame = self._tone_mapper.map(frame)
        if (frame.height, frame.width) == self._usual:
            return self._reader.read(frame)
        top, left, height, width = letterbox_rect(frame.height, frame.width, *self._size)
        inside, alpha = RgbReader(self._colour, (height, width), self._alpha).read(frame)
        pixels = np.zeros((*self._size, 3), np.uint8)
        pixels[top : top + height, left : left + width] = inside
        if alpha is not None:
            framed = np.full(self._size, 255, np.uint8)
            framed[top : top + height, left : left + width] = alpha
            alpha = framed
        return pixels, alpha
