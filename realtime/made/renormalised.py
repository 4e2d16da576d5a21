"""Mixed nets that keep the contrast of what they were mixed of.

What a layer puts out varies less in a net of mean weights than in either net that it lies between, the more so the
deeper it lies, until colours are grey and strokes faint. Each convolution is given back the deviations that lie
between those of the nets, and the means, too, where it has biases. The net's structure stays: trainings start from it.

source: Jordan et al. 2022, REPAIR: Renormalizing Permuted Activations for Interpolation Repair
"""

import copy
import functools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.provider import create_session, session_options

SIDE = 256
"""pixels of the picture that statistics are taken of: a multiple of all that nets ask for"""
DISCS, RADII = 1500, (4, 96)
"""in it: how many, and the smallest and the largest radius, pixels"""
COLOURS = 3
LARGEST_FACTOR = 6.0
"""by which a channel is made to vary more or less"""

Statistics = dict[str, tuple[np.ndarray, np.ndarray]]
"""mean and deviation of each channel, (C,) float32 each, by the name of a convolution's output"""


def renormalised(
    mixed: onnx.ModelProto, nets: Sequence[onnx.ModelProto], shares: Sequence[float]
) -> onnx.ModelProto:
    """A net of mixed weights whose convolutions put out what lies between those of the nets, see above.

    nets, shares: what it was mixed of, with the same names for the same things; shares sum to 1
    returns:      the net itself where it takes more than frames, or has no convolutions by constants in float32
    """
    if not _weighted(mixed) or [value.name for value in mixed.graph.input] != ["frames"]:
        return mixed
    of_nets = [_statistics(net) for net in nets]
    wanted = {
        name: (
            _between([of_net[name][0] for of_net in of_nets], shares),
            _between([of_net[name][1] for of_net in of_nets], shares),
        )
        for name in of_nets[0]
    }
    return _with(mixed, wanted, _corrections(mixed, wanted))


def _between(values: Sequence[np.ndarray], shares: Sequence[float]) -> np.ndarray:
    return np.asarray(np.tensordot(np.asarray(shares), np.stack(values), 1), np.float32)


def _statistics(net: onnx.ModelProto) -> Statistics:
    watched, names = copy.deepcopy(net), _weighted(net)
    nodes: list[NodeProto] = []
    for node in watched.graph.node:
        nodes.append(node)
        if node.output[0] in names:
            nodes += _measured(node.output[0], node.output[0])
    return _run(watched, nodes, names, "deviation")


def _corrections(mixed: onnx.ModelProto, wanted: Statistics) -> Statistics:
    """The mean that each convolution has once all before it are corrected, and the factor of its deviation."""
    watched = copy.deepcopy(mixed)
    graph = watched.graph
    for name, value in (("most", LARGEST_FACTOR), ("least", 1 / LARGEST_FACTOR)):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), f"{name}/factor"))
    nodes: list[NodeProto] = []
    for node in graph.node:
        nodes.append(node)
        name = node.output[0]
        if name not in wanted:
            continue
        node.output[0] = f"{name}/raw"
        for kind, values in zip(("mean", "deviation"), wanted[name], strict=True):
            graph.initializer.append(
                numpy_helper.from_array(values.reshape(1, -1, 1, 1), f"{name}/wanted_{kind}")
            )
        nodes += _measured(f"{name}/raw", name)
        nodes += [
            helper.make_node("Div", [f"{name}/wanted_deviation", f"{name}/deviation"], [f"{name}/times"]),
            helper.make_node("Min", [f"{name}/times", "most/factor"], [f"{name}/at_most"]),
            helper.make_node("Max", [f"{name}/at_most", "least/factor"], [f"{name}/factor"]),
        ]
        if len(node.input) > 2:
            nodes += [
                helper.make_node("Mul", [f"{name}/centred", f"{name}/factor"], [f"{name}/spread"]),
                helper.make_node("Add", [f"{name}/spread", f"{name}/wanted_mean"], [name]),
            ]
        else:  # a norm takes the mean away, or most of it
            nodes.append(helper.make_node("Mul", [f"{name}/raw", f"{name}/factor"], [name]))
    return _run(watched, nodes, list(wanted), "factor")


