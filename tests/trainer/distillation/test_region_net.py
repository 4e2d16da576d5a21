"""The region net learns from a teacher made on the fly, and goes on where it was stopped."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from livebrush.models.events import Event, Progress
from livebrush.models.regions import GROUPS
from livebrush.trainer.distillation import lessons
from livebrush.trainer.distillation.lessons import HINT, Lessons, Teacher
from livebrush.trainer.distillation.region_net import RegionLearner, export_region_net, taught
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import Recipe
from livebrush.trainer.runs.run import TrainingRun

RECIPE = Recipe(images=6, batch=2, learning_rate=2e-3)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A segmentation net of two layers: what it says depends on the colours of blocks of 16x16 pixels."""
    random = np.random.default_rng(0)
    weights = {
        "first": random.normal(0, 1 / 2000, (256, 3, 16, 16)), "second": random.normal(0, 0.2, (32, 256, 1, 1))
    }  # fmt: skip
    nodes = [
        helper.make_node("Conv", ["pixels", "first"], [HINT], strides=[16, 16]),
        helper.make_node("Conv", [HINT, "second"], ["classes"]),
        helper.make_node("Resize", ["classes", "", "scales"], ["logits"], mode="nearest"),
    ]
    graph = helper.make_graph(
        nodes, "teacher",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 512, 512])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 32, 128, 128])],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()]
        + [numpy_helper.from_array(np.array([1, 1, 4, 4], np.float32), "scales")],
    )  # fmt: skip
    path = tmp_path_factory.mktemp("teacher") / "teacher.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def taught_by(teacher: Path, photo_folder: Path) -> Lessons:
    return Lessons(tuple(sorted(photo_folder.glob("*.png")))[:3], Teacher(teacher), "teacher")


def test_a_stopped_distillation_goes_on_and_ends_in_a_net(
    taught_by: Lessons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "CROP", 64)
    whole = taught(RegionLearner(RECIPE, taught_by, taught_by), RunFolder(tmp_path / "whole"))

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.done == 1:
            raise KeyboardInterrupt

    folder = RunFolder(tmp_path / "broken")
    with pytest.raises(KeyboardInterrupt):
        TrainingRun(RegionLearner(RECIPE, taught_by, taught_by), folder).train(stop)
    net = taught(RegionLearner(RECIPE, taught_by, taught_by), folder)
    for name, value in whole.state_dict().items():
        assert torch.equal(net.state_dict()[name], value), name
    rows = (tmp_path / "whole" / "log.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("step,kind,total,answers,hints,agreement,sky")
    assert rows[1].startswith("1,train,") and rows[2].startswith("3,held_out,,")
    export_region_net(net, tmp_path / "regions.onnx", {})
    session = ort.InferenceSession(tmp_path / "regions.onnx", providers=["CPUExecutionProvider"])
    regions = session.run(None, {"image": np.full((1, 64, 96, 3), 90, np.uint8)})[0]
    assert regions.shape == (1, 16, 24, len(GROUPS))  # pyright: ignore[reportAttributeAccessIssue]
