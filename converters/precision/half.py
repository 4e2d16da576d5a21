"""float16 throughout but for statistics of whole pictures, whose sums it cannot hold."""

import onnx

from livebrush.converters.graph_edit import copied

_IN_FLOAT32 = (
    "InstanceNormalization", "GroupNormalization", "LayerNormalization", "MeanVarianceNormalization",
    "LpNormalization", "GlobalAveragePool", "ReduceMean", "ReduceSum", "ReduceSumSquare", "ReduceL2", "Resize", "Range",
)  # fmt: skip


def in_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Inputs and outputs keep their types."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(copied(model), keep_io_types=True, op_block_list=list(_IN_FLOAT32))
