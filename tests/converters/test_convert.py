"""What a program may ask of a conversion, and what it may not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from livebrush.converters import conversion
from livebrush.converters.calibration import calibration_frames
from livebrush.converters.convert import convert
from livebrush.models.errors import LivebrushError
from tests.converters.foreign.foreign_nets import candy, pair
from tests.realtime.video.clips import Clip, make_clip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"output": "live.pth"}, "live.pth must be named .onnx"),
        ({"precision": "half"}, "the precision is 'half', expected float32, fp16, int8"),
        ({"input_range": "0-2"}, "a range is '0-2', expected 0-255, 0-1"),
        ({"calibrate": "clip.mp4"}, "float32 is not fitted to anything"),
        ({"precision": "int8"}, "int8 is fitted to frames"),
        ({"fix_norms": True}, "fixed norms need two frames or more"),
        ({"source": []}, "nothing to convert"),
    ],
)
def test_what_does_not_fit_is_refused(
    given: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conversion, "FRAME", (64, 64))
    candy(tmp_path / "candy.onnx")
    with pytest.raises(LivebrushError, match=told) as error:
        convert(**{"source": "candy.onnx", "measure": False, "rewrites": False, **given})
    assert "--" not in f"{error.value} {error.value.advice}"
    assert not list(tmp_path.glob("*livebrush*"))


def test_a_pair_with_the_painting(tmp_path: Path) -> None:
    pair(tmp_path / "predict.onnx", tmp_path / "transform.onnx")
    Image.new("RGB", (60, 40), (40, 120, 200)).save(tmp_path / "wave.png")
    report = convert(
        [tmp_path / "predict.onnx", tmp_path / "transform.onnx"], tmp_path / "wave.onnx",
        style_picture=tmp_path / "wave.png", input_range="0-1", measure=False,
    )  # fmt: skip
    assert report.likeness.within_1 > 0.99


def test_frames_are_spread_over_the_video(tmp_path: Path) -> None:
    make_clip(tmp_path / "clip.mkv", Clip(130, 200, pts=range(24), codec="ffv1"))
    frames = calibration_frames(tmp_path / "clip.mkv")
    assert len(frames) == 8 and {frame.shape for frame in frames} == {(128, 192, 3)}
    assert len({np.round(frame.mean(), 3) for frame in frames}) == 8
