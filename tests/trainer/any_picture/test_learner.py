"""The net for any picture: made of styles, trained on many pictures, exported, told a picture."""

import copy
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from livebrush.models.contract import Style, StyleMetadata, read_style_model
from livebrush.realtime.loaded_style import load
from livebrush.trainer.any_picture import learner as learning
from livebrush.trainer.any_picture.export import export_any_picture, net_of
from livebrush.trainer.any_picture.learner import AnyPictureLearner, AnyPictureRecipe, begin_with_own, made_of
from livebrush.trainer.any_picture.style_lessons import style_lessons
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.nets.mixed import MixedLive
from livebrush.trainer.runs.content_photos import scan_photos
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.run import TrainingRun


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Red stripes, blue dots, and green noise."""
    folder, random = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    stripes, dots = np.zeros((96, 110, 3), np.uint8), np.full((96, 110, 3), 235, np.uint8)
    stripes[::8], stripes[1::8] = (230, 40, 20), (250, 200, 190)
    dots[::6, ::6] = (10, 20, 200)
    dots[1::6, ::6] = (10, 20, 200)
    noise = (random.uniform(0, 1, (96, 110, 1)) * [60, 240, 30]).astype(np.uint8)
    paths = []
    for name, pixels in (("stripes", stripes), ("dots", dots), ("noise", noise)):
        paths.append(folder / f"{name}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.fixture(scope="module")
def net(pictures: list[Path]) -> MixedLive:
    network = load_loss_network(find_loss_files(("builtin",)))
    lessons = style_lessons(pictures, 64, 0, variants=6)
    torch.manual_seed(0)
    made = made_of(
        {"great_wave": pictures[0], "udnie": pictures[1]},
        network.networks[0],  # pyright: ignore[reportArgumentType]
        [lesson.tensor() for lesson in lessons] + [torch.rand(1, 3, 40, 40) for _ in range(60)],
        64,
    )
    begin_with_own(made, lessons)
    return made


def test_a_painting_begins_with_its_own_expert(net: MixedLive, pictures: list[Path]) -> None:
    for number, lesson in enumerate(style_lessons(pictures[:2], 64, 0)):
        with torch.no_grad():
            shares = net.shares(net.look(lesson.tensor()).code).softmax(1)[0]
        assert shares[number] > 0.7


def test_a_training_resumes_to_the_same_net(
    net: MixedLive, pictures: list[Path], photo_folder: Path, tmp_path: Path
) -> None:
    recipe = AnyPictureRecipe(
        images=8,
        batch=2,
        crop=64,
        margin=24,
        style_size=64,
        variants=1,
        learning_rate=1e-3,
        precision="float32",
    )
    photos = scan_photos(photo_folder, recipe.crop, frozenset())
    lessons = style_lessons(pictures, recipe.style_size, recipe.seed, recipe.variants)
    exam = [lessons[2].tensor()]

    def run(name: str) -> tuple[AnyPictureLearner, TrainingRun]:
        network = load_loss_network(find_loss_files(("builtin",)))
        learner = AnyPictureLearner(
            recipe, copy.deepcopy(net), lessons, exam, photos, photos, network, len(pictures)
        )
        return learner, TrainingRun(learner, RunFolder(tmp_path / name, 2))

    whole, first = run("whole")
    first.train(lambda event: None)
    assert not torch.equal(whole.net.experts["paint_weight"], net.experts["paint_weight"])
    assert (tmp_path / "whole" / "preview_000004.png").is_file()
    _, second = run("part")

    def stop(event: object) -> None:
        if second.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        second.train(stop)
    resumed, third = run("part")
    third.resume()
    third.train(lambda event: None)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name
    again = net_of(tmp_path / "whole" / "last.safetensors")
    assert torch.equal(again.experts["paint_weight"], whole.net.experts["paint_weight"])


def test_the_exported_net_paints_as_torch_does(net: MixedLive, pictures: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "any.onnx"
    metadata = StyleMetadata("painting", "any_picture", net.multiple, 24, (Style("any"),))
    export_any_picture(net.eval(), metadata, path)
    assert read_style_model(path).takes_picture
    assert max(t.data_type for t in onnx.load(path).graph.initializer) == onnx.TensorProto.FLOAT16
    frame = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    styled = load(f"{path}:{pictures[2]}", "cpu")
    whole = styled.engine.pad(frame)
    with torch.no_grad():
        look = net.look(style_lessons([pictures[2]], 96, 0)[0].tensor())
        painted = net.after(look).eval()(torch.from_numpy(whole.transpose(2, 0, 1)[None].copy()) / 255)
    expected = painted[0].permute(1, 2, 0).mul(255).round().numpy()[24:88, 24:120]
    off = np.abs(expected - styled(frame))
    assert (off <= 2).mean() > 0.98


def test_the_learner_is_a_command() -> None:
    from click.testing import CliRunner

    told = CliRunner().invoke(learning.main, ["--help"]).output
    assert "--judged-by" in told and "--start-from" in told
