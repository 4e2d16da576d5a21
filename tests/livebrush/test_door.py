"""`import livebrush`: what it offers, what it loads, and that it paints."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import livebrush
from livebrush.models.events import Event, Finished, Progress, Started
from tests.realtime.video.clips import Clip, make_clip, times
from tests.tiny_models import write_blend_model

FRAME = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_every_name_is_there_and_known_to_type_checkers() -> None:
    source = Path(livebrush.__file__).read_text(encoding="utf-8")
    typed = re.findall(r"^    from (\S+) import (\w+) as \2$", source, re.M)
    assert sorted(name for _, name in typed) == livebrush.__all__
    for module, name in typed:
        if ".trainer." in module and find_spec("torch") is None:
            continue
        found = getattr(livebrush, name)
        assert found.__module__ == module and found.__doc__
    with pytest.raises(AttributeError, match="no attribute 'paint_everything'"):
        livebrush.paint_everything  # pyright: ignore[reportAttributeAccessIssue]


def test_the_import_loads_nothing_large() -> None:
    code = (
        "import sys, livebrush; print({'numpy', 'onnxruntime', 'torch', 'cv2', 'click'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_style_paints_frames(tiny_model: Path) -> None:
    style = livebrush.load(str(tiny_model))
    np.testing.assert_array_equal(style(FRAME), 255 - FRAME)
    np.testing.assert_array_equal(style(np.stack([FRAME] * 2)), 255 - np.stack([FRAME] * 2))


def test_every_name_of_a_style_can_be_loaded(own_user_folder: Path) -> None:
    folder = own_user_folder / "styles"
    folder.mkdir(parents=True)
    write_blend_model(folder / "two.onnx", "dark", "light")
    names = livebrush.style_names()
    assert {"starry_night", "two:dark", "two:light"} < set(names)
    assert livebrush.load("two:light")(FRAME).min() == 200


def test_errors_say_what_to_do_without_the_command_line() -> None:
    with pytest.raises(livebrush.LivebrushError) as told:
        livebrush.load("no_such_style")
    assert (told.value.code, told.value.remedy) == ("not_found", "list_styles")
    assert "--" not in f"{told.value} {told.value.advice}"


def test_a_video(tmp_path: Path, tiny_model: Path) -> None:
    make_clip(tmp_path / "a.mkv", Clip(pts=range(6)))
    events: list[Event] = []
    report = livebrush.stylize_video(
        tmp_path / "a.mkv",
        tmp_path / "b.mkv",
        str(tiny_model),
        device="cpu",
        codec="ffv1",
        on_event=events.append,
    )
    assert (report.frames, report.codec, report.provider) == (6, "ffv1", "CPUExecutionProvider")
    assert len(times(tmp_path / "b.mkv")) == 6
    assert isinstance(events[0], Started) and isinstance(events[-1], Finished)
    assert [event.done for event in events if isinstance(event, Progress)] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(livebrush.LivebrushError) as told:
        livebrush.stylize_video(tmp_path / "a.mkv", tmp_path / "b.mkv", str(tiny_model))
    assert told.value.code == "exists" and "overwrite=True" in told.value.advice


def test_pictures(tmp_path: Path, tiny_model: Path) -> None:
    Image.fromarray(FRAME).save(tmp_path / "a.png")
    plan = livebrush.stylize_images(tmp_path / "a.png", tmp_path / "b.png", str(tiny_model), device="cpu")
    assert plan == [(tmp_path / "a.png", tmp_path / "b.png")]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), 255 - FRAME)
    assert (
        livebrush.stylize_images([tmp_path / "a.png"], tmp_path / "b.png", str(tiny_model), skip=True) == []
    )


def test_a_net_of_another_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from livebrush.converters import conversion
    from tests.converters.foreign.foreign_nets import candy

    monkeypatch.setattr(conversion, "FRAME", (64, 64))
    candy(tmp_path / "candy.onnx")
    events: list[Event] = []
    report = livebrush.convert(
        str(tmp_path / "candy.onnx"), tmp_path / "b.onnx", bgr=True, measure=False, on_event=events.append
    )
    assert report.facts["order"] == "BGR (as given)" and report.likeness.within_1 > 0.99
    assert isinstance(events[0], Started) and isinstance(events[-1], Finished)
    assert livebrush.load(str(tmp_path / "b.onnx"))(FRAME).shape == FRAME.shape
    found = livebrush.inspect(str(tmp_path / "b.onnx"))
    assert found.style_model and found.style_model.metadata.styles[0].name == "b"
    with pytest.raises(livebrush.LivebrushError) as told:
        livebrush.convert(tmp_path / "candy.onnx", tmp_path / "b.onnx")
    assert told.value.code == "exists" and "overwrite=True" in told.value.advice
