"""Weights kept in half precision, computed with in single: half the file, the same speed."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEAST_VALUES = 256  # smaller tensors are shapes, biases and constants: nothing to win

_EIGHT_BITS = ("QuantizeLinear", "DequantizeLinear")


def halve_weights(model: onnx.ModelProto) -> None:
    """Store the large float32 weights of a model as float16, each with a cast back to float32.

    ONNX Runtime does the cast once, when it loads the file. A weight keeps 11 bits, which moves a painted
    value by a fraction of an 8-bit level; the parity check of the export has the last word.
    Weights beyond float16's range stay as they are, and so does a model that computes in 8 bits: its steps may lie
    below that range, and ONNX Runtime would take weights that come from a cast for ones to be brought to 8 bits.
    """
    if any(node.op_type in _EIGHT_BITS for node in model.graph.node):
        return
    casts: list[onnx.NodeProto] = []
    for weight in model.graph.initializer:
        if weight.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weight)
        if values.size < LEAST_VALUES or np.abs(values).max() > np.finfo(np.float16).max:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [weight.name], [name], f"{name}_single", to=TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
