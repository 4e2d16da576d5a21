"""`livebrush still` from the command line to a picture, on real files."""

import csv
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from realtime import cli
from tests.trainer.small_vgg import write_npz
from trainer.losses.matting import MattingLaplacian
from trainer.stills.files import StillFiles
from trainer.stills.objective import StillObjective
from trainer.stills.pixels import to_tensor


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[:72, :96]
    pixels = np.stack([x * 2, y * 3, 255 - x * 2], 2).astype(np.uint8)
    pixels[20:50, 30:60] = [200, 180, 40]
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def style(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (10, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((64, 80), Image.Resampling.BICUBIC).save(tmp_path / "style.png")
    return tmp_path / "style.png"


@pytest.fixture
def loss_net(tmp_path: Path) -> Path:
    return write_npz(tmp_path / "vgg.npz", last="4_2")


def pixels_of(path: Path, mode: str = "RGB") -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode))


def still(*arguments: object) -> int:
    return cli.run(["still", *map(str, arguments)])


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
    with av.open(told["mp4"]) as film:
        assert sum(1 for _ in film.decode(video=0)) > 12
    with Image.open(told["gif"]) as film:
        assert sum(1 for _ in ImageSequence.Iterator(film)) >= 12
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


def test_ctrl_c_leaves_a_picture_and_resume_ends_where_one_run_does(
    photo: Path,
    style: Path,
    loss_net: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = [photo, "--style", style, "--loss-net", loss_net, "--steps", 10]
    assert still(*options, "-o", tmp_path / "whole.png") == 0
    stop = [True]

    def interrupt(way, progress) -> None:
        tell(way, progress)
        if progress.step == 4 and stop.pop():
            raise KeyboardInterrupt

    from trainer.stills import job

    tell = job._Way.tell
    monkeypatch.setattr(job._Way, "tell", interrupt)
    out, log = tmp_path / "out.png", tmp_path / "log.csv"
    assert still(*options, "-o", out, "--log", log) == 130
    assert "stopped at step 4 of 10" in capsys.readouterr().err
    assert out.exists() and StillFiles(out).state.exists()
    monkeypatch.setattr(job._Way, "tell", tell)
    assert still(*options, "-o", out, "--strength", 2, "--resume") == 1
    assert "is of a run with other pictures or options" in capsys.readouterr().err
    assert still(*options, "-o", out, "--log", log, "--resume") == 0
    assert [int(row["step"]) for row in csv.DictReader(log.read_text().splitlines())] == list(range(1, 11))
    np.testing.assert_array_equal(pixels_of(out), pixels_of(tmp_path / "whole.png"))
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
    from trainer.stills import job

    def interrupt(way, progress) -> None:
        tell(way, progress)
        if progress.step == step:
            raise KeyboardInterrupt

    out = tmp_path / "out.png"
    options = ["--photo", "--recipe", recipe, "--no-masks", "--loss-net", loss_net, "--steps", 3, "-o", out]
    tell = job._Way.tell
    monkeypatch.setattr(job._Way, "tell", interrupt)
    assert still(photo, "--style", style, *options) == 130
    monkeypatch.setattr(job._Way, "tell", tell)
    assert still(photo, "--style", style, *options, "--resume") == 0
    assert not StillFiles(out).state.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.png"], "none.png: no such file"),
        (["photo.png", "-o", "there.png"], "there.png exists: add -y"),
        (["photo.png", "-o", "nowhere/out.png"], "the folder .* does not exist"),
        (["photo.png", "-o", "out.xyz"], "no picture format has the suffix"),
        (["photo.png", "--gif", "way.webm"], "written as .gif or .mp4"),
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
        (["photo.png", "-o", "out.png", "--log", "there.png"], "there.png exists: add -y"),
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
    assert "Missing option '--style' (or '--mask-style')" in capsys.readouterr().err
    assert still(photo, "--mask-style", f"sky={style}", "-o", tmp_path / "out.png") == 1
    assert "either other=FILE or --style" in capsys.readouterr().err


EXAMPLES = Path(__file__).parents[3] / "examples" / "photos"


def test_regions_that_are_found_take_each_its_own_style(
    style: Path, loss_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tower, out = EXAMPLES / "tower.jpg", tmp_path / "out.png"
    options = ["--loss-net", loss_net, "--steps", 6, "--size", 128, "-y", "-o", out]
    flat = tmp_path / "flat.png"
    Image.new("RGB", (64, 64), (200, 30, 30)).save(flat)
    pictures = []
    for sky in (flat, tower):
        assert still(tower, "--style", style, "--mask-style", f"sky={sky},person={flat}", *options) == 0
        pictures.append(pixels_of(out).astype(float))
    assert "no person was found in the photo" in capsys.readouterr().err
    change = np.abs(pictures[0] - pictures[1]).mean(2)
    assert change[:40, -40:].mean() > 1.5 * change[-30:].mean(), "the sky is in the upper right"


def test_a_photo_takes_from_what_is_alike_unless_told_not_to(loss_net: Path, tmp_path: Path) -> None:
    tower, mountains = EXAMPLES / "tower.jpg", EXAMPLES / "mountains.jpg"
    options = ["--photo", "--loss-net", loss_net, "--steps", 2, "--size", 128]
    pictures = []
    for extra in ([], ["--no-masks"]):
        out = tmp_path / f"{len(extra)}.png"
        assert still(tower, "--style", mountains, *options, *extra, "-o", out) == 0
        pictures.append(pixels_of(out).astype(float))
    assert np.abs(pictures[0] - pictures[1]).mean() > 3


def test_a_single_pixel_and_a_moving_picture_are_styles_too(
    photo: Path, style: Path, loss_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (1, 1), (10, 200, 30)).save(tmp_path / "dot.png")
    with Image.open(style) as image:
        image.save(tmp_path / "moving.gif", save_all=True, append_images=[image.rotate(90)] * 3)
    for name in ("dot.png", "moving.gif"):
        options = ["--loss-net", loss_net, "--steps", 2, "-o", tmp_path / f"{name}.png"]
        assert still(photo, "--style", tmp_path / name, *options) == 0
        assert pixels_of(tmp_path / f"{name}.png").shape == (72, 96, 3)
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


def test_running_out_of_memory_names_what_fits(
    photo: Path, style: Path, loss_net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def starve(*_: object) -> None:
        torch.empty(1 << 60)  # more than any machine has

    monkeypatch.setattr(StillObjective, "evaluate", starve)
    options = ["--loss-net", loss_net, "--size", 600, "-o", tmp_path / "out.png"]
    assert still(photo, "--style", style, *options) == 1
    told = capsys.readouterr().err
    assert "not enough memory for 600 pixels: --tile 288 takes less; or --size 300" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "options", [("--strength", "nan"), ("--style-scale", "nan"), ("--seed", -1), ("--size", 10**6)]
)
def test_numbers_that_are_none_are_mistakes_of_usage(
    options: tuple[str, object], photo: Path, style: Path
) -> None:
    assert still(photo, "--style", style, *options) == 2


def test_a_colon_may_be_the_names_own(photo: Path, style: Path, loss_net: Path, tmp_path: Path) -> None:
    own = style.rename(tmp_path / "style:3.png")
    options = ["--loss-net", loss_net, "--steps", 2, "-o", tmp_path / "out.png"]
    assert still(photo, "--style", own, *options) == 0
    bare = own.rename(tmp_path / "style:3")
    assert still(photo, "--style", bare, *options, "-y") == 0


@pytest.mark.parametrize("spec", ["style.png:0", "style.png:-1", "style.png:nan"])
def test_a_weight_that_is_none_is_a_mistake_of_usage(spec: str, photo: Path) -> None:
    assert still(photo, "--style", spec) == 2


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "I;16", "1"])
def test_pictures_of_every_mode(mode: str, photo: Path, style: Path, loss_net: Path, tmp_path: Path) -> None:
    odd = tmp_path / ("odd.tif" if mode in ("CMYK", "I;16") else "odd.png")
    with Image.open(photo) as image:
        image.convert("L" if mode == "I;16" else mode).convert(mode).save(odd)
    assert still(odd, "--style", odd, "--loss-net", loss_net, "-o", tmp_path / "out.png", "--steps", 2) == 0
    assert pixels_of(tmp_path / "out.png").shape == (72, 96, 3)


