"""The memory of painting is that of a fresh process."""

from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import find_style
from livebrush.models.contract import StyleMetadata, StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.benchmark.peak_memory import own_peak_mb, peak_memory_mb


def test_what_this_process_holds_is_not_in_it(tiny_model: Path) -> None:
    model = find_style(str(tiny_model)).model
    before_mb = peak_memory_mb(model, 48, 64, "cpu", 1)
    ballast = np.ones(300_000_000, np.uint8)
    assert own_peak_mb() > ballast.nbytes / 1e6
    assert abs(peak_memory_mb(model, 48, 64, "cpu", 1) - before_mb) < 50


def test_larger_frames_take_more(tiny_model: Path) -> None:
    model = find_style(str(tiny_model)).model
    small_mb = peak_memory_mb(model, 48, 64, "cpu", 1)
    height, width = 3000, 4000
    # the frame, its padded copy and its painting at least
    assert peak_memory_mb(model, height, width, "cpu", 1) - small_mb > 0.9 * 3 * 3 * height * width / 1e6


def test_a_process_that_fails_says_why(tmp_path: Path) -> None:
    missing = StyleModel(tmp_path / "gone.onnx", StyleMetadata("painting", "test", 1, 0, ()))
    with pytest.raises(LivebrushError, match=r"gone.onnx at 64x48 was not measured: .*does not exist"):
        peak_memory_mb(missing, 48, 64, "cpu", 1)
