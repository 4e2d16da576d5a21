"""Instance norms with the statistics of a clip."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from livebrush.converters.foreign.converting import converted
from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.precision.fixed_norms import with_fixed_norms
from livebrush.converters.rewriting import painter
from livebrush.converters.running import session
from livebrush.models.errors import LivebrushError
from tests.converters.foreign.foreign_nets import candy, several_styles

SIZE = (64, 64)
PHOTO = known_picture(SIZE)


def net(tmp_path: Path, write=candy) -> onnx.ModelProto:
    write(tmp_path / "net.onnx")
    return converted([tmp_path / "net.onnx"], None, (None, None, None), SIZE).model


def operators(model: onnx.ModelProto) -> set[str]:
    return {node.op_type for node in model.graph.node}


def test_on_frames_that_are_alike_the_painting_stays(tmp_path: Path) -> None:
    model = net(tmp_path)
    fixed, said = with_fixed_norms(model, [PHOTO, PHOTO, PHOTO], {}, force=False)
    assert said.startswith("6 fixed") and "InstanceNormalization" not in operators(fixed)
    paintings = [painter(session(one, "net"), {})(PHOTO).astype(int) for one in (model, fixed)]
    assert np.abs(paintings[0] - paintings[1]).max() <= 1


def test_where_it_shows_they_stay_unless_forced(tmp_path: Path) -> None:
    model = net(tmp_path)
    frames = [PHOTO, np.zeros_like(PHOTO) + np.uint8(3)]
    same, said = with_fixed_norms(model, frames, {}, force=False)
    assert same is model and "they stay" in said
    assert "InstanceNormalization" not in operators(with_fixed_norms(model, frames, {}, force=True)[0])


def test_norms_of_several_styles_stay(tmp_path: Path) -> None:
    model = net(tmp_path, several_styles)
    weights = {"style": np.array([1, 0, 0], np.float32)}
    assert with_fixed_norms(model, [PHOTO, PHOTO], weights, force=False) == (model, "there are none")


def test_one_frame_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(LivebrushError, match="two frames or more"):
        with_fixed_norms(net(tmp_path), [PHOTO], {}, force=False)