def _with(mixed: onnx.ModelProto, wanted: Statistics, corrections: Statistics) -> onnx.ModelProto:
    """The corrections in weights and biases."""
    result = copy.deepcopy(mixed)
    constants = {tensor.name: tensor for tensor in result.graph.initializer}
    last = list(wanted)[-1]
    for node in result.graph.node:
        name = node.output[0]
        if name not in wanted:
            continue
        (mean, factor), wanted_mean = corrections[name], wanted[name][0]
        if name == last:
            mean, factor, wanted_mean = map(_alike_in_blocks, (mean, factor, wanted_mean))
        constants[node.input[1]].CopyFrom(_scaled(constants[node.input[1]], factor.reshape(-1, 1, 1, 1)))
        if len(node.input) > 2:
            shift = wanted_mean - factor * mean
            constants[node.input[2]].CopyFrom(_scaled(constants[node.input[2]], factor, shift))
    return result


def _alike_in_blocks(values: np.ndarray) -> np.ndarray:
    """Of a last layer that paints blocks of pixels, the colours of one after those of another: the same for each pixel,
    or a grid would lie over flat places.
    """
    if len(values) % COLOURS:
        return values
    return np.tile(values.reshape(-1, COLOURS).mean(0), len(values) // COLOURS)


def _scaled(
    tensor: onnx.TensorProto, factor: np.ndarray, shift: np.ndarray | float = 0.0
) -> onnx.TensorProto:
    return numpy_helper.from_array(
        np.asarray(factor * numpy_helper.to_array(tensor) + shift, np.float32), tensor.name
    )


def _weighted(net: onnx.ModelProto) -> list[str]:
    """The outputs of its convolutions by constants."""
    constants = {tensor.name for tensor in net.graph.initializer if tensor.data_type == TensorProto.FLOAT}
    return [
        node.output[0]
        for node in net.graph.node
        if node.op_type == "Conv" and constants.issuperset(node.input[1:])
    ]


def _measured(values: str, name: str) -> list[NodeProto]:
    """What computes name/mean, name/centred and name/deviation of the values, by operators of all versions."""
    return [
        helper.make_node("GlobalAveragePool", [values], [f"{name}/mean"]),
        helper.make_node("Sub", [values, f"{name}/mean"], [f"{name}/centred"]),
        helper.make_node("Mul", [f"{name}/centred", f"{name}/centred"], [f"{name}/squares"]),
        helper.make_node("GlobalAveragePool", [f"{name}/squares"], [f"{name}/variance"]),
        helper.make_node("Add", [f"{name}/variance", "least/variance"], [f"{name}/above_0"]),
        helper.make_node("Sqrt", [f"{name}/above_0"], [f"{name}/deviation"]),
    ]


def _run(net: onnx.ModelProto, nodes: Sequence[NodeProto], names: Sequence[str], second: str) -> Statistics:
    """Paint the picture, and return name/mean and name/second of each name."""
    graph = net.graph
    graph.initializer.append(numpy_helper.from_array(np.array(1e-8, np.float32), "least/variance"))
    del graph.node[:]
    graph.node.extend(nodes)
    asked = [f"{name}/{kind}" for name in names for kind in ("mean", second)]
    graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in asked)
    session = create_session(net.SerializeToString(), "a mixture", session_options(usable_cores()))
    found: Any = session.run(asked, {"frames": _picture()[None]})
    flat = [values.ravel() for values in found]
    return dict(zip(names, zip(flat[::2], flat[1::2], strict=True), strict=True))


@functools.cache
def _picture() -> np.ndarray:
    """Discs of all sizes before each other, about the colours of photos, (SIDE, SIDE, 3) uint8: edges and flat places,
    as photos have them, which noise of their spectrum has not.

    source: Lee, Mumford and Huang 2001, dead leaves: numbers fall with the third power of the radius
    """
    random = np.random.default_rng(0)
    picture = np.zeros((SIDE, SIDE, 3), np.float32)
    smallest, largest = RADII
    for _ in range(DISCS):
        radius = smallest / np.sqrt(random.uniform((smallest / largest) ** 2, 1))
        colour = random.normal() + 0.4 * random.normal(size=3)
        place = random.integers(SIDE, size=2).tolist()
        cv2.circle(picture, place, round(float(radius)), colour.tolist(), cv2.FILLED)
    return np.clip(118 + 56 * picture / picture.std(), 0, 255).astype(np.uint8)
