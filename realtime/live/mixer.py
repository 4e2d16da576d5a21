"""Mixtures of styles of the deck as one net, made while the painter goes on."""

import threading
from collections.abc import Callable, Sequence

from livebrush.models.catalogue import Choice
from livebrush.models.contract import StyleModel
from livebrush.realtime.engine.layers import Layer

STEPS = 10
"""parts that a mixture is made of: each style has some of them"""
_FAR = 5
"""parts that are other ones in a mixture that is no longer taken for the one asked for"""

_Part = tuple[Choice, float]
_Recipe = dict[str, int]


class Mixer:
    """Makes mixtures in a thread, one after the other; the newest that was asked for first.

    load: makes a layer of a model, ready to paint
    most: mixtures that are held, the last ones; each takes 70 MB for frames of 640x480
    """

    def __init__(self, load: Callable[[StyleModel], Layer], most: int = 6) -> None:
        self._load, self._most = load, most
        self._lock = threading.Lock()
        self._made: list[tuple[_Recipe, Layer]] = []
        self._apart: set[frozenset[str]] = set()
        self._wanted: list[_Part] | None = None
        self._thread: threading.Thread | None = None
        self._forgotten = 0

    def layer(self, parts: Sequence[_Part]) -> Layer | None:
        """The mixture, or the nearest that is there already; None where there is none near, or will be none.

        parts: styles and their shares, which sum to 1
        """
        recipe = _recipe(parts)
        with self._lock:
            if frozenset(recipe) in self._apart:
                return None
            near = sorted(
                ((_distance(recipe, known), layer) for known, layer in self._made), key=lambda entry: entry[0]
            )
            if not near or near[0][0]:
                self._wanted = list(parts)
                self._begin()
        return near[0][1] if near and near[0][0] <= _FAR else None

    def forget(self, name: str) -> None:
        """What was made with a style whose file has changed."""
        with self._lock:
            self._made = [(recipe, layer) for recipe, layer in self._made if name not in recipe]
            self._apart = {names for names in self._apart if name not in names}
            self._wanted = None  # it is asked for again, with the style as it is now
            self._forgotten += 1

    def _begin(self) -> None:
        if self._thread is None:
            # Waited for when the program ends: a net that is being compiled then would take it down
            self._thread = threading.Thread(target=self._work, name="livebrush-mixer")
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                parts, self._wanted = self._wanted, None
                if parts is None:
                    self._thread = None
                    return
                recipe, forgotten = _recipe(parts), self._forgotten
                done = any(recipe == known for known, _ in self._made)  # asked for again while it was made
            if not done:
                self._make(parts, recipe, forgotten)

    def _make(self, parts: Sequence[_Part], recipe: _Recipe, forgotten: int) -> None:
        from livebrush.realtime.made.blend import blend_at_the_cost_of_one

        used = [choice for choice, _ in parts if choice.name in recipe]
        mixed = [(choice.model, choice.style, recipe[choice.name] / STEPS) for choice in used]
        try:
            model = blend_at_the_cost_of_one(mixed, "_".join(choice.name for choice in used))
            layer = self._load(model) if model else None
        except Exception:  # of whatever kind, such as a file that has gone: painted by several nets, then
            layer = None
        with self._lock:
            if self._forgotten != forgotten:
                return  # a style's file has changed meanwhile
            if layer is None:
                self._apart.add(frozenset(recipe))
                return
            self._made.append((recipe, layer))
            del self._made[: -self._most]


def _recipe(parts: Sequence[_Part]) -> _Recipe:
    """Of STEPS parts: those that the shares have no whole number of go to whom misses most."""
    whole = {choice.name: int(STEPS * share) for choice, share in parts}
    missed = {choice.name: STEPS * share - whole[choice.name] for choice, share in parts}
    for name in sorted(missed, key=lambda name: -missed[name])[: STEPS - sum(whole.values())]:
        whole[name] += 1
    return {name: count for name, count in whole.items() if count}


def _distance(one: _Recipe, other: _Recipe) -> int:
    """How many parts are other ones."""
    return sum(max(0, count - other.get(name, 0)) for name, count in one.items())
