"""What the constants at both ends of a foreign net's graph tell: which values it takes and gives, and their order."""

import numpy as np
from onnx import NodeProto

from livebrush.converters.foreign.ends import Ends
from livebrush.converters.foreign.ranges import CAFFE_MEAN, IMAGENET, RANGES, Range
from livebrush.converters.graph_edit import GraphEdit

Steps = list[tuple[str, np.ndarray]]
"""operators, and the constants that they work by"""
Affine = tuple[np.ndarray, np.ndarray]
"""factor and offset, of one value or one for each channel"""
_LONGEST_CHAIN = 6
_LEVELS = np.array([[0.0], [255.0]])


def range_taken(edit: GraphEdit, picture: str) -> Range | None:
    """By what is done to the picture before the first layer; None where that tells nothing."""
    steps = _first_steps(edit, picture)
    return _range_without(_affine(steps), inside_first=False) or _by_own_means(steps)


def range_given(edit: GraphEdit, output: str) -> Range | None:
    """By what is done after the last layer; None where that tells nothing."""
    return _range_without(_affine(_last_steps(edit, output)), inside_first=True)


def last_function(edit: GraphEdit, output: str) -> str:
    """The operator that a net ends with, or "" for one that does not work value by value."""
    last = _last_nodes(edit, output)
    return last[0][0] if last else ""


def blue_first_by_means(edit: GraphEdit, ends: Ends) -> bool | None:
    """By the order of the classifiers' means that are added to a picture, or taken from it; None where none are."""
    for _, values in (*_first_steps(edit, ends.picture), *_last_nodes(edit, ends.output)):
        if values is None or values.size != 3:
            continue
        three = np.abs(values.ravel())
        for mean, bgr in ((CAFFE_MEAN, True), (IMAGENET[0], False)):
            if np.allclose(three, mean, rtol=0.01):
                return bgr
            if np.allclose(three, mean[::-1], rtol=0.01):
                return not bgr
    return None


def _first_steps(edit: GraphEdit, picture: str) -> Steps:
    """What is done to the picture, by constants, before the first layer: operator and values."""
    found: Steps = []
    name = picture
    for _ in range(_LONGEST_CHAIN):
        user = edit.only_user(name)
        if user is None or user.op_type not in ("Add", "Sub", "Mul", "Div", "Pad", "Transpose", "Cast"):
            break
        values = [
            constant
            for other in user.input
            if other != name and (constant := edit.constant(other)) is not None
        ]
        if user.op_type in ("Sub", "Div") and user.input[0] != name:
            break  # a constant less the picture, or by it
        if user.op_type in ("Add", "Sub", "Mul", "Div") and values:
            found.append((user.op_type, np.asarray(values[0], np.float64)))
        name = user.output[0]
    return found


def _last_nodes(edit: GraphEdit, output: str) -> list[tuple[str, np.ndarray | None]]:
    """The last nodes of a net that work value by value, from the end on: operator and constant."""
    found: list[tuple[str, np.ndarray | None]] = []
    maker = edit.maker(output)
    while maker is not None and len(found) < _LONGEST_CHAIN:
        constants = [value for name in maker.input if (value := edit.constant(name)) is not None]
        if maker.op_type not in ("Add", "Sub", "Mul", "Div", "Clip", "Transpose", "Tanh", "Sigmoid"):
            break
        found.append((maker.op_type, constants[0] if constants else None))
        maker = edit.maker(_computed(edit, maker))
    return found


def _computed(edit: GraphEdit, maker: NodeProto) -> str:
    """The input of a node that is no constant."""
    return next((name for name in maker.input if name and edit.constant(name) is None), "")


def _affine(steps: Steps) -> Affine | None:
    """What steps by constants do together; None where they do nothing, or not by channels."""
    factor, offset = np.ones(1), np.zeros(1)
    for operator, constant in steps:
        values = np.asarray(constant, np.float64).ravel()
        if values.size not in (1, 3) or (operator == "Div" and not values.all()):
            return None
        if operator in ("Mul", "Div"):
            by = values if operator == "Mul" else 1 / values
            factor, offset = factor * by, offset * by
        else:
            offset = offset + (values if operator == "Add" else -values)
    return None if np.allclose(factor, 1) and np.allclose(offset, 0) else (factor, offset)


def _last_steps(edit: GraphEdit, output: str) -> Steps:
    """Of a net, in their order; a clip among them changes no range."""
    steps: Steps = []
    for operator, constant in _last_nodes(edit, output):
        if operator in ("Add", "Sub", "Mul", "Div") and constant is not None:
            steps.append((operator, constant))
        elif operator not in ("Clip", "Transpose"):
            break
    return steps[::-1]


def _range_without(steps: Affine | None, inside_first: bool) -> Range | None:
    """The range at a net's end that steps by constants bring to, or come to from, one that nets work with.

    inside_first: whether the steps lead out
    """
    if steps is None:
        return None
    factor, offset = steps
    for outer in RANGES.values():
        for inner in RANGES.values():
            if inner is outer:
                continue  # steps that are next to nothing for one range are much for another
            begin, end = (inner, outer) if inside_first else (outer, inner)
            for order in (1, -1):  # of the channels: which one it is, the means themselves tell
                come = _values(begin, order) * factor + offset
                wanted = _values(end, order)
                if np.all(np.abs(come - wanted) < 0.01 * np.ptp(wanted, 0)):
                    return outer
    return None


def _values(of: Range, order: int) -> np.ndarray:
    """Of black and white, (2, 3)."""
    return _LEVELS * np.array(of.factor)[::order] + np.array(of.offset)[::order]


def _by_own_means(going_in: Steps) -> Range | None:
    """By means and scales of a net's own."""
    for operator, values in going_in:
        size = float(np.abs(values).max())
        mean = float(values.mean()) if operator == "Sub" else -float(values.mean())
        if operator in ("Add", "Sub") and 90 < size < 140:
            return RANGES["0-255" if mean > 0 else "caffe"]
        if (operator == "Div" and size > 100) or (operator == "Mul" and 0 < size < 0.02):
            return RANGES["0-255"]
        if (operator in ("Add", "Sub") and 0.3 < mean < 0.6) or (operator == "Mul" and 200 < size < 300):
            return RANGES["0-1"]
    return None
