"""Display orientation: how the stored rows and columns of a clip are turned before they are shown."""

from dataclasses import dataclass

import cv2
import numpy as np
from av import VideoFrame

_IDENTITY = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


@dataclass(frozen=True)
class Orientation:
    """One of the eight ways to turn and mirror a picture: transpose first, then flip.

    matrix: the nine numbers of the file's display matrix that say the same (16.16 fixed point)
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False
    matrix: tuple[int, ...] = _IDENTITY

    @classmethod
    def of(cls, frame: VideoFrame) -> "Orientation | None":
        """The orientation that a decoded frame asks for; None when it is not a multiple of 90 degrees."""
        try:
            matrix = tuple(np.frombuffer(frame.side_data["DISPLAYMATRIX"], np.int32).tolist())  # type: ignore
        except KeyError:
            return cls()
        a, b, _, c, d = matrix[:5]
        if b == c == 0 and a and d:
            return cls(False, a < 0, d < 0, matrix)
        if a == d == 0 and b and c:
            return cls(True, c < 0, b < 0, matrix)
        return None

    @property
    def upright(self) -> bool:
        """Whether stored and shown picture are the same."""
        return not (self.transpose or self.flip_x or self.flip_y)

    def shown(self, picture: np.ndarray) -> np.ndarray:
        """(H, W[, C]) as stored, turned to how it is shown."""
        return self._flip(cv2.transpose(picture) if self.transpose else picture)

    def stored(self, picture: np.ndarray) -> np.ndarray:
        """(H, W[, C]) as shown, turned back to how it is stored."""
        flipped = self._flip(picture)
        return cv2.transpose(flipped) if self.transpose else flipped

    def _flip(self, picture: np.ndarray) -> np.ndarray:
        if not (self.flip_x or self.flip_y):
            return picture
        return cv2.flip(picture, -1 if self.flip_x and self.flip_y else int(self.flip_x))
