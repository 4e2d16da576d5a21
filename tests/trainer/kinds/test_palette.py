"""Palettes: that every style learns, that runs resume exactly, and that the command ends in one file of several."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from livebrush.models.contract import Style, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Progress
from livebrush.realtime.cli import run
from livebrush.realtime.loaded_style import load
from livebrush.trainer.kinds.palette import Palette
from livebrush.trainer.kinds.palette_recipe import PaletteRecipe
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.nets import make_net
from livebrush.trainer.nets.annealed_norm import set_fixed
from livebrush.trainer.runs.checkpoint import RunState, save_checkpoint
from livebrush.trainer.runs.content_photos import scan_photos
from livebrush.trainer.runs.credits import read_credits
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import read_recipe, write_recipe
from livebrush.trainer.runs.run import TrainingRun
from livebrush.trainer.training import train_palette
from tests.trainer.kinds.test_painting import quiet, steps
from tests.trainer.small_vgg import write_npz

RECIPE = PaletteRecipe(
    images=12, batch=2, crop=64, style_size=64, style_layers=("relu1_1", "relu2_1"), layer_weights=(1.0, 1.0),
    content_layer="relu2_1", precision="float32", kilobytes=600,
)  # fmt: skip
STARTS = ["great_wave", "udnie"]


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Stripes, red and blue."""
    paths: list[Path] = []
    for name, channel in (("red", 0), ("blue", 2)):
        pixels = np.zeros((80, 100, 3), np.uint8)
        pixels[..., channel] = 230
        pixels[::8, :, 1] = pixels[1::8, :, 1] = 220
        paths.append(tmp_path / f"{name}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return write_npz(tmp_path / "vgg.npz", last="2_1")


def training(
    recipe: PaletteRecipe, pictures: list[Path], photo_folder: Path, weights: Path, folder: Path,
    starts: Sequence[str] = STARTS,
) -> TrainingRun:  # fmt: skip
    photos = scan_photos(photo_folder, recipe.crop)
    began_as = [read_style_model_path(start) for start in starts]
    kind = Palette(recipe, pictures, began_as, photos, load_loss_network([weights]))
    return TrainingRun(kind, RunFolder(folder, 3))


def read_style_model_path(name: str) -> Path:
    from livebrush.models.catalogue import find_style

    return find_style(name).model.path


def test_styles_learn_from_what_they_began_as_and_then_from_their_pictures(
    pictures: list[Path], photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(RECIPE, images=200, imitated=0.8, kilobytes=150)
    run = training(recipe, pictures, photo_folder, weights, tmp_path / "run", ["metzinger", "noon"])
    told: list[dict[str, float]] = []
    run.train(steps(lambda progress: told.append(dict(progress.values))))
    assert len(told) == 100
    assert all("imitation" in values and "style" not in values for values in told[:80])
    assert all("style" in values and "imitation" not in values for values in told[80:])
    imitation = [values["imitation"] for values in told[:80]]
    assert np.mean(imitation[-8:]) < 0.8 * np.mean(imitation[:8])


def test_every_turn_has_every_style_once(
    pictures: list[Path], photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    kind = training(RECIPE, pictures, photo_folder, weights, tmp_path / "run").kind
    drawn = [int(kind.batch(step)[1]) for step in range(40)]
    assert all(sorted(drawn[n : n + 2]) == [0, 1] for n in range(0, 40, 2))
    assert [drawn[n] for n in range(0, 40, 2)] != [drawn[0]] * 20


def test_pictures_pull_the_styles_apart(
    pictures: list[Path], photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(
        RECIPE, images=60, batch=1, imitated=0.0, learning_rate=0.003, content_weight=0.0, tv_weight=0.0,
        lattice_weight=0.0, steady_weight=0.0,
    )  # fmt: skip
    run = training(recipe, pictures, photo_folder, weights, tmp_path / "run")
    run.train(quiet)
    net: Any = run.kind.net
    with torch.no_grad():
        grey = torch.full((1, 3, 64, 64), 0.5)
        red, blue = (net.after(look).eval()(grey).mean((0, 2, 3)) for look in torch.eye(2))
    assert float(red[0] - red[2]) > 0.2 > -0.2 > float(blue[0] - blue[2])


@pytest.mark.parametrize("own_share", [1.0, 0.5])
def test_a_resumed_run_ends_where_an_unbroken_one_does(
    own_share: float, pictures: list[Path], photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(RECIPE, own_share=own_share)
    whole = training(recipe, pictures, photo_folder, weights, tmp_path / "whole").train(quiet)

    def stop(progress: Progress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training(recipe, pictures, photo_folder, weights, tmp_path / "broken").train(steps(stop))
    resumed = training(recipe, pictures, photo_folder, weights, tmp_path / "broken")
    resumed.resume()
    assert resumed.step == 4
    net = resumed.train(quiet)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(net.state_dict()[name], value, rtol=0, atol=0, msg=name)
    with Image.open(tmp_path / "broken" / "preview_000006.png") as preview:
        assert preview.size == (6 * 64, 3 * 64)  # photos, and a row for each style


def test_from_the_command_line_to_a_file_of_several_styles(
    pictures: list[Path],
    photo_folder: Path,
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_recipe(dataclasses.replace(RECIPE, images=2), tmp_path / "recipe.toml")
    (tmp_path / "credits.toml").write_text('["red.png"]\nname = "scarlet"\ntitle = "Stripes"\nyear = 2026\n')
    output, one = tmp_path / "two.onnx", tmp_path / "held_out.txt"
    one.write_text("photo5.png\n")
    arguments = [
        "train", "palette", *map(str, pictures), "--content", str(photo_folder), "--few-photos", "-o", str(output),
        "--recipe", str(tmp_path / "recipe.toml"), "--images", "4", "--loss-net", str(weights),
        "--held-out", str(one), "--run-dir", str(tmp_path / "run"), "--device", "cpu",
        "--credits", str(tmp_path / "credits.toml"),
        *(word for start in STARTS for word in ("--start-from", start)),
    ]  # fmt: skip
    assert run(arguments) == 0
    metadata = read_style_model(output).metadata
    assert metadata.styles == (Style("scarlet", "Stripes", year=2026), Style("blue"))
    assert metadata.recipe["images"] == 4 and len(metadata.recipe["styles_sha256"]) == 2
    assert len(metadata.recipe["starts"]) == 2 and str(tmp_path) not in metadata.to_json()
    assert read_recipe(tmp_path / "run" / "recipe.toml", PaletteRecipe()).starts
    frame = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    ends = [load(f"{output}:{name}")(frame).astype(int) for name in ("scarlet", "blue")]
    blend = load(f"{output}:scarlet:0.5,blue:0.5")(frame).astype(int)
    assert np.abs(ends[0] - ends[1]).mean() > 5
    assert all(np.abs(blend - end).mean() < np.abs(ends[0] - ends[1]).mean() for end in ends)
    assert run(arguments) == 1
    assert "holds an earlier run: add --resume to continue it" in capsys.readouterr().err


def test_a_picture_begins_as_what_the_net_for_any_picture_makes_of_it(
    pictures: list[Path], photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "held_out.txt").write_text("photo5.png\n")
    random = np.random.default_rng(1)
    for path in pictures:
        Image.fromarray(random.integers(0, 256, (80, 100, 3), dtype=np.uint8)).save(path)
    trained = train_palette(
        pictures, tmp_path / "two.onnx", content=photo_folder, recipe=RECIPE, run_folder=tmp_path / "run", images=2,
        batch=1, loss_networks=[str(weights)], least_photos=1, held_out=tmp_path / "held_out.txt",
    )  # fmt: skip
    assert [style.name for style in read_style_model(trained).metadata.styles] == ["red", "blue"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"styles": 1}, "a palette is made of two pictures or more, got 1"),
        ({"start_from": ["great_wave"]}, "there are 1 starts for 2 pictures"),
        ({"start_from": ["great_wave", "grate_wave"]}, "no style is called 'grate_wave'"),
        ({"credit": [Style("a"), Style("a")]}, "two styles are called a"),
        ({"credit": [Style("a")]}, "there are 1 credits for 2 pictures"),
        ({"style_sizes": (64,)}, "has 1 style_sizes for 2 pictures"),
        ({"style_sizes": (64, 8)}, "each must be 64 to 4096"),
        ({"net": "johnson"}, "only live nets hold several styles"),
        ({"kilobytes": 0}, "kilobytes is 0: it must be 100 or more"),
        ({"imitated": 1.5}, "it is a share of the run, 0 to 1"),
    ],
)
def test_what_must_fail_fails_before_the_training(
    pictures: list[Path],
    photo_folder: Path,
    weights: Path,
    tmp_path: Path,
    change: dict[str, object],
    message: str,
) -> None:
    given: dict[str, object] = {"start_from": STARTS, **change}
    styles = pictures[: int(str(given.pop("styles", 2)))]
    with pytest.raises(LivebrushError, match=message):
        train_palette(
            styles, tmp_path / "two.onnx", content=photo_folder, recipe=RECIPE, run_folder=tmp_path / "run",
            loss_networks=[str(weights)], least_photos=1, **given,  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
    assert not (tmp_path / "run").exists()


def test_starts_of_several_origins_are_refused(
    pictures: list[Path], photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    net = make_net("live")
    set_fixed(net, 1.0)
    save_checkpoint(tmp_path / "other.safetensors", net, torch.optim.Adam(net.parameters()), RunState(1, {}))
    with pytest.raises(LivebrushError, match=r"these styles cannot share a file: .* nothing in common"):
        train_palette(
            pictures, tmp_path / "two.onnx", content=photo_folder, recipe=RECIPE, run_folder=tmp_path / "run",
            start_from=["great_wave", tmp_path / "other.safetensors"], loss_networks=[str(weights)],
            least_photos=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('["green.png"]\nname = "a"', "tells of green.png, which is none of the pictures: red.png, blue.png"),
        ('["red.png"]\ncolour = "red"', "sets 'colour' of red.png to 'red': texts may be set of name, title"),
        ('["red.png"]\ntitle = 5', "sets 'title' of red.png to 5"),
        ('red = "a"', "expected tables such as"),
        ("[", "are not TOML"),
    ],
)
def test_credits_that_cannot_be(pictures: list[Path], tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "credits.toml").write_text(text)
    with pytest.raises(LivebrushError, match=message):
        read_credits(tmp_path / "credits.toml", pictures)
    with pytest.raises(LivebrushError, match="cannot be read"):
        read_credits(tmp_path / "none.toml", pictures)