@pytest.mark.parametrize("recipe", ["livebrush", "luan"])
def test_a_photo_stays_a_photo(recipe: str, photo: Path, style: Path, loss_net: Path, tmp_path: Path) -> None:
    halves = np.zeros((72, 96, 3), np.uint8)
    halves[:, 48:] = 255
    Image.fromarray(halves).save(tmp_path / "of_photo.png")
    Image.fromarray(halves[:, ::-1]).resize((64, 80)).save(tmp_path / "of_style.png")
    log, out, painted = tmp_path / "log.csv", tmp_path / "out.png", tmp_path / "painted.png"
    options = ["--style", style, "--loss-net", loss_net, "--steps", 8]
    masks = ["--masks", tmp_path / "of_photo.png", tmp_path / "of_style.png"]
    assert still(photo, *options, *masks, "--photo", "--recipe", recipe, "--log", log, "-o", out) == 0
    assert still(photo, *options, *masks, "-o", painted) == 0
    rows = list(csv.DictReader(log.read_text().splitlines()))
    assert len(rows) == (16 if recipe == "luan" else 8), "the published way has two stages"
    matting = MattingLaplacian(to_tensor(pixels_of(photo)))
    photorealistic, painting = (float(matting.energy(to_tensor(pixels_of(p))).sum()) for p in (out, painted))
    assert 0 < photorealistic < 0.1 * painting


def test_a_region_that_the_style_lacks_is_told(
    photo: Path, style: Path, loss_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (96, 72), "red").save(tmp_path / "red.png")
    Image.new("RGB", (64, 80), "blue").save(tmp_path / "blue.png")
    masks = ["--masks", tmp_path / "red.png", tmp_path / "blue.png"]
    options = ["--photo", "--loss-net", loss_net, "--steps", 2, "-o", tmp_path / "out.png"]
    assert still(photo, "--style", style, *options, *masks) == 0
    assert "no region of the colour (254, 0, 0)" in capsys.readouterr().err.replace("255", "254")


def test_photo_without_a_photo_is_refused(style: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert still("--style", style, "--photo") == 1
    assert "name a photo before the options" in capsys.readouterr().err
