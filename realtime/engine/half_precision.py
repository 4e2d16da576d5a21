"""Style models computed in float16: half the memory to move, and the tensor cores of NVIDIA GPUs."""

import onnx

# Norms of a whole picture in one operator: sums and squares that float16 cannot hold
NORMS = frozenset({
    "InstanceNormalization", "GroupNormalization", "LayerNormalization", "MeanVarianceNormalization",
    "LpNormalization", "GlobalAveragePool",
})  # fmt: skip
STATISTICS = frozenset({"ReduceMean", "ReduceSum", "ReduceSumSquare", "ReduceL2"})
"""the same written out, which may be computed in float32 while all else is not"""
DEVIATIONS = frozenset({"Sub", "Mul", "Pow"})
"""what statistics are of"""


def bears_half(model: onnx.ModelProto) -> bool:
    """Whether float16 holds what the model computes, as far as its graph tells: no norms of pictures."""
    return not any(node.op_type in NORMS for node in model.graph.node)


def in_half_precision(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, computing in float16; its inputs and outputs keep their types, and statistics float32.

    uint8 levels need no care: float16 holds 0..255.5 with a step of 0.125 or less, so that clipping, adding
    one half and casting round as they do in float32.
    """
    from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    half = convert_float_to_float16(
        model,
        keep_io_types=True,
        op_block_list=[*DEFAULT_OP_BLOCK_LIST, *STATISTICS],
        node_block_list=_deviations(model),
    )
    # What two nodes in float32 need is cast twice under one name, and casts are at the end
    once = {node.output[0]: node for node in half.graph.node}
    del half.graph.node[:]
    half.graph.node.extend(once.values())
    OnnxModel(half).topological_sort()
    return half


def _deviations(model: onnx.ModelProto) -> list[str]:
    """The names of the nodes that compute what statistics are of."""
    made_by = {name: node for node in model.graph.node for name in node.output}
    found: dict[str, None] = {}
    waiting = [name for node in model.graph.node if node.op_type in STATISTICS for name in node.input]
    while waiting:
        node = made_by.get(waiting.pop())
        if node is not None and node.op_type in DEVIATIONS and node.name not in found:
            found[node.name] = None
            waiting += node.input
    return list(found)
