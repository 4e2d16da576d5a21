"""Against flicker: the last painting, moved along with the picture, is blended into the next one."""

from typing import Any

import cv2
import numpy as np

SHRINK = 4  # the picture's movement is looked for in a copy so many times smaller
SMALLEST = 16  # pixels of that copy's shorter side, below which no movement can be told
# The last painting's share. Where nothing moves strokes fall on themselves, and only flicker is lost. Where
# something does, a net draws its strokes anew: above a quarter they would be averaged to a blur
STILL_SHARE, MOVING_SHARE = 0.8, 0.25
# Levels by which the copies may differ, channel by channel: up to the first the share is whole, from the second none
STILL_LEVELS, MOVING_LEVELS = (2.0, 6.0), (3.0, 12.0)
CUT_AGREEMENT = 0.3  # mean agreement of two frames, the movement undone, below which they are of two shots

_NEIGHBOURS = np.ones((3, 3), np.uint8)


class Steadier:
    """Steadies the paintings of frames that follow each other; the first one, and the first after a cut, stay as
    they are.

    The same frames give the same pictures. One object serves one style, in one thread at a time.

    source: blending along optical flow as in Bonneel et al. 2015 (blind temporal consistency), with the confidence
            from the frames' own difference; flow: Kroeger et al. 2016 (dense inverse search)
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the last frame: the next one does not follow it."""
        self._before: np.ndarray | None = None
        self._shown = np.empty((0, 0, 3), np.uint8)

    def steady(self, frame: np.ndarray, painted: np.ndarray) -> np.ndarray:
        """The painting with less flicker.

        frame, painted: (H, W, 3) uint8, RGB; another size than the last one's, or a cut, starts anew
        returns:        (H, W, 3) uint8, RGB: `painted` itself or a new picture; what the caller does to any of
                        the three leaves the next frame alone
        """
        height, width = frame.shape[:2]
        if min(height, width) < SMALLEST * SHRINK:
            self.reset()
            return painted
        half = cv2.resize(frame, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        small = cv2.resize(half, (width // SHRINK, height // SHRINK), interpolation=cv2.INTER_AREA)
        before, self._before = self._before, small
        if before is None or self._shown.shape != painted.shape:
            self._begin(height, width)
            self._shown = painted.copy()
            return painted
        blended = self._blended(before, small, painted)
        np.copyto(self._shown, blended)
        return blended

    def _begin(self, height: int, width: int) -> None:
        """What depends on the size alone."""
        self._places = _places(height, width, np.int16)
        self._small_places = _places(height // SHRINK, width // SHRINK, np.float32)
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._flow.setFinestScale(1)  # the preset's own is too coarse for a copy this small
        # Memory that is new for each frame would cost more than what is done in it
        self._moved_places = np.empty((height, width, 2), np.int16)
        self._moved_picture = np.empty((height, width, 3), np.uint8)
        self._share, self._rest = np.empty((2, height, width), np.float32)

    def _blended(self, before: np.ndarray, small: np.ndarray, painted: np.ndarray) -> np.ndarray:
        height, width = painted.shape[:2]
        # What looks as it did has not moved, whatever the flow makes of noise and of flat areas
        still = _agreement(_apart(before, small), *STILL_LEVELS)
        share = STILL_SHARE * still
        shown = self._shown
        if still.min() < 1:
            flow = self._flow.calc(_light(small), _light(before), None)  # pyright: ignore[reportCallIssue, reportArgumentType]
            places = self._small_places + flow
            moved = _fetched(before, places, cv2.INTER_LINEAR)
            agreement = _agreement(_apart(moved, small), *MOVING_LEVELS)
            agreement[_outside(places)] = 0
            if cv2.max(still, agreement).mean() < CUT_AGREEMENT:
                return painted
            share += MOVING_SHARE * (1 - still) * agreement
            shown = self._moved(flow, still)
        cv2.resize(share, (width, height), self._share, interpolation=cv2.INTER_LINEAR)
        cv2.subtract(1.0, self._share, self._rest)  # pyright: ignore[reportArgumentType, reportCallIssue]
        return cv2.blendLinear(shown, painted, self._share, self._rest)

    def _moved(self, flow: np.ndarray, still: np.ndarray) -> np.ndarray:
        """The last painting where the picture has gone, by whole pixels: to interpolate would soften it each time."""
        height, width = self._shown.shape[:2]
        steps = np.rint(SHRINK * flow).astype(np.int16)
        steps[still > 0.5] = 0
        places = cv2.resize(steps, (width, height), self._moved_places, interpolation=cv2.INTER_NEAREST)
        cv2.add(places, self._places, dst=places)
        return _fetched(self._shown, places, cv2.INTER_NEAREST, self._moved_picture)


def _places(height: int, width: int, dtype: type) -> np.ndarray:
    """(H, W, 2), every pixel's own x and y."""
    return np.dstack(np.meshgrid(np.arange(width, dtype=dtype), np.arange(height, dtype=dtype)))


def _fetched(picture: np.ndarray, places: np.ndarray, how: int, into: np.ndarray | None = None) -> np.ndarray:
    """Every pixel from its place in a picture."""
    # OpenCV's stubs want a second map, which may be None where the first holds both x and y
    maps: tuple[Any, Any] = places, None
    return cv2.remap(picture, *maps, how, into, cv2.BORDER_REPLICATE)


def _light(small: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(h, w) uint8, by how much two pictures differ, in the channel where they differ most."""
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return cv2.max(cv2.max(red, green), blue)


def _agreement(apart: np.ndarray, whole: float, none: float) -> np.ndarray:
    """(h, w) float32, 0..1; what differs spoils its neighbours', so that no rim of it stays behind."""
    spread = cv2.blur(cv2.dilate(apart, _NEIGHBOURS).astype(np.float32), (3, 3))
    return np.clip((none - spread) * np.float32(1 / (none - whole)), 0, 1)


def _outside(places: np.ndarray) -> np.ndarray:
    """(h, w) bool, where a place lies beyond the picture."""
    height, width = places.shape[:2]
    x, y = places[..., 0], places[..., 1]
    return (x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)
