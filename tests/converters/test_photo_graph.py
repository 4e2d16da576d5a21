"""Photo nets as style models, and the template that looks are baked from."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from livebrush.converters.export import export_look_template, export_photo_model
from livebrush.converters.photo_graph import PhotoGraph
from livebrush.models.catalogue import Choice, packaged_folder
from livebrush.models.contract import Style, StyleMetadata, read_style_model
from livebrush.models.looks import LookStatistics
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.looks.bake import bake_look
from livebrush.realtime.looks.statistics import look_statistics
from livebrush.trainer.nets.photo import PhotoNet

METADATA = StyleMetadata("photo", "look", 2, 0, (Style("red"),))


@pytest.fixture(scope="module")
def statistics() -> LookStatistics:
    style = np.random.default_rng(0).normal((160, 80, 60), 30, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    return look_statistics(style, np.full((8, 8, 10), 25, np.uint8))


def frames(count: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def test_a_trained_net_is_a_style_model_that_carries_state(
    statistics: LookStatistics, tmp_path: Path
) -> None:
    net = PhotoNet(statistics, refined=True).eval()
    assert net.refinement is not None
    torch.nn.init.normal_(net.refinement.maps[-1].weight, std=0.01)  # pyright: ignore[reportArgumentType]
    export_photo_model(
        net, METADATA, tmp_path / "red.onnx"
    )  # compares with torch, on three sizes, two frames each
    model = read_style_model(tmp_path / "red.onnx")
    assert model.takes_masks
    assert model.ports["state"] == ("N", net.state_size)
    frame = frames(1, 31, 45)[0]
    session = LoadedStyle(Choice(model), "cpu")
    first = session(frame)
    assert first.shape == frame.shape
    session.reset()
    np.testing.assert_array_equal(session(frame), first)


def test_the_template_that_ships_is_the_net_of_the_code(statistics: LookStatistics, tmp_path: Path) -> None:
    """Who changes the net exports the template again: see models/recipes/README.md."""
    bake_look(statistics, METADATA, tmp_path / "red.onnx")
    graph = PhotoGraph(PhotoNet(statistics, refined=False)).eval()
    session = ort.InferenceSession(tmp_path / "red.onnx", providers=["CPUExecutionProvider"])
    feeds = graph.example(torch.from_numpy(frames(2, 34, 46)))
    for _ in range(2):
        named = {name: value.numpy() for name, value in zip(graph.inputs, feeds, strict=True)}
        stylized, state = (np.asarray(value) for value in session.run(None, named))
        expected, expected_state = graph(*feeds)
        assert (np.abs(stylized.astype(int) - expected.numpy()) <= 1).mean() > 0.999
        np.testing.assert_allclose(state, expected_state.numpy(), atol=2e-3)
        feeds = (*feeds[:2], expected_state)


def test_a_template_names_no_machine(statistics: LookStatistics, tmp_path: Path) -> None:
    export_look_template(PhotoNet(statistics, refined=False).eval(), tmp_path / "t.onnx")
    assert str(Path.cwd()).encode() not in (tmp_path / "t.onnx").read_bytes()
    fresh = onnx.load(tmp_path / "t.onnx")
    shipped = onnx.load(packaged_folder() / "looks" / "closed_form.onnx")
    assert [i.name for i in fresh.graph.input] == [i.name for i in shipped.graph.input]
