"""Constants of 8 bits as the values that they stand for."""

import numpy as np

from livebrush.converters.graph_edit import GraphEdit, attributes


def plain_constant(edit: GraphEdit, name: str) -> np.ndarray | None:
    """A constant, stored as it is or in 8 bits (a bias: 32), with one step for all or for each entry along an axis."""
    maker = edit.maker(name)
    if maker is None or maker.op_type != "DequantizeLinear":
        return edit.constant(name)
    values, step, *zeros = (edit.constant(one) for one in maker.input if one)
    zero = zeros[0] if zeros else np.zeros(1, np.int32)
    if values is None or step is None or zero is None or step.ndim > 1 or zero.size not in (1, step.size):
        return None  # computed, or in blocks
    shape = [1] * values.ndim
    if step.size > 1:
        shape[attributes(maker).get("axis", 1) % values.ndim] = -1
    step, zero = (one.reshape(shape if one.size > 1 else ()) for one in (step, zero.astype(np.int32)))
    return ((values.astype(np.int32) - zero) * step).astype(np.float32)
