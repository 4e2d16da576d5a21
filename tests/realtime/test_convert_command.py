"""`livebrush convert` and `livebrush inspect` as they are typed."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from livebrush.converters import conversion as converting
from livebrush.models.catalogue import user_folder
from livebrush.models.contract import read_style_model
from livebrush.realtime import cli
from tests.converters.foreign.foreign_nets import candy, pair
from tests.realtime.video.clips import Clip, make_clip
from tests.tiny_models import INVERTED, write_tiny_model


@pytest.fixture(autouse=True)
def small_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "FRAME", (64, 64))
    monkeypatch.setattr(converting, "COMPARED", (64, 64))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    candy(tmp_path / "candy.onnx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def failing(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.run(arguments) != 0
    return capsys.readouterr().err


def test_converted_inspected_and_converted_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["convert", "candy.onnx", "--report", "--title", "Candy"]) == 0
    said = capsys.readouterr().out
    assert "candy.onnx -> candy_livebrush.onnx" in said and "times as fast" in said and "rewrite" in said
    assert read_style_model(folder / "candy_livebrush.onnx").metadata.styles[0].title == "Candy"
    assert cli.run(["inspect", "candy_livebrush.onnx", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["livebrush"]["net"] == "foreign ONNX"
    assert "exists: add -y" in failing(capsys, "convert", "candy.onnx")
    assert cli.run(["convert", "candy.onnx", "-y", "--rgb", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["facts"]["order"] == "RGB (as given)"


def test_programs_are_told_why_it_failed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("convert", "inspect"):
        assert cli.run([command, "missing.onnx", "--json"]) == 1
        told = capsys.readouterr()
        failed = json.loads(told.out)
        assert (failed["event"], failed["code"]) == ("failed", "not_found")
        assert told.err.splitlines()[-1] == f"livebrush: {failed['message']}"


def test_a_style_is_called_by_its_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user_folder().mkdir(parents=True)
    write_tiny_model(user_folder() / "inverse.onnx", metadata=INVERTED)
    assert cli.run(["inspect", "inverse", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(user_folder() / "inverse.onnx")
    assert cli.run(["inspect", "palette:noon", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["livebrush"]["styles"][0]["name"] == "noon"
    assert cli.run(["convert", "inverse", "-o", "own.onnx"]) == 0
    assert read_style_model(folder / "own.onnx").metadata.styles == INVERTED.styles


def test_the_source_is_never_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is an input" in failing(capsys, "convert", "candy.onnx", "-o", "candy.onnx", "-y")


def test_names_and_options_that_do_not_fit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "must be named .onnx" in failing(capsys, "convert", "candy.onnx", "-o", "live.pth")
    assert "leave --calibrate out" in failing(capsys, "convert", "candy.onnx", "--calibrate", "clip.mp4")
    assert "--calibrate clip.mp4" in failing(capsys, "convert", "candy.onnx", "--precision", "int8")
    assert "does not exist" in failing(capsys, "convert", "missing.pth")
    assert "does not exist" in failing(capsys, "inspect", "missing.onnx")
    (folder / "pointer.pth").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "Git LFS pointer" in failing(capsys, "convert", "pointer.pth")
    assert not list(folder.glob("*_livebrush.onnx"))


def test_a_pair_with_a_style_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair(folder / "predict.onnx", folder / "transform.onnx")
    cv2.imwrite("wave.png", np.full((40, 60, 3), (200, 120, 40), np.uint8))
    command = ["convert", "predict.onnx", "transform.onnx", "-o", "wave.onnx"]
    assert cli.run([*command, "--style-picture", "wave.png", "--input-range", "0-1"]) == 0
    assert not read_style_model(folder / "wave.onnx").ports


def test_a_pair_that_paints_after_any_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair(folder / "predict.onnx", folder / "transform.onnx")
    assert (
        cli.run(["convert", "predict.onnx", "transform.onnx", "-o", "any.onnx", "--input-range", "0-1"]) == 0
    )
    assert "FILE:PICTURE" in capsys.readouterr().out
    rows, columns = np.mgrid[:40, :60]
    for name, picture in (("red", [30, 40, 220]), ("blue", [220, 60, 10])):
        shades = np.linspace(0.8, 1.0, 40)[:, None, None] * np.array(picture)
        cv2.imwrite(f"{name}.png", np.broadcast_to(shades, (40, 60, 3)).astype(np.uint8))
    cv2.imwrite("photo.png", np.stack([4 * columns, 5 * rows, rows + columns], -1).astype(np.uint8))
    for name in ("red", "blue"):
        assert cli.run(["image", "photo.png", "-s", f"any.onnx:{name}.png"]) == 0
    paintings = [np.asarray(Image.open(f"photo_any_{name}.png"), int) for name in ("red", "blue")]
    assert np.abs(paintings[0] - paintings[1]).mean() > 0.5
    make_clip(folder / "clip.mp4", Clip(pts=range(3)))
    assert cli.run(["video", "clip.mp4", "-s", "any.onnx:red.png", "-o", "painted.mp4"]) == 0
    capsys.readouterr()
    assert "paints after a picture: name it as any.onnx:PICTURE" in failing(
        capsys, "image", "photo.png", "-s", "any.onnx"
    )
    assert "none.png is none" in failing(capsys, "image", "photo.png", "-s", "any.onnx:none.png")


def test_int8_is_fitted_to_a_clip(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_clip(folder / "clip.mp4")
    command = ["convert", "candy.onnx", "--precision", "int8", "--calibrate", "clip.mp4", "--force"]
    assert cli.run(command) == 0
    pytest.importorskip("torch")
    said = capsys.readouterr().out
    assert "on this CPU, float32" in said and "% of the style kept" in said
