"""What `livebrush still` refuses, and says why."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from livebrush.trainer.stills.objective import StillObjective
from tests.trainer.stills.runs import still


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.png"], "none.png: no such file"),
        (["photo.png", "-o", "there.png"], "there.png exists: add -y"),
        (["photo.png", "-o", "nowhere/out.png"], "the folder .* does not exist"),
        (["photo.png", "-o", "out.xyz"], "cannot be written with the suffix '.xyz'"),
        (["photo.png", "--gif", "way.webm"], "must be named .gif"),
        (
            ["photo.png", "--recipe", "monet"],
            "no painting recipe is called 'monet': choose one of livebrush, gatys",
        ),
        (["photo.png", "--resume"], "to resume from: leave --resume out"),
        (["photo.png", "--loss-net", "photo.png"], "cannot be read as weights"),
        (["broken.jpg"], "broken.jpg"),
        (["line.png"], "short side must be 32 or more"),
        (
            ["photo.png", "--masks", "line.png", "style.png"],
            r"line.png \(200x2 pixels\) have another shape than",
        ),
        (["--mask-style", "person=style.png"], "name a photo before the options"),
        (["--keep-colours"], "name a photo before the options"),
        (["photo.png", *["--mask-style", "sky=style.png"] * 2], "names sky twice"),
        (["photo.png", "--mask-style", "other=style.png"], "either other=FILE or --style, not both"),
        (
            ["photo.png", "--masks", "photo.png", "photo.png", "--no-masks"],
            "leave --find-masks and --no-masks out",
        ),
        (["photo.png", "--mask-style", "person=style.png", "--find-masks"], "finds the regions by itself"),
        (["photo.png", "-o", "photo.png", "-y"], "photo.png: is an input, which is never changed"),
        (["photo.png", "-o", "out.png", "--log", "photo.png", "-y"], "photo.png: is an input"),
        (["out.png.preview.png", "-o", "out.png"], "out.png.preview.png: is an input"),
        (["photo.png", "-o", "out.png", "--log", "out.png"], "two outputs are one file"),
        (["photo.png", "-o", "out.png", "--log", "there.png"], "there.png and 1 more exist: add -y"),
        (["photo.png", "-o", "out.png", "--log", "."], "is a folder, expected a file name"),
        (["photo.png", "-o", "out.png", "--plot", "way.txt"], "a plot is written as one of .png .svg .pdf"),
        (["photo.png", "-o", "under_way.png"], "under_way.png is under way: add --resume"),
        (["photo.png", "-o", "foreign.png"], "foreign.png.preview.png exists: add -y"),
        (["photo.png", "-o", "/proc/out.png"], "/proc(: not writable| does not exist)"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    photo: Path, style: Path, loss_net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str,
) -> None:  # fmt: skip
    import re

    monkeypatch.chdir(tmp_path)
    for name in ("there.png", "under_way.png.resume", "foreign.png.preview.png"):
        Path(name).touch()
    Path("out.png.preview.png").write_bytes(photo.read_bytes())
    Path("broken.jpg").write_bytes(photo.read_bytes()[:200])
    Image.new("RGB", (200, 2)).save("line.png")
    given = [] if "--loss-net" in arguments else ["--loss-net", loss_net]
    assert still(*arguments, "--style", "style.png", *given, "--steps", 2) == 1
    told = capsys.readouterr().err
    assert re.search(message, told) and "Traceback" not in told
    assert not Path("photo_style.png").exists() and not Path("out.png").exists()
    assert Path("out.png.preview.png").read_bytes() == photo.read_bytes()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("person", "write GROUP=FILE"),
        ("dragon=style.png", "'dragon' is no group: choose from sky, water"),
        ("sky=", "write GROUP=FILE"),
        ("sky=a.jpg,sky=b.jpg", "sky is named twice"),
    ],
)
def test_styles_of_regions_are_named_by_group(
    value: str, message: str, photo: Path, style: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert still(photo, "--style", style, "--mask-style", value) == 2
    assert message in capsys.readouterr().err


def test_some_style_there_must_be(
    photo: Path, style: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert still(photo, "-o", tmp_path / "out.png") == 2
    assert "Missing option '--style' (or '--mask-style', or '--dream')" in capsys.readouterr().err
    assert still(photo, "--mask-style", f"sky={style}", "-o", tmp_path / "out.png") == 1
    assert "either other=FILE or --style" in capsys.readouterr().err


@pytest.mark.parametrize(("size", "tile"), [(600, 288), (1400, 192)])
def test_running_out_of_memory_names_what_fits(
    size: int, tile: int, photo: Path, style: Path, loss_net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def starve(*_: object) -> None:
        torch.empty(1 << 60)  # more than any machine has

    monkeypatch.setattr(StillObjective, "evaluate", starve)
    options = ["--loss-net", loss_net, "--size", size, "-o", tmp_path / "out.png"]
    assert still(photo, "--style", style, *options) == 1
    told = capsys.readouterr().err
    assert f"not enough memory for {size} pixels: --tile {tile} takes less; or --size {size // 2}" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "options", [("--strength", "nan"), ("--style-scale", "nan"), ("--seed", -1), ("--size", 10**6)]
)
def test_numbers_that_are_none_are_mistakes_of_usage(
    options: tuple[str, object], photo: Path, style: Path
) -> None:
    assert still(photo, "--style", style, *options) == 2


@pytest.mark.parametrize("spec", ["style.png:0", "style.png:-1", "style.png:nan"])
def test_a_weight_that_is_none_is_a_mistake_of_usage(spec: str, photo: Path) -> None:
    assert still(photo, "--style", spec) == 2


def test_photo_without_a_photo_is_refused(style: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert still("--style", style, "--photo") == 1
    assert "name a photo before the options" in capsys.readouterr().err


def test_one_picture_of_masks_is_one_too_few(capsys: pytest.CaptureFixture[str]) -> None:
    assert still("photo.png", "--style", "style.png", "--masks", "photo.png", "-o", "out.png") == 2
    assert (
        "takes two pictures, the photo's regions and the style's: too few before -o"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--style", "style.png", "--octaves", "3"],
            "--octaves is for --dream: leave --octaves out, or add --dream",
        ),
        (["--style", "style.png", "--layer", "relu2_2"], "--layer is for --dream"),
        (["--dream", "--method", "wct"], "--dream has no style and no recipe: leave --recipe out"),
    ],
)
def test_options_that_would_be_ignored_are_refused(
    photo: Path, style: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    given = [str(style) if one == "style.png" else one for one in arguments]
    assert still(photo, *given, "-o", photo.with_name("out.png")) == 2
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("size", "message"),
    [((1, 1), "too small to paint after"), ((10, 300), "too small"), ((64, 64), "one flat colour")],
)
def test_a_style_that_cannot_carry_one_is_refused(
    photo: Path, loss_net: Path, capsys: pytest.CaptureFixture[str], size: tuple[int, int], message: str
) -> None:
    Image.new("RGB", size, (90, 40, 20)).save(photo.with_name("flat.png"))
    assert still(photo, "--style", photo.with_name("flat.png"), "--loss-net", loss_net, "--steps", 2) == 1
    assert message in capsys.readouterr().err
