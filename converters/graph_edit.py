"""An ONNX graph that is being changed: who makes and who uses a value, and nodes put in place of others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnx.shape_inference
from onnx import AttributeProto, NodeProto, helper, numpy_helper


class GraphEdit:
    """Changes a model in place; call `finish` at the end."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.nodes: list[NodeProto] = list(model.graph.node)
        self._constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self._fresh = 0
        self._index()

    def _index(self) -> None:
        self._makers = {output: node for node in self.nodes for output in node.output if output}
        self._users: dict[str, list[NodeProto]] = {}
        for node in self.nodes:
            for name in node.input:
                self._users.setdefault(name, []).append(node)
        self.outputs = {value.name for value in self.model.graph.output}

    def maker(self, name: str) -> NodeProto | None:
        """The node that makes a value; None for inputs and constants."""
        return self._makers.get(name)

    def users(self, name: str) -> list[NodeProto]:
        return self._users.get(name, [])

    def only_user(self, name: str) -> NodeProto | None:
        """The node that alone uses a value, and the graph does not give it out."""
        users = self.users(name)
        return users[0] if len(users) == 1 and name not in self.outputs else None

    def constant(self, name: str) -> np.ndarray | None:
        """The values of a constant; None for what is computed, or comes in."""
        if name in self._constants:
            return numpy_helper.to_array(self._constants[name])
        node = self.maker(name)
        if node is None or node.op_type != "Constant":
            return None
        value = attributes(node)
        if "value" in value:
            return numpy_helper.to_array(value["value"])
        kinds = {
            "value_float": np.float32,
            "value_floats": np.float32,
            "value_int": np.int64,
            "value_ints": np.int64,
        }
        return next((np.asarray(value[key], dtype) for key, dtype in kinds.items() if key in value), None)

    def add_constant(self, values: Any, hint: str) -> str:
        """Its name."""
        name = self.fresh(hint)
        tensor = numpy_helper.from_array(np.ascontiguousarray(values), name)
        self.model.graph.initializer.append(tensor)
        self._constants[name] = tensor
        return name

    def fresh(self, hint: str) -> str:
        """A name that nothing has yet."""
        while True:
            self._fresh += 1
            name = f"{hint}_{self._fresh}"
            if name not in self._makers and name not in self._constants and name not in self._users:
                return name

    def replace(self, old: Sequence[NodeProto], new: Iterable[NodeProto]) -> None:
        """New nodes in the place of old ones, at the last of them."""
        new = list(new)
        at = max(index for index, node in enumerate(self.nodes) if any(node is one for one in old))
        before = [node for node in self.nodes[: at + 1] if not any(node is one for one in old)]
        self.nodes = [*before, *new, *self.nodes[at + 1 :]]
        self._index()

    def finish(self) -> onnx.ModelProto:
        """Writes the nodes back, without those and those constants that nothing needs."""
        needed = set(self.outputs)
        kept: list[NodeProto] = []
        for node in reversed(self.nodes):
            if needed & set(node.output):
                kept.append(node)
                needed |= {name for name in node.input if name} | _used_inside(node)
        graph = self.model.graph
        del graph.node[:]
        graph.node.extend(reversed(kept))
        constants = [tensor for tensor in graph.initializer if tensor.name in needed]
        del graph.initializer[:]
        graph.initializer.extend(constants)
        del graph.value_info[:]
        return self.model


def attributes(node: NodeProto) -> dict[str, Any]:
    """Of a node, by name; texts as str."""
    found: dict[str, Any] = {}
    for attribute in node.attribute:
        value = helper.get_attribute_value(attribute)
        found[attribute.name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found


def copied(model: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


def with_shapes(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy that tells the shapes of what is made inside, as far as they follow from what comes in.

    Of a damaged graph it is the model itself: whoever runs it says what is wrong with it.
    """
    try:
        return onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # RuntimeError, ValueError and its own
        return model


def node(operator: str, inputs: Sequence[str], output: str, **values: Any) -> NodeProto:
    """A node of one output."""
    return helper.make_node(operator, list(inputs), [output], **values)


def _used_inside(one: NodeProto) -> set[str]:
    """What the bodies of loops and branches use of the graph around them."""
    bodies = [a.g for a in one.attribute if a.type == AttributeProto.GRAPH]
    return {
        name
        for body in bodies
        for inner in body.node
        for name in (*inner.input, *_used_inside(inner))
        if name
    }


def sizes_of(
    convolution: Mapping[str, Any], kernel: Sequence[int]
) -> tuple[list[int], list[int], list[int], int]:
    """Strides, pads (top, left, bottom, right), dilations and groups of a convolution, with ONNX's defaults."""
    rank = len(kernel)
    strides = list(convolution.get("strides", [1] * rank))
    dilations = list(convolution.get("dilations", [1] * rank))
    pads = list(convolution.get("pads", [0] * 2 * rank))
    return strides, pads, dilations, int(convolution.get("group", 1))
