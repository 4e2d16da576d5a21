"""The only way from a frame to a painting: video files, photos, the live window and snapshots all take it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from livebrush.models.regions import ALL, PERSON_GROUPS
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import Finish, applied, brought_to_size, resized
from livebrush.realtime.engine.layers import Layer
from livebrush.realtime.engine.mask_feed import MaskFeed
from livebrush.realtime.engine.memory import Memory
from livebrush.realtime.engine.person_mask import PersonMask
from livebrush.realtime.engine.steadying import Steadier


class Stream:
    """A sequence of frames, and what one frame hands to the next: states of models, masks, the last paintings.

    Engines can be shared, streams cannot: one for each viewer. Paint one frame at a time and in order, unless
    `in_parallel` allows more.

    in_time: frames are shown as they come: none waits for a device that is getting ready for frames of its size, or for
        strokes that are as sharp enlarged as they were painted

    net_s:    seconds that the nets took for the last frame
    net_size: (height, width) of the copy that they painted, the larger of two; (0, 0) if the frame was left as it is
    ready:    whether they were as fast as they will be for frames of this size
    """

    def __init__(self, in_time: bool = False) -> None:
        self._memories: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()
        self.in_time = in_time
        self.reset()
        self.net_s, self.net_size, self.ready = 0.0, (0, 0), True

    def reset(self) -> None:
        """Begin anew: the next frame does not follow the last one (after a seek or a pause, or another picture)."""
        for memory in self._memories.values():
            memory.reset()
        self._feed: MaskFeed | None = None
        self._masks: np.ndarray | None = None
        self._frame: np.ndarray | None = None
        self._persons: PersonMask | None = None
        self._looked = False
        self._steadiers: dict[_Key, Steadier] = {}
        self._last_steadiers: dict[_Key, Steadier] = {}

    def paint(
        self, frame: np.ndarray, layers: Sequence[Layer], finish: Finish, scale: float | None = None
    ) -> np.ndarray:
        """Paint a frame: resize, run the nets, blend, steady, enlarge, finish, and put persons and all else together.

        frame:   (H, W, 3) uint8, RGB, of any size; the same object again means the same frame, painted differently
        layers:  the styles; what no layer paints stays as it is
        finish:  strength, colours, steadiness and strokes
        scale:   size of the copy that the nets paint, relative to the frame; None: as the strokes require
        returns: (H, W, 3) uint8, RGB; the frame itself if the strength is 0 or there are no layers
        raises:  LivebrushError if a style fails, or persons cannot be found
        """
        if frame is not self._frame:
            self._next(frame)
        self.net_s, self.net_size, self.ready = 0.0, (0, 0), True
        if finish.strength == 0 or not layers:
            return frame
        scale = finish.scale(min(frame.shape[:2])) if scale is None else scale
        if all(layer.region == ALL for layer in layers):
            return self._whole(frame, layers, finish, scale)
        persons, others = (self._side(region, frame, layers, finish, scale) for region in PERSON_GROUPS)
        return self._persons_of(frame, layers[0].engine).composed(persons, others)

    def _side(
        self, region: str, frame: np.ndarray, layers: Sequence[Layer], finish: Finish, scale: float
    ) -> np.ndarray:
        """The whole frame as a region is painted; the frame itself where no layer paints that."""
        mine = [layer for layer in layers if layer.region in (ALL, region)]
        if not mine:
            return frame
        if _sized(layers) and not _sized(mine):
            scale = 1.0  # a smaller copy is for the strokes of the other side
        painted = self._whole(frame, mine, finish, scale)
        share = sum(layer.share for layer in mine)
        return painted if share > 0.999 else cv2.addWeighted(painted, share, frame, 1 - share, 0)

    def _whole(self, frame: np.ndarray, layers: Sequence[Layer], finish: Finish, scale: float) -> np.ndarray:
        copy = resized(frame, scale)
        started = time.perf_counter()
        painted = self._blended(copy, merged(layers))
        self.net_s += time.perf_counter() - started
        self.net_size = max(self.net_size, copy.shape[:2])
        if finish.steady:
            painted = self._steadier(layers).steady(copy, painted)
        doubled = None if self.in_time else layers[0].engine.doubled
        painted = brought_to_size(painted, copy, frame, doubled)
        return applied(painted, frame, finish.strength, finish.keep_colours)

    def _blended(self, copy: np.ndarray, layers: Sequence[Layer]) -> np.ndarray:
        painted = self._painted(copy, layers[0])
        so_far = layers[0].share
        for layer in layers[1:]:
            so_far += layer.share
            part = layer.share / so_far
            painted = cv2.addWeighted(painted, 1 - part, self._painted(copy, layer), part, 0)
        return painted

    def _painted(self, copy: np.ndarray, layer: Layer) -> np.ndarray:
        engine, conditions = layer.engine, layer.conditions
        memory = self._memories.get(engine) or self._memories.setdefault(engine, engine.begin())
        if engine.finder and conditions.masks is None:
            if self._masks is None:
                self._feed = self._feed or MaskFeed(engine.finder)
                self._masks = self._feed.masks(copy)
            conditions = replace(conditions, masks=self._masks)
        painted = engine.paint(copy, conditions, memory, in_time=self.in_time)
        self.ready = self.ready and memory.ready
        return painted

    def _next(self, frame: np.ndarray) -> None:
        """Masks are found once for a frame; what the last frame did not use is out of date."""
        if not self._looked:
            self._persons = None
        self._frame, self._masks, self._looked = frame, None, False
        self._last_steadiers, self._steadiers = self._steadiers, {}

    def _persons_of(self, frame: np.ndarray, engine: Engine) -> PersonMask:
        """Where they are in the frame of the moment, looked for once."""
        self._persons = self._persons or PersonMask(engine.person_finder())
        if not self._looked:
            self._persons.look(frame)
            self._looked = True
        return self._persons

    def _steadier(self, layers: Sequence[Layer]) -> Steadier:
        """One for each combination of styles and region."""
        key = tuple((layer.engine, tuple(layer.conditions.weights or ()), layer.region) for layer in layers)
        if key not in self._steadiers:
            self._steadiers[key] = self._last_steadiers.get(key) or Steadier()
        return self._steadiers[key]


_Key = tuple[tuple[Engine, tuple[float, ...], str], ...]


def _sized(layers: Sequence[Layer]) -> bool:
    return any(layer.engine.model.metadata.sized_by_frame for layer in layers)


def in_parallel(layers: Sequence[Layer], finish: Finish) -> bool:
    """Whether several frames may be painted at once, in several threads: not if one depends on the one before, as
    where the persons are does."""
    return not finish.steady and all(layer.engine.in_parallel and layer.region == ALL for layer in layers)


def merged(layers: Sequence[Layer]) -> list[Layer]:
    """Styles of one file become one layer, a blend that the net itself makes, where nothing else tells them apart."""
    found: list[Layer] = []
    for layer in layers:
        same = [n for n, other in enumerate(found) if _can_merge(other, layer)]
        if same:
            found[same[0]] = _merge(found[same[0]], layer)
        else:
            found.append(layer)
    return found


def _can_merge(one: Layer, other: Layer) -> bool:
    if one.engine is not other.engine or one.conditions.weights is None or other.conditions.weights is None:
        return False
    return all(
        getattr(one.conditions, name) is getattr(other.conditions, name)
        for name in ("masks", "style_picture", "palette")
    )


def _merge(one: Layer, other: Layer) -> Layer:
    share = one.share + other.share
    assert one.conditions.weights is not None and other.conditions.weights is not None
    weights = tuple(
        (one.share * a + other.share * b) / share
        for a, b in zip(one.conditions.weights, other.conditions.weights, strict=True)
    )
    return replace(one, share=share, conditions=replace(one.conditions, weights=weights))
