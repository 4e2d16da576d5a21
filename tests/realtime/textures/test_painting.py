"""Pictures from texture nets: any size, tiles without seams, edges that meet, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Progress, Started
from livebrush.models.textures import read_texture_model
from livebrush.realtime.cli import run
from livebrush.realtime.textures.painting import TexturePainter, paint_texture
from tests.realtime.textures.nets import write_texture_net


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return write_texture_net(tmp_path / "tiny.onnx")


def painter(net: Path, tile: int = 512) -> TexturePainter:
    return TexturePainter(read_texture_model(net), 1, tile)


@pytest.mark.parametrize("tileable", [False, True])
def test_tiles_make_what_one_piece_makes(net: Path, tileable: bool) -> None:
    whole = painter(net).paint(50, 38, 5, tileable=tileable)
    tiled = painter(net, tile=16).paint(50, 38, 5, tileable=tileable)
    assert whole.std() > 20
    assert np.abs(whole.astype(int) - tiled).max() <= 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 7), (33, 64)])
def test_every_size_works_and_is_a_part_of_every_larger_one(net: Path, height: int, width: int) -> None:
    large = painter(net).paint(64, 80, 1)
    made = painter(net).paint(height, width, 1)
    assert made.shape == (height, width, 3)
    assert np.abs(made.astype(int) - large[:height, :width]).max() <= 1


def test_seeds_make_different_pictures_and_the_same_one_the_same(net: Path) -> None:
    one, other = painter(net).paint(32, 32, 1), painter(net).paint(32, 32, 2)
    assert np.abs(one.astype(int) - other).mean() > 10
    np.testing.assert_array_equal(one, painter(net).paint(32, 32, 1))


@pytest.mark.parametrize(("height", "width"), [(200, 240), (199, 233)])
def test_the_edges_of_a_tileable_picture_meet(net: Path, height: int, width: int) -> None:
    """Over the edge neighbours differ about as within; in an ordinary picture they have nothing in common."""

    def over_the_edge(made: np.ndarray) -> float:
        made = made[..., 0].astype(float)
        within = (np.abs(np.diff(made, axis=0)).mean() + np.abs(np.diff(made, axis=1)).mean()) / 2
        edges = (np.abs(made[0] - made[-1]).mean() + np.abs(made[:, 0] - made[:, -1]).mean()) / 2
        return edges / within

    assert over_the_edge(painter(net).paint(height, width, 1, tileable=True)) < 1.4
    assert over_the_edge(painter(net).paint(height, width, 1)) > 1.8


def test_a_tileable_picture_rolled_round_is_one_of_the_same_noise(net: Path) -> None:
    """What is made over the edge is what is made in the middle."""
    made = painter(net).paint(32, 32, 4, tileable=True)
    tile = painter(net)._tile_at((16, 16), (32, 32), 4, (32, 32))
    assert np.abs(np.roll(made, (-16, -16), (0, 1)).astype(int) - tile).max() <= 1


def test_events_and_file(net: Path, tmp_path: Path) -> None:
    heard: list[Event] = []
    target = paint_texture(net, tmp_path / "wall.png", width=40, height=24, seed=2, on_event=heard.append)
    assert [type(event) for event in heard] == [Started, Progress, Finished]
    with Image.open(target) as made:
        np.testing.assert_array_equal(np.asarray(made), painter(net).paint(24, 40, 2))


def test_the_command(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["texture", "tiny.onnx", "--size", "40x24", "--seed", "7", "--tileable"]) == 0
    with Image.open("tiny_7.png") as made:
        assert made.size == (40, 24)
    assert run(["texture", "tiny.onnx", "--size", "40x24", "--seed", "7"]) == 1
    assert "tiny_7.png exists: add -y" in capsys.readouterr().err
    assert run(["texture", "tiny.onnx", "--size", "40x24", "--seed", "7", "-y"]) == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 0}, "a texture of 0x1024 pixels: each side may be 1 to"),
        ({"height": 10**6}, "each side may be 1 to"),
        ({"seed": -1}, "the seed is -1"),
        ({"output": "wall.psd"}, "cannot be written with the suffix"),
        ({"texture": "no.onnx"}, "the texture net no.onnx does not exist"),
    ],
)
def test_what_cannot_be_made_is_refused(net: Path, values: dict, message: str) -> None:
    given = {"texture": net, "output": net.with_name("wall.png"), **values}
    with pytest.raises(LivebrushError, match=message.replace("(", r"\(")):
        paint_texture(**given)
    assert not net.with_name("wall.png").exists()


def test_a_style_model_is_no_texture_net_and_the_other_way_round(
    net: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LivebrushError, match="is no texture net but a style model"):
        read_texture_model(tiny_model)
    with pytest.raises(
        LivebrushError, match="is a texture net: it makes pictures from noise and paints none"
    ):
        read_style_model(net)
    photo = tmp_path / "photo.png"
    Image.new("RGB", (20, 20)).save(photo)
    assert run(["image", str(photo), "-s", str(net)]) == 1
    assert "'livebrush texture tiny.onnx' makes pictures with it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("{", "its metadata is not JSON"),
        ("[]", "its metadata is a list"),
        ({"contract": 2}, "follows texture contract 2, this livebrush reads 1"),
        ({"margins": []}, "margins is"),
        ({"margins": [1, True]}, "margins is"),
        (
            {"margins": [1, 2, 3]},
            "it takes noise_0, noise_1 and gives texture, expected noise_0, noise_1, noise_2",
        ),
        ({"channels": 0}, "channels is 0"),
        ({"style": {"title": "x"}}, "its style has no name"),
    ],
)
def test_broken_texture_nets_are_refused(tmp_path: Path, metadata: str | dict, message: str) -> None:
    if isinstance(metadata, dict):
        told = read_texture_model(write_texture_net(tmp_path / "whole.onnx")).metadata
        metadata = json.dumps({**json.loads(told.to_json()), **metadata})
    with pytest.raises(LivebrushError, match=message):
        read_texture_model(write_texture_net(tmp_path / "broken.onnx", metadata))


def test_a_net_that_breaks_its_promise_is_told_of(tmp_path: Path) -> None:
    told = read_texture_model(write_texture_net(tmp_path / "whole.onnx")).metadata
    lying = json.dumps({**json.loads(told.to_json()), "margins": [2, 3]})
    net = read_texture_model(write_texture_net(tmp_path / "lying.onnx", lying))
    with pytest.raises(LivebrushError, match=r"lying.onnx (failed on a tile|gave)"):
        TexturePainter(net, 1).paint(8, 8)
