"""Exported files: opset, sizes, rounding, parity."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from torch import nn

from livebrush.converters import parity
from livebrush.converters.canvas import Canvas
from livebrush.converters.export import export_style_model
from livebrush.converters.frame_graph import FrameGraph
from livebrush.models.contract import Style, StyleMetadata, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.trainer.nets import NETS, make_net
from livebrush.trainer.nets.annealed_norm import set_fixed


class Scale(nn.Module):
    """Multiplies, so that values leave the range on both sides."""

    multiple, margin = 2, 0

    def __init__(self, factor: float, offset: float) -> None:
        super().__init__()
        self.factor, self.offset = factor, offset
        self.conv = nn.Conv2d(3, 3, 1)
        nn.init.dirac_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)  # pyright: ignore[reportArgumentType]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x) * self.factor + self.offset

    def folded(self) -> "Scale":
        return self


def metadata(net) -> StyleMetadata:
    return StyleMetadata("painting", "test", net.multiple, net.margin, (Style("test"),))


def run_model(path: Path, frames: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["stylized"], {"frames": frames})[0])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Untrained nets of both kinds as style models."""
    folder, paths = tmp_path_factory.mktemp("exported"), {}
    for name in NETS:
        torch.manual_seed(0)
        net = make_net(name).eval()
        set_fixed(net, 1.0)
        paths[name] = folder / f"{name}.onnx"
        export_style_model(net, metadata(net), paths[name])
    return paths


@pytest.mark.parametrize("name", NETS)
def test_the_written_opset_is_18(exported: dict[str, Path], name: str) -> None:
    model = onnx.load(exported[name])
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    onnx.checker.check_model(model, full_check=True)


@pytest.mark.parametrize("name", NETS)
def test_any_size_and_count_runs(exported: dict[str, Path], name: str) -> None:
    multiple = read_style_model(exported[name]).metadata.multiple
    for count, rows, columns in ((1, 3, 4), (2, 9, 5), (3, 4, 4)):
        frames = np.full((count, rows * multiple, columns * multiple, 3), 90, np.uint8)
        assert run_model(exported[name], frames).shape == frames.shape


def test_of_the_live_net_six_normalisations_are_left(exported: dict[str, Path]) -> None:
    """Those that follow the picture, each of a mean and a variance; the others are folded away."""
    operators = [node.op_type for node in onnx.load(exported["live"]).graph.node]
    assert operators.count("ReduceMean") == 12
    assert not set(operators) & {
        "InstanceNormalization",
        "BatchNormalization",
        "DepthToSpace",
        "ConvTranspose",
    }


def test_the_exporter_leaves_no_trace_of_the_machine(exported: dict[str, Path]) -> None:
    content = exported["live"].read_bytes()
    assert not any(
        trace in content for trace in (b"site-packages", str(Path.home()).encode() + b"/", b"forward(")
    )


def test_values_are_rounded_and_do_not_wrap(tmp_path: Path) -> None:
    net = Scale(3.0, -1.0)
    export_style_model(net, metadata(net), tmp_path / "scale.onnx")
    levels = np.arange(256, dtype=np.uint8)
    frames = np.repeat(levels, 3).reshape(1, 16, 16, 3)
    expected = np.clip(np.floor(np.clip(3.0 * levels - 255, 0, 255) + 0.5), 0, 255)
    np.testing.assert_array_equal(run_model(tmp_path / "scale.onnx", frames)[..., 0].ravel(), expected)


def test_halves_round_up(tmp_path: Path) -> None:
    net = Scale(0.5, 0.0)
    export_style_model(net, metadata(net), tmp_path / "half.onnx")
    frames = np.full((1, 4, 4, 3), 101, np.uint8)
    assert int(run_model(tmp_path / "half.onnx", frames).max()) in (50, 51)


def test_a_file_that_paints_otherwise_is_not_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check itself, fed a graph that differs by two levels."""
    net = Scale(1.0, 0.0)
    real = parity.check_parity

    def against_another(graph: FrameGraph, path: Path, multiple: int) -> None:
        graph.net.offset = 2 / 255  # pyright: ignore[reportArgumentType]
        real(graph, path, multiple)

    monkeypatch.setattr("livebrush.converters.export.check_parity", against_another)
    with pytest.raises(
        LivebrushError, match=r"does not paint what the net paints.*largest difference is 2 levels"
    ):
        export_style_model(net, metadata(net), tmp_path / "off.onnx")
    assert not list(tmp_path.iterdir())


def test_one_level_apart_passes_and_a_thousandth_more_may_differ() -> None:
    expected = np.zeros((1, 100, 100, 1), np.uint8)
    got = expected.copy()
    got[..., 0] = 1
    got[0, 0, :10] = 9
    parity.compare(expected, got, "x")
    got[0, 1, 0] = 9
    with pytest.raises(LivebrushError):
        parity.compare(expected, got, "x")


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    net = Scale(1.0, 0.0)
    with pytest.raises(LivebrushError, match="cannot be written"):
        export_style_model(net, metadata(net), tmp_path / "missing" / "a.onnx")


def test_a_style_model_stands_on_its_canvas(exported: dict[str, Path], tmp_path: Path) -> None:
    torch.manual_seed(0)
    net, canvas = make_net("live").eval(), Canvas(40.0)
    set_fixed(net, 1.0)
    export_style_model(net, metadata(net), tmp_path / "canvas.onnx", canvas)
    frames = np.full((1, 40, 48, 3), 128, np.uint8)
    with torch.no_grad():
        painted = net(canvas(torch.full((1, 3, 40, 48), 128 / 255))).clamp(0, 1)
    expected = (255 * painted).round().permute(0, 2, 3, 1).numpy()
    assert np.abs(run_model(tmp_path / "canvas.onnx", frames) - expected).max() <= 1
    assert not np.array_equal(
        run_model(exported["live"], frames), run_model(tmp_path / "canvas.onnx", frames)
    )
