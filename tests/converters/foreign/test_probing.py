"""What is found out about a net's values by its graph and by known pictures."""

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from livebrush.converters.foreign.ends import Ends
from livebrush.converters.foreign.probing import edge_likeness, find_colours, known_picture
from livebrush.converters.foreign.ranges import CAFFE_MEAN, IMAGENET, RANGES, levels_of, values_of
from livebrush.converters.graph_edit import GraphEdit
from livebrush.models.errors import LivebrushError

SIZE = (64, 96)
ENDS = Ends("in", False, None, "out", False)
MEAN, STD = IMAGENET
Steps = list[tuple[str, Any]]


def plain_graph() -> GraphEdit:
    """One convolution: nothing in it tells anything."""
    node = helper.make_node("Conv", ["in", "w"], ["out"])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("in", "out")]
    return GraphEdit(helper.make_model(helper.make_graph([node], "g", values[:1], values[1:])))


@pytest.mark.parametrize("name", ["0-255", "0-1", "-1-1"])
def test_the_range_that_a_net_was_made_for_keeps_most_edges(name: str) -> None:
    """A net that clips and folds what is beyond its range."""

    def net(values: np.ndarray) -> np.ndarray:
        levels = levels_of(values, RANGES[name])
        painted = np.clip(levels, 0, 255) if 10 < levels.std() < 100 else np.full_like(levels, 128)
        return values_of(painted.astype(np.uint8), RANGES[name])

    found = find_colours(plain_graph(), ENDS, net, SIZE, (None, name, None))
    assert found.input.name == name and "edges kept" in found.known["input"]


@pytest.mark.parametrize("name", ["0-255", "0-1", "-1-1"])
def test_the_range_that_comes_out_is_told_by_a_painting(name: str) -> None:
    painted = values_of(known_picture(SIZE), RANGES[name])
    assert find_colours(plain_graph(), ENDS, lambda _: painted, SIZE, (None, None, None)).output.name == name


def test_values_there_and_back() -> None:
    frame = known_picture(SIZE)
    for of in RANGES.values():
        for bgr in (False, True):
            np.testing.assert_allclose(levels_of(values_of(frame, of, bgr), of, bgr), frame, atol=1e-3)


def test_blue_first_is_the_other_order_of_planes() -> None:
    frame = known_picture(SIZE)
    rgb, bgr = (values_of(frame, RANGES["0-255"], order) for order in (False, True))
    np.testing.assert_array_equal(rgb[:, ::-1], bgr)


def test_edges_of_the_same_picture_are_alike_and_of_noise_are_not() -> None:
    photo = known_picture(SIZE)
    noise = np.random.default_rng(1).integers(0, 256, photo.shape).astype(np.uint8)
    assert edge_likeness(photo, photo) == pytest.approx(1)
    assert edge_likeness(photo, 255 - photo.astype(float)) > 0.99
    assert abs(edge_likeness(photo, noise)) < 0.2
    assert edge_likeness(photo, np.full(photo.shape, 7.0)) == 0


def graph_between(first: Steps, last: Steps) -> GraphEdit:
    """A convolution between steps by constants."""
    constants = [np.asarray(value, np.float32) for _, value in (*first, *last)]
    constants = [value.reshape(-1, 1, 1) if value.size == 3 else value for value in constants]
    edges = ["in", *(f"a{n}" for n in range(len(first))), *(f"b{n}" for n in range(len(last))), "out"]
    operators = [*(operator for operator, _ in first), "Conv", *(operator for operator, _ in last)]
    inputs: list[list[str]] = [[f"c{n}"] for n in range(len(constants))]
    inputs.insert(len(first), ["w"])
    nodes = [
        helper.make_node(operator, [edges[n], *inputs[n]], [edges[n + 1]])
        for n, operator in enumerate(operators)
    ]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("in", "out")]
    weights = [numpy_helper.from_array(value, f"c{n}") for n, value in enumerate(constants)]
    return GraphEdit(helper.make_model(helper.make_graph(nodes, "g", values[:1], values[1:], weights)))


