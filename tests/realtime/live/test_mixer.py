"""Blends of two styles that become one net while the painter goes on."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import StyleModel, read_style_model
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.layers import Layer
from livebrush.realtime.engine.stream import Stream, merged
from livebrush.realtime.live.deck import Deck
from tests.realtime.live.styles import write_grey
from tests.tiny_models import write_blend_model

FRAME = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def as_one(deck: Deck, name: str, other: str, share: float) -> tuple[Layer, ...]:
    """What the deck gives when its mixer has had the time."""
    deadline = time.monotonic() + 20
    while len(layers := deck.mixed(((name, share), (other, 1 - share)))) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    return layers


def paint(layers: tuple[Layer, ...]) -> np.ndarray:
    return Stream().paint(FRAME, layers, Finish()).astype(int)


def test_a_blend_of_one_origin_becomes_one_net() -> None:
    deck = Deck([find_style("metzinger"), find_style("udnie")], "cpu", 1)
    both = deck.mixed((("metzinger", 0.5), ("udnie", 0.5)))
    assert [layer.share for layer in both] == [0.5, 0.5]  # painted at once, by both
    (half,) = as_one(deck, "metzinger", "udnie", 0.5)
    middle, ends = paint((half,)), [paint(deck.layers(name)) for name in deck.names]
    assert all(np.abs(middle - end).mean() < np.abs(ends[0] - ends[1]).mean() for end in ends)
    assert deck.mixed((("metzinger", 0.9), ("udnie", 0.1))) == (half,)  # the nearest, until its own is there
    deadline = time.monotonic() + 20
    while deck.mixed((("metzinger", 0.9), ("udnie", 0.1))) == (half,) and time.monotonic() < deadline:
        time.sleep(0.02)
    nearly = paint(deck.mixed((("metzinger", 0.9), ("udnie", 0.1))))
    assert np.abs(nearly - ends[0]).mean() < np.abs(middle - ends[0]).mean()


def test_three_of_one_origin_become_one_net_that_lies_between_them() -> None:
    deck = Deck([find_style(name) for name in ("metzinger", "udnie", "minotaur")], "cpu", 1)
    shares = (("metzinger", 0.4), ("udnie", 0.35), ("minotaur", 0.25))
    layers = deck.mixed(shares)
    assert [layer.share for layer in layers] == pytest.approx([0.4 / 0.75, 0.35 / 0.75])  # never three nets
    deadline = time.monotonic() + 20
    while len(layers := deck.mixed(shares)) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(layers) == 1
    ends = [paint(deck.layers(name)) for name in deck.names]
    apart = np.mean([np.abs(one - other).mean() for one in ends for other in ends if one is not other])
    assert np.mean([np.abs(paint(layers) - end).mean() for end in ends]) < apart
    assert deck.mixed((("metzinger", 0.4), ("udnie", 0.4), ("minotaur", 0.2))) == layers  # the nearest
    assert len(deck.mixed((("minotaur", 0.9), ("udnie", 0.1)))) == 2  # none is near


def test_what_fails_is_painted_by_both_nets_and_others_are_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    deck = Deck([find_style(name) for name in ("metzinger", "udnie", "minotaur")], "cpu", 1)

    def gone(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    with monkeypatch.context() as patch:
        patch.setattr("livebrush.realtime.made.blend.blend_at_the_cost_of_one", gone)
        deck.mixed((("metzinger", 0.5), ("minotaur", 0.5)))
        deadline = time.monotonic() + 20
        while deck._mixer._thread and time.monotonic() < deadline:
            time.sleep(0.02)
    assert len(deck.mixed((("metzinger", 0.5), ("minotaur", 0.5)))) == 2
    assert len(as_one(deck, "metzinger", "udnie", 0.5)) == 1


def test_a_mixture_that_was_begun_before_a_file_changed_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    deck = Deck([find_style("metzinger"), find_style("udnie")], "cpu", 1)
    begun, go_on, load = threading.Event(), threading.Event(), deck._mixer._load

    def slow(model: StyleModel) -> Layer:
        begun.set()
        go_on.wait(20)
        return load(model)

    monkeypatch.setattr(deck._mixer, "_load", slow)
    deck.mixed((("metzinger", 0.5), ("udnie", 0.5)))
    assert begun.wait(20)
    deck.renew(find_style("udnie").model)
    go_on.set()
    deadline = time.monotonic() + 20
    while deck._mixer._thread and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(deck.mixed((("metzinger", 0.5), ("udnie", 0.5)))) == 2  # it is asked for anew


def test_a_program_that_ends_meanwhile_ends_well(own_user_folder: Path) -> None:
    program = """
from livebrush.models.catalogue import find_style
from livebrush.realtime.live.deck import Deck

Deck([find_style("night"), find_style("noon")], threads=1).mixed((("night", 0.5), ("noon", 0.5)))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((own_user_folder / "mixtures").glob("*/night_noon.onnx"))) == 1  # it was waited for


def test_styles_of_one_file_are_mixed_by_its_net(tmp_path: Path) -> None:
    write_blend_model(tmp_path / "three.onnx", "dark", "middle", "light")
    model = read_style_model(tmp_path / "three.onnx")
    deck = Deck([Choice(model, style) for style in range(3)], "cpu", 1)
    layers = deck.mixed(tuple((name, 1 / 3) for name in deck.names))
    assert len(layers) == 3 and len(merged(layers)) == 1


def test_others_are_painted_by_both_nets(tmp_path: Path) -> None:
    styles = [
        find_style(str(write_grey(tmp_path / f"{name}.onnx", level)))
        for name, level in (("dark", 10), ("light", 210))
    ]
    deck = Deck(styles, "cpu", 1)
    deck.mixed((("dark", 0.25), ("light", 0.75)))
    time.sleep(0.3)
    layers = deck.mixed((("dark", 0.25), ("light", 0.75)))
    assert [layer.share for layer in layers] == [0.75, 0.25] and (paint(layers) == 160).all()


def test_a_style_that_was_read_anew_is_mixed_anew() -> None:
    deck = Deck([find_style("metzinger"), find_style("udnie")], "cpu", 1)
    (before,) = as_one(deck, "metzinger", "udnie", 0.5)
    deck.renew(find_style("udnie").model)
    (after,) = as_one(deck, "metzinger", "udnie", 0.5)
    assert before.engine is not after.engine
