"""Texture nets: that they learn, resume exactly, make parts of one picture, and end in a file that makes the same."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Progress
from livebrush.models.textures import read_texture_model
from livebrush.realtime.cli import run
from livebrush.realtime.pictures.picture import read_picture
from livebrush.realtime.textures.noise import noise
from livebrush.realtime.textures.painting import TexturePainter
from livebrush.trainer.kinds.texture import Texture
from livebrush.trainer.kinds.texture_loss import TextureLoss
from livebrush.trainer.kinds.texture_recipe import TextureRecipe
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.nets.annealed_norm import set_fixed
from livebrush.trainer.nets.texture import NOISE_CHANNELS, TextureNet
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.run import TrainingRun
from livebrush.trainer.training import train_texture
from tests.trainer.small_vgg import write_npz

RECIPE = TextureRecipe(
    images=6, batch=2, crop=64, style_size=64, style_layers=("relu1_1", "relu2_1"), layer_weights=(1.0, 1.0),
    precision="float32",
)  # fmt: skip


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Red and yellow stripes."""
    pixels = np.zeros((80, 100, 3), np.uint8)
    pixels[..., 0] = 230
    pixels[::8, :, 1] = pixels[1::8, :, 1] = 220
    path = tmp_path / "stripes.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return write_npz(tmp_path / "vgg.npz", last="2_1")


def training(recipe: TextureRecipe, picture: Path, weights: Path, folder: Path) -> TrainingRun:
    return TrainingRun(Texture(recipe, picture, load_loss_network([weights])), RunFolder(folder, 100))


def quiet(_: object) -> None: ...


