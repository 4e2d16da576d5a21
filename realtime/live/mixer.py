"""Blends of two styles of the deck as one net, made while the painter goes on."""

import threading
from collections.abc import Callable

from livebrush.models.catalogue import Choice
from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.layers import Layer

STEP = 0.1
"""from one blend of a pair that is made to the next"""
_Pair = tuple[str, str]


class Mixer:
    """Makes blends in a thread, one after the other; the newest that was asked for first.

    load: makes a layer of a model, ready to paint
    most: blends that are held, the last ones
    """

    def __init__(self, load: Callable[[StyleModel], Layer], most: int = 16) -> None:
        self._load, self._most = load, most
        self._lock = threading.Lock()
        self._made: dict[tuple[_Pair, int], Layer] = {}
        self._apart: set[_Pair] = set()
        self._wanted: tuple[Choice, Choice, int] | None = None
        self._thread: threading.Thread | None = None

    def layer(self, style: Choice, other: Choice, share: float) -> Layer | None:
        """The blend, or the nearest of the two that is there already; None where there is none, or will be none.

        share: of the style, 0 to 1
        """
        pair, step = (style.name, other.name), round(share / STEP)
        with self._lock:
            if pair in self._apart or style.model.path == other.model.path:
                return None
            if (pair, step) not in self._made:
                self._wanted = (style, other, step)
                self._begin()
            near = [
                (abs(place - step), layer) for (names, place), layer in self._made.items() if names == pair
            ]
        return min(near, key=lambda entry: entry[0])[1] if near else None

    def forget(self, name: str) -> None:
        """What was made with a style whose file has changed."""
        with self._lock:
            self._made = {key: layer for key, layer in self._made.items() if name not in key[0]}
            self._apart = {pair for pair in self._apart if name not in pair}

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="livebrush-mixer", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, None
                if wanted is None:
                    self._thread = None
                    return
                style, other, step = wanted
                done = (
                    (style.name, other.name),
                    step,
                ) in self._made  # asked for again while it was being made
            if not done:
                self._make(style, other, step)

    def _make(self, style: Choice, other: Choice, step: int) -> None:
        from livebrush.realtime.made.blend import blend_at_the_cost_of_one

        pair, share = (style.name, other.name), min(1.0, step * STEP)
        parts = [(style.model, style.style, share), (other.model, other.style, 1 - share)]
        try:
            model = blend_at_the_cost_of_one(parts, f"{style.name}_{other.name}")
            layer = self._load(model) if model else None
        except LivebrushError:  # painted by both nets, then
            layer = None
        with self._lock:
            if layer is None:
                self._apart.add(pair)
                return
            self._made[pair, step] = layer
            for key in list(self._made)[: -self._most]:
                del self._made[key]
