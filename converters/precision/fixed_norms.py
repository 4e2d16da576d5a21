"""Instance norms with the statistics of a clip instead of each frame's: they vanish into the convolutions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper

from livebrush.converters.graph_edit import GraphEdit, attributes, copied, node
from livebrush.converters.likeness import likeness
from livebrush.converters.rewriting import painter
from livebrush.converters.running import folded, session, times_ms
from livebrush.models.errors import LivebrushError

FARTHEST = 2.0
"""levels by which paintings of the clip may move on average"""


def with_fixed_norms(
    model: onnx.ModelProto, frames: Sequence[np.ndarray], others: Mapping[str, np.ndarray], *, force: bool
) -> tuple[onnx.ModelProto, str]:
    """The model without its instance norms, or as it is where that would show; and what to say of it.

    frames: of a clip; the last is judged by alone, the others give the statistics
    force:  whether to do it even where it shows
    raises: LivebrushError where there are fewer than two frames
    """
    if len(frames) < 2:
        raise LivebrushError(
            "fixed norms need two frames or more: name a clip", code="invalid", remedy="calibrate"
        )
    norms = [
        one for one in model.graph.node if one.op_type == "InstanceNormalization" and _is_plain(model, one)
    ]
    if not norms:
        return model, "there are none"
    statistics = _statistics(model, norms, frames[:-1], others)
    fixed = _fixed(model, statistics)
    before, after = session(model, "the net"), session(fixed, "the net")
    alike = likeness(painter(before, others), painter(after, others), frames[-1:])
    if alike.mean > FARTHEST and not force:
        return (
            model,
            f"they stay: with the clip's statistics, paintings would move by {alike.mean:.1f} levels on average",
        )
    feeds = {"frames": frames[-1][None], **others}
    was, now = times_ms([before, after], [feeds, feeds], runs=3)
    return fixed, f"{len(norms)} fixed to the clip's statistics ({alike}; {was:.0f} -> {now:.0f} ms)"


def _is_plain(model: onnx.ModelProto, norm: NodeProto) -> bool:
    """Whether scale and shift are constants: those of several styles are not."""
    edit = GraphEdit(model)
    return all(edit.constant(name) is not None for name in norm.input[1:])


def _statistics(
    model: onnx.ModelProto,
    norms: Sequence[NodeProto],
    frames: Sequence[np.ndarray],
    others: Mapping[str, np.ndarray],
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Output of each norm -> mean and variance of what it takes, channel by channel, over all frames."""
    told = copied(model)
    names = [norm.output[0] for norm in norms]
    axes = helper.make_tensor("axes", TensorProto.INT64, [3], [0, 2, 3])
    told.graph.initializer.append(axes)
    for norm in norms:
        x, mean, square = norm.input[0], f"{norm.output[0]}/mean", f"{norm.output[0]}/square"
        told.graph.node.extend([
            node("ReduceMean", [x, "axes"], mean, keepdims=0),
            node("Mul", [x, x], f"{square}/all"),
            node("ReduceMean", [f"{square}/all", "axes"], square, keepdims=0),
        ])  # fmt: skip
        told.graph.output.extend(
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in (mean, square)
        )
    runner = session(told, "the net")
    wanted = [f"{name}/{what}" for name in names for what in ("mean", "square")]
    runs = [runner.run(wanted, {"frames": np.ascontiguousarray(frame)[None], **others}) for frame in frames]
    means = [np.mean([np.asarray(run[index], np.float64) for run in runs], 0) for index in range(len(wanted))]
    pairs = zip(means[::2], means[1::2], strict=True)
    return {
        name: (mean, np.maximum(square - mean**2, 0))
        for name, (mean, square) in zip(names, pairs, strict=True)
    }


def _fixed(
    model: onnx.ModelProto, statistics: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> onnx.ModelProto:
    edit = GraphEdit(copied(model))
    for norm in list(edit.nodes):
        if norm.output[0] not in statistics or norm.op_type != "InstanceNormalization":
            continue
        mean, variance = statistics[norm.output[0]]
        scale, shift = (edit.constant(name) for name in norm.input[1:])
        assert scale is not None and shift is not None
        factor = scale / np.sqrt(variance + attributes(norm).get("epsilon", 1e-5))
        values = [
            edit.add_constant(array.astype(np.float32).reshape(1, -1, 1, 1), "fixed")
            for array in (factor, shift - mean * factor)
        ]
        between = edit.fresh("scaled")
        new = [
            node("Mul", [norm.input[0], values[0]], between),
            node("Add", [between, values[1]], norm.output[0]),
        ]
        edit.replace([norm], new)
    with TemporaryDirectory() as folder:
        return folded(edit.finish(), "the net", Path(folder))
