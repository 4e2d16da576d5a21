"""Blends of two styles that become one net while the painter goes on."""

import time
from pathlib import Path

import numpy as np

from livebrush.models.catalogue import find_style
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.layers import Layer
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.live.deck import Deck
from tests.realtime.live.styles import write_grey

FRAME = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def as_one(deck: Deck, name: str, other: str, share: float) -> tuple[Layer, ...]:
    """What the deck gives when its mixer has had the time."""
    deadline = time.monotonic() + 20
    while len(layers := deck.blended(name, other, share)) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    return layers


def paint(layers: tuple[Layer, ...]) -> np.ndarray:
    return Stream().paint(FRAME, layers, Finish()).astype(int)


def test_a_blend_of_one_origin_becomes_one_net() -> None:
    deck = Deck([find_style("metzinger"), find_style("udnie")], "cpu", 1)
    both = deck.blended("metzinger", "udnie", 0.5)
    assert [layer.share for layer in both] == [0.5, 0.5]  # painted at once, by both
    (half,) = as_one(deck, "metzinger", "udnie", 0.5)
    middle, ends = paint((half,)), [paint(deck.layers(name)) for name in deck.names]
    assert all(np.abs(middle - end).mean() < np.abs(ends[0] - ends[1]).mean() for end in ends)
    assert deck.blended("metzinger", "udnie", 0.9) == (half,)  # the nearest, until its own is there
    deadline = time.monotonic() + 20
    while deck.blended("metzinger", "udnie", 0.9) == (half,) and time.monotonic() < deadline:
        time.sleep(0.02)
    nearly = paint(deck.blended("metzinger", "udnie", 0.9))
    assert np.abs(nearly - ends[0]).mean() < np.abs(middle - ends[0]).mean()


def test_others_are_painted_by_both_nets(tmp_path: Path) -> None:
    styles = [
        find_style(str(write_grey(tmp_path / f"{name}.onnx", level)))
        for name, level in (("dark", 10), ("light", 210))
    ]
    deck = Deck(styles, "cpu", 1)
    deck.blended("dark", "light", 0.25)
    time.sleep(0.3)
    layers = deck.blended("dark", "light", 0.25)
    assert [layer.share for layer in layers] == [0.25, 0.75] and (paint(layers) == 160).all()


def test_a_style_that_was_read_anew_is_mixed_anew() -> None:
    deck = Deck([find_style("metzinger"), find_style("udnie")], "cpu", 1)
    (before,) = as_one(deck, "metzinger", "udnie", 0.5)
    deck.renew(find_style("udnie").model)
    (after,) = as_one(deck, "metzinger", "udnie", 0.5)
    assert before.engine is not after.engine
