"""Nets that ship for new styles to start from."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from livebrush.converters.canvas import Canvas
from livebrush.converters.export import export_style_model
from livebrush.models.catalogue import packaged_folder
from livebrush.models.contract import Style, StyleMetadata, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.made.asked import find_choice
from livebrush.trainer.nets import make_net
from livebrush.trainer.nets.annealed_norm import fixed_share, set_fixed
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.painting_options import start_of
from livebrush.trainer.runs.checkpoint import RunState, load_checkpoint, save_checkpoint
from livebrush.trainer.starts import find_start, load_start, shipped_start, write_start


def test_a_start_is_the_net_alone_in_half_precision(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = make_net("live")
    set_fixed(net, 1.0)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.rand(1, 3, 32, 32)).sum().backward()
    optimizer.step()
    save_checkpoint(tmp_path / "last.safetensors", net, optimizer, RunState(7, {"style": "wave.jpg"}))
    write_start(tmp_path / "last.safetensors", tmp_path / "live.safetensors")
    assert (tmp_path / "live.safetensors").stat().st_size < (tmp_path / "last.safetensors").stat().st_size / 5
    fresh = make_net("live")
    state = load_checkpoint(tmp_path / "live.safetensors", fresh)
    assert (state.step, state.run, fixed_share(fresh)) == (7, {"style": "wave.jpg"}, 1.0)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(fresh.state_dict()[name], value, rtol=1e-3, atol=1e-4)


def test_no_start_of_what_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"no checkpoint")
    with pytest.raises(LivebrushError, match="cannot be read"):
        write_start(tmp_path / "photo.jpg", tmp_path / "live.safetensors")


def test_the_shipped_start_fits_the_net_and_is_taken_unless_told_otherwise() -> None:
    shipped = shipped_start("live")
    assert shipped is not None
    net = make_net("live")
    load_checkpoint(shipped, net)
    assert fixed_share(net) == 1
    with safe_open(shipped, framework="pt") as file:
        assert not any(name.startswith("adam") for name in file.keys())  # noqa: SIM118
    assert shipped_start("rich") == shipped and shipped_start("johnson") is None
    assert start_of(None) == "shipped"
    assert start_of("random") is None
    assert start_of("mine.safetensors") == "mine.safetensors"


def test_a_start_is_found_by_the_name_of_a_style(tmp_path: Path) -> None:
    assert find_start("great_wave") == packaged_folder() / "great_wave.onnx"
    assert find_start("missing.onnx") == Path("missing.onnx")  # which is said when it is read
    assert find_start(tmp_path) == tmp_path
    with pytest.raises(LivebrushError, match="great_wave"):
        find_start("grate_wave")


@pytest.mark.parametrize("style", ["great_wave", "minotaur"])
def test_a_style_model_is_a_start(style: str) -> None:
    """What is loaded paints what the file paints."""
    path = packaged_folder() / f"{style}.onnx"
    net = make_net("live")
    said = load_start(path, net)
    assert said["style"] == style and said["recipe"]["images"] > 0 and fixed_share(net) == 1
    frame = np.random.default_rng(0).integers(0, 256, (8, 6, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    painted = Engine(read_style_model(path), "cpu").begin().paint({"frames": frame[None]})
    with torch.no_grad():
        photo = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
        ours = net.eval()(Canvas(said["recipe"]["canvas"])(photo))
    levels = 255 * ours[0].permute(1, 2, 0).numpy()
    assert np.abs(levels - painted).max() < 1.5


@pytest.mark.parametrize("shortcut", [False, True])
def test_a_shortcut_is_told_by_the_file(shortcut: bool, tmp_path: Path) -> None:
    net = LiveNet()
    load_start(packaged_folder() / "great_wave.onnx", net)
    net.shortcut = shortcut
    metadata = StyleMetadata("painting", "live", net.multiple, net.margin, (Style("one"),))
    export_style_model(net.eval(), metadata, tmp_path / "one.onnx")
    loaded = LiveNet()
    load_start(tmp_path / "one.onnx", loaded)
    picture = torch.rand(1, 3, 48, 64)
    with torch.no_grad():
        torch.testing.assert_close(loaded.eval()(picture), net(picture), atol=1e-3, rtol=0)
    assert loaded.shortcut is shortcut


def test_a_style_model_of_another_net_is_no_start() -> None:
    with pytest.raises(LivebrushError, match="holds no JohnsonNet"):
        load_start(packaged_folder() / "great_wave.onnx", make_net("johnson"))


def test_a_training_starts_from_a_blend_of_styles() -> None:
    blend = "metzinger:0.5,udnie:0.5"
    parts = [
        read_style_model(packaged_folder() / f"{name}.onnx").metadata.recipe
        for name in ("metzinger", "udnie")
    ]
    relief = sum(float(recipe["canvas"]) for recipe in parts) / 2
    net = LiveNet()
    load_start(find_start(blend), net)
    frame = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    painter = LoadedStyle(find_choice(blend), "cpu")
    whole = painter.engine.pad(frame)
    with torch.no_grad():
        photo = torch.from_numpy(whole.transpose(2, 0, 1)[None].copy()) / 255
        painted = net.eval()(Canvas(relief)(photo))
    levels = painted[0].permute(1, 2, 0).mul(255).round().numpy()
    margin = painter.engine.model.metadata.margin
    assert np.abs(levels[margin : margin + 64, margin : margin + 96] - painter(frame)).max() <= 1
