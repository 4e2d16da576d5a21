"""The example paintings: what ships comes from the script, and the script covers its canvas."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def maker() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("make_paintings", EXAMPLES / "make_paintings.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it
    spec.loader.exec_module(module)
    vars(module).update(HEIGHT=192, WIDTH=256)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize("name", ["night", "noon"])
def test_what_ships_has_the_scene_of_its_script(maker: ModuleType, name: str) -> None:
    shipped = cv2.imread(str(EXAMPLES / "paintings" / f"{name}.jpg"))
    scene = maker.PAINTINGS[name][0]()
    assert shipped is not None and shipped.shape == (768, 1024, 3)
    small = (32, 24)
    there = cv2.resize(shipped[..., ::-1] / np.float32(255), small, interpolation=cv2.INTER_AREA)
    meant = cv2.resize(scene.colour.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    assert abs(there - meant).mean() < 0.1
    assert np.corrcoef(there.ravel(), meant.ravel())[0, 1] > 0.8


def test_strokes_cover_the_canvas_and_are_the_same_each_time(maker: ModuleType) -> None:
    scene = maker.noon()
    white = scene.__class__(np.ones_like(scene.colour), scene.direction)
    brushes = [maker.Brush(20, 60, 6.0, 6)]
    painted = maker.paint(white, brushes, (0.0, 0.0, 0.0), seed=1)
    assert painted.shape == (96, 128, 3)
    assert (painted.max(axis=2) > 100).mean() > 0.97  # the black ground hardly shows
    assert np.array_equal(painted, maker.paint(white, brushes, (0.0, 0.0, 0.0), seed=1))