@pytest.mark.parametrize(
    ("first", "last", "ranges", "bgr"),
    [
        ([("Mul", 255)], [("Div", 255)], ("0-1", "0-1"), False),
        ([("Div", 255)], [("Mul", 255)], ("0-255", "0-255"), False),
        ([("Div", 127.5), ("Sub", 1)], [("Add", 1), ("Mul", 127.5)], ("0-255", "0-255"), False),
        ([("Mul", 2), ("Sub", 1)], [("Mul", 0.5), ("Add", 0.5)], ("0-1", "0-1"), False),
        ([("Add", 1), ("Mul", 127.5)], [("Div", 127.5), ("Sub", 1)], ("-1-1", "-1-1"), False),
        ([("Add", 0.5), ("Mul", 255)], [("Div", 255), ("Sub", 0.5)], ("-0.5-0.5", "-0.5-0.5"), False),
        ([("Sub", MEAN), ("Div", STD)], [("Mul", STD), ("Add", MEAN)], ("0-1", "0-1"), False),
        ([("Mul", STD), ("Add", MEAN)], [("Sub", MEAN), ("Div", STD)], ("imagenet", "imagenet"), False),
        ([("Div", 255), ("Sub", MEAN), ("Div", STD)], [("Mul", 255)], ("0-255", "0-255"), False),
        ([("Sub", CAFFE_MEAN)], [("Add", CAFFE_MEAN)], ("0-255", "0-255"), True),
        ([("Add", CAFFE_MEAN)], [("Sub", CAFFE_MEAN)], ("caffe", "caffe"), True),
        ([("Sub", CAFFE_MEAN[::-1])], [("Add", CAFFE_MEAN[::-1])], ("0-255", "0-255"), False),
    ],
)
def test_constants_at_both_ends_tell_ranges_and_order(
    first: Steps, last: Steps, ranges: tuple[str, str], bgr: bool
) -> None:
    """Those that make a net's values of a picture's, and those that make a picture's of a net's, are no more alike than
    a mean that is added is to one that is subtracted."""
    found = find_colours(graph_between(first, last), ENDS, lambda x: x, SIZE, (None, None, None))
    assert (found.input.name, found.output.name, found.bgr) == (*ranges, bgr)


@pytest.mark.parametrize("small", [0.001, 0.12, -0.12, -1.0])
def test_a_small_constant_at_the_end_tells_nothing(small: float) -> None:
    """Of 255 levels it is less than a hundredth, and may be half of what a net gives."""
    painted = values_of(known_picture(SIZE), RANGES["0-1"])
    edit = graph_between([], [("Add", small)])
    assert find_colours(edit, ENDS, lambda _: painted, SIZE, (None, None, None)).output.name == "0-1"


def test_a_half_taken_from_a_picture_and_given_back() -> None:
    edit = graph_between([("Sub", 0.5)], [("Add", 0.5)])
    found = find_colours(edit, ENDS, lambda x: x, SIZE, (None, None, None))
    assert (found.input.name, found.output.name) == ("0-1", "0-1")


def test_levels_less_a_mean_come_out_of_nets_that_take_them() -> None:
    painted = values_of(known_picture(SIZE), RANGES["caffe"])
    found = find_colours(plain_graph(), ENDS, lambda _: painted, SIZE, (None, None, None))
    assert (found.input.name, found.output.name, found.bgr) == ("caffe", "caffe", True)


def test_means_in_the_graph_tell_range_and_order() -> None:
    for means, bgr in (((103.939, 116.779, 123.68), True), ((123.68, 116.779, 103.939), False)):
        mean = helper.make_tensor("m", TensorProto.FLOAT, [3, 1, 1], means)
        nodes = [helper.make_node("Sub", ["in", "m"], ["a"]), helper.make_node("Conv", ["a", "w"], ["out"])]
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("in", "out")]
        edit = GraphEdit(helper.make_model(helper.make_graph(nodes, "g", values[:1], values[1:], [mean])))
        found = find_colours(edit, ENDS, lambda x: x, SIZE, (None, None, None))
        assert (found.bgr, found.input.name) == (bgr, "0-255")


@pytest.mark.parametrize(("value", "said"), [(np.nan, "no numbers"), (0.5, "in one flat colour")])
def test_a_net_that_paints_nothing_is_refused(value: float, said: str) -> None:
    with pytest.raises(LivebrushError, match=said):
        find_colours(plain_graph(), ENDS, lambda x: np.full_like(x, value), SIZE, (None, None, None))
