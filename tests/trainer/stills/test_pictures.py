"""`livebrush image --method`: the stills' recipes on pictures, folders and all that the command knows."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, Preview, Progress, Started
from livebrush.realtime import cli
from livebrush.trainer.stills import pictures
from livebrush.trainer.stills.recipe import PAINTING
from tests.trainer.stills.runs import pixels_of


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, loss_net: Path) -> None:
    """Few evaluations with a small network."""
    few = {name: replace(recipe, steps=3, first_size=0, coarse_steps=0) for name, recipe in PAINTING.items()}
    monkeypatch.setattr(pictures, "PAINTING", few)
    monkeypatch.setattr(pictures, "find_loss_files", lambda _: [loss_net])
    monkeypatch.setattr(pictures, "LARGEST_BY_DEFAULT", 96)


def image(*arguments: object) -> int:
    return cli.run(["image", *map(str, arguments)])


@pytest.mark.parametrize("method", ["adain", "wct", "swap", "neighbours", "gatys"])
def test_every_method_paints(method: str, photo: Path, style: Path, tmp_path: Path) -> None:
    assert image(photo, "-s", style, "--method", method, "--device", "cpu") == 0
    painted = pixels_of(tmp_path / f"photo_style_{method}.png")
    assert painted.shape == pixels_of(photo).shape
    assert np.abs(painted.astype(int) - pixels_of(photo)).mean() > 2


def test_folders_events_and_what_exists(photo: Path, style: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        Image.open(photo).save(folder / name)
    heard: list[Event] = []

    def paint(**more: Any) -> Sequence[tuple[Path, Path]]:
        heard.clear()
        return livebrush.stylize_images(
            folder, tmp_path / "out", str(style), method="adain", device="cpu", on_event=heard.append, **more
        )

    plan = paint()
    assert [target.name for _, target in plan] == ["a_style_adain.png", "b_style_adain.png"]
    told = [event for event in heard if not isinstance(event, Progress | Note)]
    assert [type(event) for event in told] == [Started, Preview, Started, Preview, Finished]
    assert [event.title for event in told if isinstance(event, Started)] == ["adain, 1 of 2", "adain, 2 of 2"]
    progress = [event for event in heard if isinstance(event, Progress)]
    assert progress[-1].done == progress[-1].of
    with pytest.raises(LivebrushError, match="exist"):
        paint()
    before = (tmp_path / "out" / "a_style_adain.png").stat().st_mtime_ns
    (tmp_path / "out" / "b_style_adain.png").unlink()
    assert [source.name for source, _ in paint(skip=True)] == ["b.jpg"]
    assert paint(skip=True) == []
    assert (tmp_path / "out" / "a_style_adain.png").stat().st_mtime_ns == before
    assert len(paint(overwrite=True)) == 2


def test_a_large_photo_keeps_its_size_and_transparency(photo: Path, style: Path, tmp_path: Path) -> None:
    with Image.open(photo) as small:
        large = small.resize((200, 150))
    large.putalpha(Image.linear_gradient("L").resize((200, 150)))
    large.save(tmp_path / "large.png")
    assert image(tmp_path / "large.png", "-s", style, "--method", "adain", "--device", "cpu") == 0
    with Image.open(tmp_path / "large_style_adain.png") as painted:
        assert (painted.size, painted.mode) == ((200, 150), "RGBA")


def test_strength_and_colours(photo: Path, style: Path, tmp_path: Path) -> None:
    def painted(*options: object) -> np.ndarray:
        assert image(photo, "-s", style, "--method", "adain", "--device", "cpu", "-y", *options) == 0
        return pixels_of(tmp_path / "photo_style_adain.png").astype(int)

    original, whole = pixels_of(photo).astype(int), painted()
    assert np.abs(painted("--strength", 0) - original).max() <= 1
    assert np.abs(painted("--strength", 0.5) - (original + whole) / 2).max() <= 1.5
    chroma = [values[..., 0] - values[..., 2] for values in (original, whole, painted("--keep-colours"))]
    assert np.abs(chroma[2] - chroma[0]).mean() < 0.5 * np.abs(chroma[1] - chroma[0]).mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-s", "great_wave"], "adain paints after the picture of a painting, and great_wave is no picture"),
        (["-s", "style.png:0.5,great_wave:0.5"], "is no picture: name a picture file"),
        (["-s", "person=style.png"], "and person=style.png names styles of parts"),
        (["-s", "style.png", "--only", "person"], "adain paints whole pictures"),
        (["-s", "style.png", "--masks", "m.png"], "adain takes no regions: leave --masks out"),
        (["-s", "style.png", "--device", "openvino"], "adain runs on PyTorch, on cpu or cuda"),
    ],
)
def test_what_a_method_cannot_do_is_told(
    arguments: list[str], message: str, photo: Path, style: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert image(photo, "--method", "adain", *arguments) == 1
    told = capsys.readouterr().err
    assert message in told and len(told.strip().splitlines()) == 1
    assert sorted(tmp_path.glob("photo_*")) == []


def test_an_unknown_method_is_refused(photo: Path, style: Path) -> None:
    with pytest.raises(LivebrushError, match="no method is called 'oil': choose one of net, adain"):
        livebrush.stylize_images(photo, None, str(style), method="oil")


def test_without_torch_it_says_what_to_install(
    photo: Path, style: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "livebrush.trainer.stills.pictures")
    monkeypatch.setitem(sys.modules, "torch", None)
    assert image(photo, "-s", style, "--method", "wct") == 1
    told = capsys.readouterr().err
    assert "the method wct needs the package torch, which is not installed: pip install" in told


def test_a_picture_that_fails_does_not_stop_the_others(
    photo: Path, style: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert image(tmp_path / "broken.png", photo, "-s", style, "--method", "swap", "--progress", "json") == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["event"] == "failed" and "broken.png" in lines[-1]["text"]
    assert (tmp_path / "photo_style_swap.png").exists()
