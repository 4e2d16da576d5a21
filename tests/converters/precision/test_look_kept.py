"""How much of a look is kept, told by the loss network."""

import builtins
from typing import Any

import numpy as np
import pytest

from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.precision.look_kept import LookKept, look_kept

FRAME = known_picture((64, 96))
PAINTING = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)


def painted(frame: np.ndarray) -> np.ndarray:
    """Stripes over inverted colours."""
    stripes = 60 * np.sign(np.sin(np.arange(frame.shape[1]) / 2))[:, None]
    return np.clip(255 - frame + stripes, 0, 255).astype(np.uint8)


def moved(by: float) -> Any:
    return lambda frame: np.round(painted(frame) * (1 - by) + frame * by).astype(np.uint8)


def test_the_same_painting_keeps_all_and_the_frame_itself_nothing() -> None:
    pytest.importorskip("torch")
    same, none = look_kept(painted, painted, [FRAME]), look_kept(painted, moved(1), [FRAME])
    assert same == LookKept(1.0, 1.0, None, 1)
    assert none and none.style == pytest.approx(0, abs=1e-6) and none.content == pytest.approx(0, abs=1e-6)


def test_the_further_a_painting_moves_the_less_is_kept() -> None:
    pytest.importorskip("torch")
    kept = [look_kept(painted, moved(by), [FRAME, FRAME[::-1]]) for by in (0.02, 0.1, 0.3)]
    styles, contents = zip(*((one.style, one.content) for one in kept if one), strict=True)
    assert 1 > styles[0] > styles[1] > styles[2] > 0 and 1 > contents[0] > contents[1] > contents[2]
    assert styles[0] > 0.9 and kept[0] and "2 frames" in str(kept[0])


def test_the_style_loss_is_told_where_the_painting_is_known() -> None:
    pytest.importorskip("torch")
    kept = look_kept(lambda _: FRAME, lambda _: PAINTING, [FRAME], PAINTING)
    assert kept and kept.painting_style == pytest.approx(0, abs=1e-6) and "style loss 0.00 times" in str(kept)


def test_without_torch_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.startswith("livebrush.trainer"):
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return plain(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    assert look_kept(painted, painted, [FRAME]) is None
