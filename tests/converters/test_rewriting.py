"""Rewrites are kept where they paint the same, and those for speed where they are faster."""

from pathlib import Path

import onnx
import pytest

from livebrush.converters import rewriting
from livebrush.converters.foreign.converting import converted
from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.graph_edit import GraphEdit
from livebrush.converters.rewriting import Rewrite, rewritten
from tests.converters.foreign.foreign_nets import candy

FRAME = known_picture((64, 64))


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> onnx.ModelProto:
    path: Path = tmp_path_factory.mktemp("net") / "candy.onnx"
    candy(path)
    return converted([path], None, (None, None, None), (64, 64)).model


def operators(model: onnx.ModelProto) -> set[str]:
    return {node.op_type for node in model.graph.node}


def test_all_that_are_faster_are_kept(net: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "times_ms", lambda *_, **__: [2.0, 1.0])
    model, steps = rewritten(net, FRAME, FRAME, {})
    assert [step.refused for step in steps] == ["", "", "the other way is faster", "", ""]
    assert not operators(model) & {"Pad", "ConvTranspose"}


def test_what_is_not_faster_is_left_as_it_was(net: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "times_ms", lambda *_, **__: [2.0, 2.0])
    model, steps = rewritten(net, FRAME, FRAME, {})
    assert [step.refused for step in steps] == ["", *["not faster here"] * 4]
    assert "ConvTranspose" in operators(model)


def test_what_paints_otherwise_is_left_as_it_was(
    net: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(edit: GraphEdit) -> int:
        last = next(node for node in edit.nodes if node.op_type == "Tanh")
        last.op_type = "Sigmoid"
        return 1

    monkeypatch.setattr(rewriting, "REWRITES", (Rewrite("spoiled", spoil),))
    model, (step,) = rewritten(net, FRAME, FRAME, {})
    assert "paints otherwise" in step.refused and "Tanh" in operators(model)


def test_what_does_not_load_is_left_as_it_was(net: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_it(edit: GraphEdit) -> int:
        edit.nodes[-1].op_type = "NoSuchOperator"
        return 1

    monkeypatch.setattr(rewriting, "REWRITES", (Rewrite("broken", break_it),))
    model, (step,) = rewritten(net, FRAME, FRAME, {})
    assert "cannot be loaded" in step.refused and model is net
