"""What is the same for every frame becomes constants of a model, with all that is computed of it alone."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import NodeProto, numpy_helper

from livebrush.realtime.engine.provider import reason


class FoldingFailed(Exception):
    """What is computed of the fixed inputs cannot be; the message says why."""


def folded(model: onnx.ModelProto, fixed: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """The model without these inputs, their values built in: a frame costs nothing for them any more.

    A net whose weights are computed of a picture becomes one with weights like any other, which run times
    run fastest.

    fixed:  input -> value
    raises: FoldingFailed
    """
    graph = model.graph
    known = {*fixed, *(tensor.name for tensor in graph.initializer)}
    early: list[NodeProto] = []
    late: list[NodeProto] = []
    for node in graph.node:
        if all(name in known for name in inputs_of(node)):
            early.append(node)
            known.update(node.output)
        else:
            late.append(node)
    needed = {name for node in late for name in inputs_of(node)} | {value.name for value in graph.output}
    computed = [name for node in early for name in node.output if name in needed]
    values = {name: value for name, value in fixed.items() if name in needed}
    values |= dict(zip(computed, _run(model, early, computed, fixed), strict=True))
    result = onnx.ModelProto()
    result.CopyFrom(model)
    del result.graph.node[:], result.graph.initializer[:], result.graph.input[:], result.graph.value_info[:]
    result.graph.node.extend(late)
    result.graph.initializer.extend(t for t in graph.initializer if t.name in needed)
    result.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in values.items())
    result.graph.input.extend(value for value in graph.input if value.name not in fixed)
    return result


def _run(
    model: onnx.ModelProto,
    nodes: Sequence[NodeProto],
    outputs: Sequence[str],
    feeds: Mapping[str, np.ndarray],
) -> list[np.ndarray]:
    import onnxruntime as ort

    if not outputs:
        return []
    used = {name for node in nodes for name in inputs_of(node)}
    part = onnx.ModelProto()
    part.CopyFrom(model)
    del part.graph.node[:], part.graph.initializer[:], part.graph.input[:], part.graph.output[:]
    del part.graph.value_info[:]
    part.graph.node.extend(nodes)
    part.graph.initializer.extend(t for t in model.graph.initializer if t.name in used)
    part.graph.input.extend(
        value for value in model.graph.input if value.name in feeds and value.name in used
    )
    part.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(part.SerializeToString(), options, providers=["CPUExecutionProvider"])
        given = {value.name: np.ascontiguousarray(feeds[value.name]) for value in session.get_inputs()}
        return [np.asarray(value) for value in session.run(list(outputs), given)]
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise FoldingFailed(reason(error)) from error


def inputs_of(node: NodeProto) -> list[str]:
    """Everything that a node needs, what its branches need of the graph around them included."""
    names = [name for name in node.input if name]
    for attribute in node.attribute:
        for branch in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
            own = {output for inner in branch.node for output in inner.output}
            own |= {tensor.name for tensor in branch.initializer} | {value.name for value in branch.input}
            names += [name for inner in branch.node for name in inputs_of(inner) if name not in own]
            names += [value.name for value in branch.output if value.name not in own]
    return names
