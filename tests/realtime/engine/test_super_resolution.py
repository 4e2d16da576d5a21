"""Paintings enlarged by the net that ships."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from livebrush.models.catalogue import packaged_folder
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine import super_resolution
from livebrush.realtime.engine.providers import providers
from livebrush.realtime.engine.super_resolution import SuperResolution, shared_super_resolution
from livebrush.realtime.loaded_style import load
from livebrush.realtime.pictures.picture import read_picture

PHOTO = Path(__file__).parents[3] / "examples" / "photos" / "tower.jpg"


@pytest.fixture(scope="module")
def net() -> SuperResolution:
    return shared_super_resolution(providers()["cpu"], 1)


@pytest.fixture(scope="module")
def painting() -> np.ndarray:
    """An example photo of 360 lines in The Starry Night."""
    photo = cv2.resize(read_picture(PHOTO).pixels, (480, 360), interpolation=cv2.INTER_AREA)
    return load("starry_night", "cpu")(photo)


def test_a_painting_made_small_comes_back_nearer_and_sharper_than_by_cubic(
    net: SuperResolution, painting: np.ndarray
) -> None:
    small = cv2.resize(painting, (240, 180), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (3, 3), 0.45)
    ours, cubic = net.doubled(small), cv2.resize(small, (480, 360), interpolation=cv2.INTER_CUBIC)

    def error(of: np.ndarray) -> float:
        return float(np.square(of.astype(float) - painting).mean())

    def edges(of: np.ndarray) -> float:
        return float(np.abs(np.diff(of.astype(float), axis=1)).mean())

    assert error(ours) < 0.85 * error(cubic)
    assert edges(cubic) * 1.15 < edges(ours) < 1.1 * edges(painting)


def test_strips_are_one_picture(
    net: SuperResolution, painting: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = net.doubled(painting)
    monkeypatch.setattr(super_resolution, "MOST_PIXELS", 50 * painting.shape[1])
    np.testing.assert_allclose(net.doubled(painting).astype(int), whole, atol=1)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 2), (65, 33)])
def test_any_size(net: SuperResolution, size: tuple[int, int]) -> None:
    doubled = net.doubled(np.full((*size, 3), (200, 120, 40), np.uint8))
    assert doubled.shape == (2 * size[0], 2 * size[1], 3)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 120, 40)])
def test_what_is_flat_stays_flat(net: SuperResolution, colour: tuple[int, int, int]) -> None:
    doubled = net.doubled(np.full((40, 40, 3), colour, np.uint8)).astype(int)
    inside = doubled[16:-16, 16:-16]
    assert np.abs(inside - colour).max() <= 4
    assert np.ptp(inside, (0, 1)).max() <= 2


@pytest.mark.parametrize("device", ["cpu", "openvino"])
def test_a_net_that_is_missing_or_damaged(device: str, tmp_path: Path) -> None:
    whole = packaged_folder() / "super_resolution" / "super_resolution.onnx"
    (tmp_path / "damaged.onnx").write_bytes(whole.read_bytes()[:9000])
    for name in ("missing", "damaged"):
        with pytest.raises(LivebrushError, match=rf"{name}.onnx, .* is {name}: install livebrush again"):
            SuperResolution(providers()[device], 1, tmp_path / f"{name}.onnx")


def test_openvino_enlarges_the_same(net: SuperResolution, painting: np.ndarray) -> None:
    if problem := providers()["openvino"].problem():
        pytest.skip(str(problem))
    theirs = SuperResolution(providers()["openvino"], 1).doubled(painting)
    assert np.abs(theirs.astype(int) - net.doubled(painting)).mean() < 0.5
