"""int8 by ONNX Runtime's static quantization: convolutions between QuantizeLinear and DequantizeLinear."""

import contextlib
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx

from livebrush.converters.running import folded
from livebrush.models.errors import LivebrushError

_KEPT_LAST = 2
"""convolutions at the end that stay as they are: what they lose is seen"""
_KEPT_INPUTS = 4
"""channels: convolutions of so few see the picture itself, and stay as well"""
_PERCENTILE = 99.99
"""of the values of a layer that 256 steps are laid over; the few beyond are clipped"""


def in_eight_bits(
    model: onnx.ModelProto, calibration: Sequence[np.ndarray], others: Mapping[str, np.ndarray]
) -> onnx.ModelProto:
    """calibration: frames, (H, W, 3) uint8, whose values the ranges are taken from

    raises: LivebrushError where the model has no convolution to quantize
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    with TemporaryDirectory() as folder:
        model = folded(
            model, "the net", Path(folder)
        )  # weights that are kept in half precision become plain ones
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    shapes = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    inner = [
        one
        for one in convolutions[:-_KEPT_LAST]
        if one.input[1] in shapes and shapes[one.input[1]][1] > _KEPT_INPUTS
    ]
    if not inner:
        raise LivebrushError("the net has no convolution between its first and its last", code="unsupported")
    for number, node in enumerate(convolutions):
        node.name = f"conv_{number}"

    class Frames(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = iter(calibration)

        def get_next(self):
            frame = next(self._left, None)
            return None if frame is None else {"frames": np.ascontiguousarray(frame)[None], **others}

    with TemporaryDirectory() as folder, _quiet():
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        onnx.save(model, before)
        quantize_static(
            before,
            after,
            Frames(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,  # 7 bits of weights: products of 8 overflow on processors without VNNI
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": _PERCENTILE},
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=[node.name for node in inner],
        )
        return onnx.load(after)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """It prints what it does, and advises to prepare the model first, which is done here."""
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.root.setLevel(level)
