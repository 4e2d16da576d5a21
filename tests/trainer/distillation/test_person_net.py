"""The person net begins with its teacher's weights, learns from views of photos, and ends in a file that ships."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from click import ClickException
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from livebrush.models.events import Event, Progress
from livebrush.models.regions import PERSON, PERSON_GROUPS
from livebrush.realtime.engine.regions import RegionFinder
from livebrush.trainer.distillation import person_lessons
from livebrush.trainer.distillation.lessons import HINT, Teacher
from livebrush.trainer.distillation.person_lessons import PersonLessons, persons_seen
from livebrush.trainer.distillation.person_net import (
    PersonGraph,
    PersonLearner,
    begin_as,
    export_person_net,
    person_iou,
    taught,
)
from livebrush.trainer.nets.person import PersonNet
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import Recipe
from livebrush.trainer.runs.run import TrainingRun

RECIPE = Recipe(images=6, batch=2, learning_rate=2e-3)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain of convolutions that begins as a MobileNetV2 does: what it says depends on its random weights."""
    random = np.random.default_rng(0)
    nodes, weights, last = [], [], "pixels"
    layers = [*PersonNet().way_down, nn.Conv2d(96, 32, 1)]
    for n, layer in enumerate(layers):
        shape = tuple(layer.weight.shape)
        kernel = random.normal(0, (1 / np.prod(shape[1:])) ** 0.5, shape) / (128 if n == 0 else 1)
        weights.append(numpy_helper.from_array(kernel.astype(np.float32), f"w{n}"))
        weights.append(numpy_helper.from_array(random.normal(0, 0.1, shape[0]).astype(np.float32), f"b{n}"))
        output = {len(layers) - 2: HINT, len(layers) - 1: "classes"}.get(n, f"t{n}_")
        nodes.append(
            helper.make_node(
                "Conv",
                [last, f"w{n}", f"b{n}"],
                [output],
                strides=list(layer.stride),
                group=layer.groups,
                pads=[layer.kernel_size[0] // 2] * 4,
            )
        )
        last = output
    nodes.append(helper.make_node("Resize", ["classes", "", "scales"], ["logits"], mode="nearest"))
    weights.append(numpy_helper.from_array(np.array([1, 1, 4, 4], np.float32), "scales"))
    graph = helper.make_graph(
        nodes, "teacher",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 512, 512])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 32, 128, 128])],
        weights,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("teacher") / "teacher.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def lessons(teacher: Path, photo_folder: Path) -> PersonLessons:
    return PersonLessons(tuple(sorted(photo_folder.glob("*.png")))[:3], Teacher(teacher), "teacher")


def test_it_begins_with_the_teachers_weights(teacher: Path) -> None:
    net = PersonNet()
    begin_as(net, teacher)
    first = numpy_helper.to_array(onnx.load(teacher).graph.initializer[0])
    np.testing.assert_array_equal(net.way_down[0].weight.detach().numpy(), first)
    assert len(net.way_down) == 36


def test_a_teacher_of_another_kind_is_refused(teacher: Path, tmp_path: Path) -> None:
    model = onnx.load(teacher)
    model.graph.initializer[2].CopyFrom(numpy_helper.from_array(np.zeros((8, 1, 3, 3), np.float32), "w1"))
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ClickException, match=r"a convolution is \[8, 1, 3, 3\], expected \[32, 1, 3, 3\]"):
        begin_as(PersonNet(), tmp_path / "other.onnx")


def test_the_teacher_sees_a_photo_as_a_part_of_a_larger_square() -> None:
    class Seen:
        def groups(self, photo: np.ndarray) -> np.ndarray:
            """Persons are what is red; as large as the photo is it says so."""
            assert photo.shape[0] == photo.shape[1] and photo.shape[0] in (round(90 / 0.65), 180)
            rows = (np.arange(128) * photo.shape[0] // 128).astype(int)
            groups = np.zeros((128, 128, 10), np.uint8)
            groups[..., PERSON] = photo[rows][:, rows, 0]
            return groups

    photo = np.zeros((60, 90, 3), np.uint8)
    photo[:, :45, 0] = 255
    mask = persons_seen(Seen(), photo)  # pyright: ignore[reportArgumentType]
    assert mask.shape == (128, 128)
    assert mask[8:-8, 8:56].min() > 230 and mask[8:-8, 72:-8].max() < 25  # the square's grey is near


def test_answers_are_kept(teacher: Path, photo_folder: Path, tmp_path: Path, lessons: PersonLessons) -> None:
    class Mute:
        def groups(self, photo: np.ndarray) -> np.ndarray:
            raise AssertionError("asked again")

    paths, kept = tuple(sorted(photo_folder.glob("*.png")))[:3], tmp_path / "run" / "lessons.npz"
    PersonLessons(paths, Teacher(teacher), "teacher", kept)
    again = PersonLessons(paths, Mute(), "teacher", kept)  # pyright: ignore[reportArgumentType]
    np.testing.assert_array_equal(again.masks, lessons.masks)


def test_lessons_are_a_function_of_the_step(lessons: PersonLessons) -> None:
    for step in range(4):
        pixels, masks = lessons.batch(step, 2)
        assert pixels.shape[:2] == (2, 3) and masks.shape == (2, 1, *(side // 4 for side in pixels.shape[2:]))
        assert pixels.dtype == masks.dtype == np.float32 and masks.min() >= 0 and masks.max() <= 1
        np.testing.assert_array_equal(lessons.batch(step, 2)[0], pixels)


def test_a_stopped_distillation_goes_on_and_ends_in_a_net(
    teacher: Path, lessons: PersonLessons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_lessons, "SIDES", ((64, 96), (96, 64), (64, 64)))
    whole = taught(PersonLearner(RECIPE, teacher, lessons, lessons), RunFolder(tmp_path / "whole"))

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.done == 1:
            raise KeyboardInterrupt

    folder = RunFolder(tmp_path / "broken")
    with pytest.raises(KeyboardInterrupt):
        TrainingRun(PersonLearner(RECIPE, teacher, lessons, lessons), folder).train(stop)
    net = taught(PersonLearner(RECIPE, teacher, lessons, lessons), folder)
    for name, value in whole.state_dict().items():
        assert torch.equal(net.state_dict()[name], value), name
    assert 0 <= person_iou(net, lessons) <= 1
    export_person_net(net, tmp_path / "persons.onnx", {"steps": 3})
    finder = RegionFinder(tmp_path / "persons.onnx", 1, PERSON_GROUPS)
    photo = np.random.default_rng(1).integers(0, 256, (192, 256, 3), dtype=np.uint8)
    got = finder.found(photo)[None]
    with torch.no_grad():
        wanted = PersonGraph(net.eval())(torch.from_numpy(photo[None])).numpy()
    assert got.shape == wanted.shape == (1, 48, 64, 2)
    assert np.abs(got.astype(int) - wanted.astype(int)).max() <= 2  # weights in half precision
