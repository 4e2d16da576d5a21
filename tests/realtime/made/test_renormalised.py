"""Mixed nets keep the contrast of what they were mixed of."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import StyleModel
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.made import blend as blending
from livebrush.realtime.made.renormalised import LARGEST_FACTOR, _corrections, _statistics, renormalised

PHOTO = Path(__file__).parents[3] / "examples" / "photos" / "tower.jpg"
FAR_APART = ("contrast_of_forms", "metzinger")


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    with Image.open(PHOTO) as picture:
        return np.asarray(picture.convert("RGB").resize((320, 240), Image.Resampling.LANCZOS))


def mixture(*named: str) -> StyleModel:
    parts = [((choice := find_style(name)).model, choice.style, 1 / len(named)) for name in named]
    made = blending.blend_at_the_cost_of_one(parts, "mixture")
    assert made
    return made


def painted(choice: Choice, photo: np.ndarray) -> np.ndarray:
    return LoadedStyle(choice, "cpu", threads=1)(photo).astype(int)


def test_a_mixture_has_the_contrast_that_lies_between(
    photo: np.ndarray, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ends = [painted(find_style(name), photo) for name in FAR_APART]
    between = np.mean([end.std() for end in ends])
    assert painted(Choice(mixture(*FAR_APART)), photo).std() == pytest.approx(between, rel=0.1)
    monkeypatch.setenv("LIVEBRUSH_HOME", str(tmp_path / "anew"))  # nothing is kept there
    monkeypatch.setattr(blending, "renormalised", lambda mixed, *_: mixed)
    assert painted(Choice(mixture(*FAR_APART)), photo).std() < 0.8 * between  # what this is for


def test_a_net_mixed_with_itself_paints_as_ever(photo: np.ndarray) -> None:
    mixed = painted(Choice(mixture("starry_night", "starry_night")), photo)
    assert np.abs(mixed - painted(find_style("starry_night"), photo)).max() <= 1


def graph(*named: str) -> tuple[onnx.ModelProto, list[onnx.ModelProto]]:
    """A mixture in equal parts as it is without this, and its nets, by the same names."""
    caught: list[tuple[onnx.ModelProto, list[onnx.ModelProto]]] = []

    def catch(mixed: onnx.ModelProto, nets: list[onnx.ModelProto], _: object) -> onnx.ModelProto:
        caught.append((mixed, nets))
        return mixed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blending, "renormalised", catch)
        mixture(*named)
    return caught[0]


def test_each_convolution_has_the_statistics_that_lie_between() -> None:
    mixed, nets = graph("udnie", "noon")
    of_nets = [_statistics(net) for net in nets]
    before, after = _statistics(mixed), _statistics(renormalised(mixed, nets, [0.5, 0.5]))
    biased = {node.output[0] for node in mixed.graph.node if node.op_type == "Conv" and len(node.input) > 2}
    between = {
        name: (np.mean([of[name][0] for of in of_nets], 0), np.mean([of[name][1] for of in of_nets], 0))
        for name in after
    }
    factors = _corrections(mixed, between)
    collapsed = 0
    for name, (means, deviations) in after.items():
        middle, wanted = between[name]
        reached = np.abs(np.log(factors[name][1])) < 0.99 * np.log(LARGEST_FACTOR)
        assert reached.mean() > 0.5, name
        np.testing.assert_allclose(deviations[reached], wanted[reached], rtol=0.02)
        if name in biased:
            np.testing.assert_allclose(means, middle, atol=0.02 * np.abs(middle).max())
        collapsed += int((before[name][1] < 0.8 * wanted).sum())
    assert collapsed > 50  # channels


def test_no_pixel_of_a_block_becomes_brighter_than_the_others() -> None:
    """The last layer paints blocks of 2x2 pixels: a grid of period 2 would lie over flat places."""
    mixed = renormalised(*graph("great_wave", "minotaur"), [0.5, 0.5])
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in mixed.graph.initializer}
    last = [node for node in mixed.graph.node if node.op_type == "Conv"][-1]
    weight, bias = (constants[name] for name in last.input[1:])
    for of_pixels in (weight.sum((2, 3)).reshape(4, 3, -1), bias.reshape(4, 3)):
        np.testing.assert_allclose(of_pixels, np.broadcast_to(of_pixels[0], of_pixels.shape), atol=5e-4)


def test_a_mixture_that_is_kept_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = mixture("udnie", "noon")

    def again(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(blending, "_of_weights", again)
    assert mixture("udnie", "noon").path == first.path


def test_a_net_of_halves_is_left_as_it_is() -> None:
    mixed, nets = graph("udnie", "noon")
    for net in (mixed, *nets):
        for tensor in net.graph.initializer:
            if len(tensor.dims) == 4:
                halves = onnx.numpy_helper.to_array(tensor).astype(np.float16)
                tensor.CopyFrom(onnx.numpy_helper.from_array(halves, tensor.name))
    assert renormalised(mixed, nets, [0.5, 0.5]) is mixed


def test_a_net_that_takes_more_than_frames_is_left_as_it_is() -> None:
    mixed, nets = graph("udnie", "noon")
    mixed.graph.input.append(onnx.helper.make_tensor_value_info("masks", onnx.TensorProto.UINT8, None))
    assert renormalised(mixed, nets, [0.5, 0.5]) is mixed
