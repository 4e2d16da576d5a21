"""Several styles in one file: numbers packed into bytes, and what the file paints."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from livebrush.converters.convert import convert
from livebrush.converters.export import export_palette
from livebrush.converters.palette_graph import PaletteGraph, packed, unpacked, values_in_a_byte
from livebrush.models.contract import Style, StyleMetadata, read_style_model
from livebrush.realtime.made.asked import find_choice, made
from livebrush.realtime.made.one_of_several import is_faster_alone
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.palette import STEPS
from livebrush.trainer.starts import find_start, load_start
from tests.trainer.nets.test_palette import palette_of


@pytest.mark.parametrize("levels", sorted(STEPS))
def test_numbers_come_out_of_bytes_as_they_went_in(levels: int) -> None:
    values = torch.randint(levels, (3, 1001), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    values[:, 0], values[:, 1] = 0, levels - 1
    kept = packed(values, levels)
    assert kept.dtype == torch.uint8 and kept.shape[1] == -(-1001 // values_in_a_byte(levels))
    assert torch.equal(unpacked(kept, levels)[:, :1001], values.float())


def test_the_numbers_that_fit_into_a_byte_are_the_largest_that_do() -> None:
    for levels in STEPS:
        several = values_in_a_byte(levels)
        assert levels**several <= 256 < (levels + 1) ** several


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("palette") / "three.onnx"
    styles = tuple(Style(name, f"Title of {name}") for name in "abc")
    export_palette(palette_of(3, kilobytes=250), StyleMetadata("painting", "live", 4, 16, styles), path)
    return path


def test_the_file_paints_each_style_and_blends_as_the_net_does(exported: Path) -> None:
    net = palette_of(3, kilobytes=250).eval()
    graph = PaletteGraph(net)
    frame = (
        torch.randint(256, (1, 8, 9, 3), dtype=torch.uint8).repeat_interleave(8, 1).repeat_interleave(8, 2)
    )
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    painted = []
    for style in ([1, 0, 0], [0, 1, 0], [0.25, 0.25, 0.5]):
        weights = torch.tensor(style, dtype=torch.float32)
        with torch.no_grad():
            expected = graph(frame, weights).numpy().astype(int)
            ours = 255 * net.after(weights).eval()(frame.permute(0, 3, 1, 2).float() / 255)
        got = np.asarray(session.run(None, {"frames": frame.numpy(), "style": weights.numpy()})[0])
        assert (np.abs(got.astype(int) - expected) <= 1).mean() > 0.999
        assert np.abs(ours.permute(0, 2, 3, 1).numpy() - expected).max() < 1
        painted.append(got.astype(int))
    assert np.abs(painted[0] - painted[1]).mean() > 2


def test_the_exporter_has_nothing_to_say_to_a_user(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    styles = tuple(Style(name) for name in "abc")
    metadata = StyleMetadata("painting", "live", 4, 16, styles)
    export_palette(palette_of(3, kilobytes=250), metadata, tmp_path / "three.onnx")
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


def test_the_file_is_as_small_as_it_was_told_to_be(exported: Path) -> None:
    held = {tensor.name: np.prod(tensor.dims) for tensor in onnx.load(exported).graph.initializer}
    assert sum(size for name, size in held.items() if "bytes" in name) <= 900_000
    assert exported.stat().st_size < 900_000 + 200_000


def test_a_style_of_the_file_is_run_as_an_ordinary_net_and_is_a_start(exported: Path) -> None:
    model = read_style_model(exported)
    assert set(model.ports) == {"style"} and is_faster_alone(model)
    alone = find_choice(f"{exported}:b")
    assert not alone.model.ports and made(alone) == alone
    net = LiveNet()
    load_start(find_start(f"{exported}:b"), net)
    wanted = palette_of(3, kilobytes=250).weights(torch.eye(3)[1])["body4.0.first.conv.weight"].detach()
    got = net.folded().state_dict()["body4.0.first.conv.weight"]
    assert float((got - wanted).abs().max() / wanted.abs().max()) < 2e-3


def test_a_style_of_the_file_is_converted_with_its_credit(exported: Path, tmp_path: Path) -> None:
    report = convert(f"{exported}:b", tmp_path / "wave.onnx", measure=False)
    (style,) = read_style_model(tmp_path / "wave.onnx").metadata.styles
    assert style == Style("wave", "Title of b") and "before" not in str(report)
    convert(f"{exported}:b", tmp_path / "mine.onnx", credit=Style("mine", "Mine"), measure=False)
    assert read_style_model(tmp_path / "mine.onnx").metadata.styles == (Style("mine", "Mine"),)
