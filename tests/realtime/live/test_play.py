"""A live session in one call."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import livebrush
from tests.realtime.live.styles import write_grey
from tests.realtime.video.clips import Clip, make_clip, times


def test_frames_of_a_loaded_style_and_another_after_a_command(tmp_path: Path) -> None:
    dark, light = (
        str(write_grey(tmp_path / f"{name}.onnx", level)) for name, level in (("dark", 10), ("light", 210))
    )
    style = livebrush.load(dark, device="cpu")
    with livebrush.live(
        "test-pattern", [style, light], device="cpu", size=(48, 64), net_size="full"
    ) as session:
        frames = session.frames()
        first = next(frames)
        assert first.shape == (48, 64, 3) and first.dtype == np.uint8 and set(np.unique(first)) == {10}
        session.controls.do("style", "light")
        assert any(frame.min() == 210 for _, frame in zip(range(200), frames, strict=False))
        session.end()
        assert list(frames) == []


def test_a_video_into_a_file(tmp_path: Path, tiny_model: Path) -> None:
    make_clip(tmp_path / "a.mkv", Clip(pts=range(10)))
    with livebrush.live(
        str(tmp_path / "a.mkv"), str(tiny_model), to=[str(tmp_path / "b.mkv")], sound=False
    ) as session:
        assert session.wait(30)
    assert times(tmp_path / "b.mkv")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"style": "no_such"}, "no style is called"),
        ({"colour": "red"}, "colour: no such setting"),
        ({"source": "gone.mp4"}, "gone.mp4"),
    ],
)
def test_what_cannot_be(given: dict[str, Any], words: str, tiny_model: Path, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"source": "test-pattern", "style": str(tiny_model), **given}
    with pytest.raises(livebrush.LivebrushError, match=words), livebrush.live(**asked):
        pass
