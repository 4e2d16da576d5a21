"""`livebrush still` from the command line to a picture, on real files."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Failed, Finished, Started
from livebrush.trainer.stills.files import StillFiles
from livebrush.trainer.stills.still import paint_still
from tests.trainer.small_vgg import write_npz
from tests.trainer.stills.runs import pixels_of, still


def test_a_painting_with_all_that_is_kept_on_the_way(
    photo: Path, style: Path, loss_net: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.png"
    told = {name: tmp_path / f"way.{name}" for name in ("gif", "mp4")} | {
        "log": tmp_path / "log.csv",
        "plot": tmp_path / "plot.png",
    }
    options = [part for name, path in told.items() for part in (f"--{name}", path)]
    assert still(photo, "--style", style, "--loss-net", loss_net, "-o", out, "--steps", 12, *options) == 0
    assert pixels_of(out).shape == (72, 96, 3)
    rows = list(csv.DictReader(told["log"].read_text().splitlines()))
    assert [int(row["step"]) for row in rows] == list(range(1, 13))
    assert float(rows[-1]["total"]) < float(rows[0]["total"])
    with av.open(told["mp4"]) as video:
        assert sum(1 for _ in video.decode(video=0)) > 12
    with Image.open(told["gif"]) as video:
        frames = sum(1 for _ in ImageSequence.Iterator(video))  # fewer where a step was taken back
        assert frames >= 9
    assert pixels_of(told["plot"]).shape[1] > 400
    assert not StillFiles(out).preview.exists() and not StillFiles(out).state.exists()


def test_texture_is_made_without_a_photo(style: Path, loss_net: Path, tmp_path: Path) -> None:
    assert (
        still("--style", style, "--loss-net", loss_net, "-o", tmp_path / "t.png", "--size", 100, "--steps", 5)
        == 0
    )
    assert pixels_of(tmp_path / "t.png").shape == (100, 80, 3)


@pytest.mark.parametrize("recipe", ["gatys", "thesis", "keras", "livebrush"])
def test_every_recipe_paints_and_says_which_layers_it_lacks(
    recipe: str, photo: Path, style: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loss_net = write_npz(tmp_path / "vgg.npz", last="3_4")
    out = tmp_path / "out.png"
    assert (
        still(photo, "--style", style, "--loss-net", loss_net, "-o", out, "--steps", 5, "--recipe", recipe)
        == 0
    )
    told = capsys.readouterr().err
    assert "has no relu5_1: relu3_4 in its place" in told
    assert ("has no relu4_2" in told) == (recipe in ("gatys", "thesis"))
    assert pixels_of(out).std() > 5


def test_the_layer_that_gatys_asked_for_is_used_where_it_is(
    photo: Path, style: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loss_net = write_npz(tmp_path / "vgg.npz", last="5_1")
    assert (
        still(
            photo,
            "--style",
            style,
            "--loss-net",
            loss_net,
            "-o",
            tmp_path / "o.png",
            "--steps",
            3,
            "--recipe",
            "gatys",
        )
        == 0
    )
    assert "in its place" not in capsys.readouterr().err


def test_styles_are_mixed_and_colours_kept(photo: Path, style: Path, loss_net: Path, tmp_path: Path) -> None:
    options = ["--loss-net", loss_net, "--steps", 5]
    pictures = {}
    for kind, extra in {"plain": [], "luminance": ["--keep-colours"]}.items():
        out = tmp_path / f"{kind}.png"
        assert (
            still(photo, "--style", f"{style}:0.3", "--style", f"{photo}:0.7", "-o", out, *options, *extra)
            == 0
        )
        pictures[kind] = pixels_of(out, "YCbCr").astype(float)
    wanted = pixels_of(photo, "YCbCr").astype(float)
    apart = {kind: np.abs(p - wanted)[..., 1:].mean() for kind, p in pictures.items()}
    assert apart["luminance"] < apart["plain"]


@pytest.mark.parametrize("optimiser", ["adam", "online-lbfgs"])
def test_ctrl_c_leaves_a_picture_and_resume_goes_on_from_it(
    optimiser: str,
    photo: Path,
    style: Path,
    loss_net: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = [photo, "--style", style, "--loss-net", loss_net, "--steps", 10]
    options += ["--optimiser", optimiser]
    assert still(*options, "-o", tmp_path / "whole.png") == 0
    stop = [True]

    def interrupt(way, evaluation) -> None:
        note(way, evaluation)
        if evaluation.step == 4 and stop.pop():
            raise KeyboardInterrupt

    from livebrush.trainer.stills import job

    note = job._Way.note
    monkeypatch.setattr(job._Way, "note", interrupt)
    out, log = tmp_path / "out.png", tmp_path / "log.csv"
    assert still(*options, "-o", out, "--log", log) == 130
    assert "stopped at step 4 of 10" in capsys.readouterr().err
    assert out.exists() and StillFiles(out).state.exists()
    monkeypatch.setattr(job._Way, "note", note)
    assert still(*options, "-o", out, "--strength", 2, "--resume") == 1
    assert "is of a run that differs in its recipe's style_weight: resume with" in capsys.readouterr().err
    assert still(*options, "-o", out, "--style", photo, "--seed", 3, "--resume") == 1
    assert "differs in its styles, weights, seed:" in capsys.readouterr().err
    assert still(*options, "-o", out, "--log", log, "--resume") == 0
    rows = list(csv.DictReader(log.read_text().splitlines()))
    assert [int(row["step"]) for row in rows] == list(range(1, 11))
    if optimiser == "adam":
        np.testing.assert_array_equal(pixels_of(out), pixels_of(tmp_path / "whole.png"))
    else:  # it has forgotten the curvature, but not the best picture so far
        losses = [float(row["total"]) for row in rows]
        assert losses[4] == pytest.approx(min(losses[:4]), rel=1e-3)
        assert max(losses[5:]) < 1.1 * losses[4] and min(losses[5:]) < losses[4]
    assert not StillFiles(out).state.exists()


@pytest.mark.parametrize(("recipe", "step"), [("luan", 3), ("luan", 6), ("livebrush", 3)])
def test_a_run_goes_on_from_the_end_of_a_size_or_stage(
    recipe: str,
    step: int,
    photo: Path,
    style: Path,
    loss_net: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from livebrush.trainer.stills import job

    def interrupt(way, evaluation) -> None:
        note(way, evaluation)
        if evaluation.step == step:
            raise KeyboardInterrupt

    out = tmp_path / "out.png"
    options = ["--photo", "--recipe", recipe, "--no-masks", "--loss-net", loss_net, "--steps", 3, "-o", out]
    note = job._Way.note
    monkeypatch.setattr(job._Way, "note", interrupt)
    assert still(photo, "--style", style, *options) == 130
    monkeypatch.setattr(job._Way, "note", note)
    assert still(photo, "--style", style, *options, "--resume") == 0
    assert not StillFiles(out).state.exists()


def test_a_moving_picture_is_a_style_too(
    photo: Path, style: Path, loss_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Image.open(style) as image:
        image.save(tmp_path / "moving.gif", save_all=True, append_images=[image.rotate(90)] * 3)
    options = ["--loss-net", loss_net, "--steps", 2, "-o", tmp_path / "out.png"]
    assert still(photo, "--style", tmp_path / "moving.gif", *options) == 0
    assert pixels_of(tmp_path / "out.png").shape == (72, 96, 3)
    assert "moving.gif" in capsys.readouterr().err


def test_transparency_comes_along_at_another_size(
    photo: Path, style: Path, loss_net: Path, tmp_path: Path
) -> None:
    with Image.open(photo) as image:
        image.putalpha(Image.linear_gradient("L").resize(image.size))
        image.save(tmp_path / "clear.png")
    options = ["--loss-net", loss_net, "--steps", 2, "--size", 144, "-o", tmp_path / "out.png"]
    assert still(tmp_path / "clear.png", "--style", style, *options) == 0
    alpha = pixels_of(tmp_path / "out.png", "RGBA")[..., 3]
    assert alpha.shape == (108, 144) and alpha[0].max() < 10 and alpha[-1].min() > 245


def test_a_colon_may_be_the_names_own(photo: Path, style: Path, loss_net: Path, tmp_path: Path) -> None:
    own = style.rename(tmp_path / "style:3.png")
    options = ["--loss-net", loss_net, "--steps", 2, "-o", tmp_path / "out.png"]
    assert still(photo, "--style", own, *options) == 0
    bare = own.rename(tmp_path / "style:3")
    assert still(photo, "--style", bare, *options, "-y") == 0


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "I;16", "1"])
def test_pictures_of_every_mode(mode: str, photo: Path, style: Path, loss_net: Path, tmp_path: Path) -> None:
    odd = tmp_path / ("odd.tif" if mode in ("CMYK", "I;16") else "odd.png")
    with Image.open(photo) as image:
        if mode == "I;16":
            Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257).save(odd)
        else:
            image.convert(mode).save(odd)
    assert still(odd, "--style", odd, "--loss-net", loss_net, "-o", tmp_path / "out.png", "--steps", 2) == 0
    assert pixels_of(tmp_path / "out.png").shape == (72, 96, 3)


@pytest.mark.parametrize("form", ["json", "none"])
def test_progress_for_programs(
    form: str, photo: Path, style: Path, loss_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    options = ["--loss-net", loss_net, "--steps", 3, "-o", out, "--progress", form]
    assert still(photo, "--style", style, *options) == 0
    told = capsys.readouterr().out.splitlines()
    if form == "none":
        assert told == [str(out)]
        return
    lines = [json.loads(line) for line in told]
    (started,) = (line for line in lines if line["event"] == "started")
    assert [line["event"] for line in lines[-2:]] == ["progress", "finished"]
    assert lines[-2]["done"] == lines[-2]["of"] == started["of"] == 3 * 72 * 96
    assert lines[-2]["values"]["step"] == 3 and lines[-2]["values"]["total"] > 0
    assert lines[-1]["path"] == str(out)


def test_a_still_from_python(photo: Path, style: Path, loss_net: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    options = {"steps": 2, "loss_networks": [str(loss_net)], "seed": 3}
    one = paint_still(photo, str(style), tmp_path / "one.png", on_event=events.append, **options)
    assert pixels_of(one).shape == (72, 96, 3)
    assert Started("one.png", "pixel", 2 * 72 * 96) in events
    assert events[-1] == Finished(one, {"steps": 2})
    other = paint_still(str(photo), {style: 1.0}, tmp_path / "other.png", **options)
    np.testing.assert_array_equal(pixels_of(one), pixels_of(other))
    with pytest.raises(LivebrushError, match=r"one.png exists") as raised:
        paint_still(photo, style, one, **options, on_event=events.append)
    assert raised.value.advice.startswith("replace it with overwrite=True")
    assert events[-1] == Failed.of(raised.value)
    with pytest.raises(LivebrushError, match="a texture has no regions"):
        paint_still(None, style, tmp_path / "texture.png", photorealistic=True)
