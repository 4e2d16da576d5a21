"""int8 by ONNX Runtime's static quantization: convolutions between QuantizeLinear and DequantizeLinear."""

import contextlib
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import onnx

from livebrush.converters.running import folded
from livebrush.models.errors import LivebrushError

if TYPE_CHECKING:
    from onnxruntime.quantization import CalibrationDataReader

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
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    with TemporaryDirectory() as folder, _quiet():
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        model = folded(model, "the net", Path(folder))  # weights kept in half precision become plain ones
        names = _quantizable(model)
        onnx.save(model, before)
        quantize_static(
            before,
            after,
            _frames(calibration, others),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,  # 7 bits of weights: products of 8 overflow on processors without VNNI
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": _PERCENTILE},
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=names,
        )
        return onnx.load(after)


def _quantizable(model: onnx.ModelProto) -> list[str]:
    """Names, given here, of the convolutions between the first and the last layers."""
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    inputs = {tensor.name: tensor.dims[1] for tensor in model.graph.initializer if len(tensor.dims) == 4}
    for number, node in enumerate(convolutions):
        node.name = f"conv_{number}"
    names = [node.name for node in convolutions[:-_KEPT_LAST] if inputs.get(node.input[1], 0) > _KEPT_INPUTS]
    if not names:
        raise LivebrushError("the net has no convolution between its first and its last", code="unsupported")
    return names


def _frames(calibration: Sequence[np.ndarray], others: Mapping[str, np.ndarray]) -> "CalibrationDataReader":
    from onnxruntime.quantization import CalibrationDataReader

    class Frames(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = iter(calibration)

        def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride]
            frame = next(self._left, None)
            return None if frame is None else {"frames": np.ascontiguousarray(frame)[None], **others}

    return Frames()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """It prints what it does, and advises to prepare the model first, which is done here.

    It does so by logging's own functions, which give the root a handler where there is none: from then on everybody's
    log, ours too, would go to the terminal.
    """
    level, handlers = logging.root.level, logging.root.handlers[:]
    logging.root.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.root.setLevel(level)
        logging.root.handlers[:] = handlers
