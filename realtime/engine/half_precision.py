"""Style models computed in float16: half the memory to move, and the tensor cores of NVIDIA GPUs."""

import onnx

# Statistics of a whole picture: sums and squares that float16 cannot hold
STATISTICS = frozenset({
    "InstanceNormalization", "GroupNormalization", "LayerNormalization", "MeanVarianceNormalization",
    "LpNormalization", "GlobalAveragePool", "ReduceMean", "ReduceSum", "ReduceSumSquare", "ReduceL2",
})  # fmt: skip


def bears_half(model: onnx.ModelProto) -> bool:
    """Whether float16 holds what the model computes, as far as its graph tells: no statistics of pictures."""
    return not any(node.op_type in STATISTICS for node in model.graph.node)


def in_half_precision(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, computing in float16; its inputs and outputs keep their types.

    uint8 levels need no care: float16 holds 0..255.5 with a step of 0.125 or less, so that clipping, adding
    one half and casting round as they do in float32.
    """
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(model, keep_io_types=True)