def noises(net: TextureNet, size: tuple[int, int], place: tuple[int, int] = (0, 0)) -> list[torch.Tensor]:
    return [
        torch.from_numpy(
            noise(
                0, scale, NOISE_CHANNELS,
                (place[0] // 2**scale - margin, place[1] // 2**scale - margin),
                (size[0] // 2**scale + 2 * margin, size[1] // 2**scale + 2 * margin),
            )
        )[None]
        for scale, margin in enumerate(net.margins)
    ]  # fmt: skip


def fixed_net() -> TextureNet:
    torch.manual_seed(0)
    net = TextureNet()
    net(*noises(net, (64, 64)))
    set_fixed(net, 1.0)
    return net.eval()


@torch.no_grad()
def test_a_part_of_the_noise_makes_that_part_of_the_picture() -> None:
    net = fixed_net()
    whole = net(*noises(net, (96, 128)))
    part = net(*noises(net, (32, 64), (64, 32)))
    assert whole.shape == (1, 3, 96, 128)
    assert float(whole.std()) > 0.01
    torch.testing.assert_close(part, whole[..., 64:96, 32:96], rtol=0, atol=1e-5)


@torch.no_grad()
def test_folded_it_makes_the_same() -> None:
    net = fixed_net()
    noise = noises(net, (32, 32))
    torch.testing.assert_close(net.folded()(*noise), net(*noise), rtol=0, atol=1e-5)


def test_no_picture_is_as_near_as_the_texture_itself(picture: Path, weights: Path) -> None:
    torch.manual_seed(0)
    pixels = read_picture(picture).pixels.transpose(2, 0, 1)[None]
    style = torch.from_numpy(pixels / np.float32(255))
    loss = TextureLoss(load_loss_network([weights]), style, RECIPE)
    own, turned = loss(style), loss(torch.rot90(style, 1, (2, 3)))
    assert float(own["style"]) < 1e-6
    assert float(own["neighbours"]) < 0.02 * RECIPE.neighbour_weight
    assert float(turned["style"]) > 100 * float(own["style"])
    assert float(loss(torch.zeros_like(style))["style"]) == pytest.approx(RECIPE.style_weight, rel=0.3)
    assert float(turned["total"]) == pytest.approx(float(turned["style"] + turned["neighbours"]))


def test_a_run_brings_the_loss_down_and_the_textures_colours_in(
    picture: Path, weights: Path, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(RECIPE, images=60, learning_rate=0.01, anneal_from=0.4, anneal_to=0.6)
    losses: list[float] = []

    def hear(event: object) -> None:
        if isinstance(event, Progress):
            losses.append(event.values["style"])

    net = training(recipe, picture, weights, tmp_path / "run").train(hear)
    assert np.mean(losses[-5:]) < 0.3 * np.mean(losses[:5])
    with torch.no_grad():
        red, _, blue = net(*noises(net, (64, 64))).mean((0, 2, 3))  # pyright: ignore[reportArgumentType]
    assert float(red) > float(blue) + 0.2


def test_a_resumed_run_ends_where_an_unbroken_one_does(picture: Path, weights: Path, tmp_path: Path) -> None:
    whole = training(RECIPE, picture, weights, tmp_path / "whole").train(quiet)

    def stop(event: object) -> None:
        if isinstance(event, Progress) and event.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training(RECIPE, picture, weights, tmp_path / "broken").train(stop)
    torch.manual_seed(99)  # whatever happens between the two must not matter
    resumed = training(RECIPE, picture, weights, tmp_path / "broken")
    resumed.resume()
    assert resumed.step == 2
    net = resumed.train(quiet)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(net.state_dict()[name], value, rtol=0, atol=0, msg=name)


def test_from_a_picture_to_a_file_that_makes_what_the_net_makes(
    picture: Path, weights: Path, tmp_path: Path
) -> None:
    events: list[object] = []
    output = train_texture(
        picture, tmp_path / "stripes.onnx", recipe=RECIPE, run_folder=tmp_path / "run", on_event=events.append,
        loss_networks=[str(weights)], credit=Style("stripes", "Stripes", licence="public domain"),
        weights_licence="Apache-2.0", preview_every=2, device="cpu",
    )  # fmt: skip
    assert isinstance(events[-1], Finished)
    with Image.open(tmp_path / "run" / "preview_000002.png") as preview:
        assert preview.size == (4 * 64, 64)
    model = read_texture_model(output)
    told = model.metadata
    assert (told.style.title, told.weights_licence, told.channels) == (
        "Stripes",
        "Apache-2.0",
        NOISE_CHANNELS,
    )
    assert told.recipe["images"] == 6 and len(told.recipe["style_sha256"]) == 64
    assert str(tmp_path) not in told.to_json()
    assert output.stat().st_size < 2e6
    learner = training(RECIPE, picture, weights, tmp_path / "run")
    learner.resume()
    net = learner.kind.finished()
    made = TexturePainter(model, 1).paint(64, 96)
    with torch.no_grad():
        expected = net(*noises(net, (64, 96)))[0].permute(1, 2, 0).mul(255).round().numpy()  # pyright: ignore[reportArgumentType]
    assert np.abs(made - expected).max() <= 1


def test_the_command_teaches_and_trains(
    picture: Path,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quick.toml").write_text(
        "images = 2\ncrop = 64\nstyle_size = 64\nstyle_layers = ['relu1_1']\nlayer_weights = [1.0]\n"
    )
    command = [
        "train",
        "texture",
        str(picture),
        "--recipe",
        "quick.toml",
        "--loss-net",
        str(weights),
        "--device",
        "cpu",
    ]
    assert run([*command, "--seed", "4"]) == 0
    assert "stripes.onnx is ready" in capsys.readouterr().err
    assert read_texture_model(Path("stripes.onnx")).metadata.recipe["seed"] == 4
    assert run(command) == 1
    assert "add --resume to continue it" in capsys.readouterr().err
    assert run(["inspect", "stripes.onnx"]) == 0
    told = capsys.readouterr().out
    assert "texture 1 (sizes divide by 32)" in told and "billion multiply-adds" in told


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"crop": 100}, "crop is 100: it must be 64 pixels or more, and divide by 32"),
        ({"style_size": 10}, "style_size is 10"),
        ({"style_layers": (), "layer_weights": ()}, "no style_layers"),
        ({"layer_weights": (1.0,)}, r"layer_weights are \[1.0\]"),
        ({"anneal_from": 0.9}, "the first not above the second"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(values: dict, message: str) -> None:
    with pytest.raises(LivebrushError, match=message):
        TextureRecipe(**values)
