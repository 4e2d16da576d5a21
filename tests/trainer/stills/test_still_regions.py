"""`livebrush still` by region: photos that stay photos, and regions that are found, drawn and named."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.trainer.losses.matting import MattingLaplacian
from livebrush.trainer.stills.pixels import to_tensor
from tests.trainer.stills.runs import pixels_of, still

EXAMPLES = Path(__file__).parents[3] / "examples" / "photos"


def test_regions_that_are_found_take_each_its_own_style(
    style: Path, loss_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tower, out = EXAMPLES / "tower.jpg", tmp_path / "out.png"
    options = ["--loss-net", loss_net, "--steps", 20, "--size", 128, "-y", "-o", out]
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
