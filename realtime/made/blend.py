"""Styles mixed like colours: nets of one origin weight by weight, at the cost of one; others picture by picture."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, compose, helper, numpy_helper

from livebrush.models.contract import Style, StyleMetadata, StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.made.folding import folded
from livebrush.realtime.made.kept import kept, sha256_of
from livebrush.realtime.made.one_of_several import graph_alone, is_faster_alone
from livebrush.realtime.made.origin import began_as_one
from livebrush.realtime.made.picture_style import with_metadata
from livebrush.realtime.made.renormalised import renormalised

Part = tuple[StyleModel, int, float]
"""a model, which of its styles, and its share of the blend"""


def blend(parts: Sequence[Part], name: str) -> StyleModel:
    """The style that lies between some: made once, and kept.

    parts:  their shares sum to 1
    raises: LivebrushError for styles that cannot be mixed
    """
    return _kept(parts, name, lambda: _blended(parts))


def blend_at_the_cost_of_one(parts: Sequence[Part], name: str) -> StyleModel | None:
    """The same for nets of one origin alone, kept apart, as there may be many; None for others."""
    if any(_unfit(model) for model, _, _ in parts):
        return None
    try:
        return _kept(parts, name, lambda: _as_one(parts), "mixtures")
    except _ApartError:
        return None


class _ApartError(Exception):
    """The nets are not of one origin."""


def _as_one(parts: Sequence[Part]) -> onnx.ModelProto:
    mixed = _of_weights(*_graphs(parts))
    if mixed is None:
        raise _ApartError
    return mixed


def _kept(
    parts: Sequence[Part], name: str, make: Callable[[], onnx.ModelProto], folder: str = "made"
) -> StyleModel:
    told = [f"{sha256_of(model.path)} {style} {share:.4f}" for model, style, share in parts]
    made_of = f"blend, renormalised by discs, kernels too, blocks alike {' '.join(told)}"
    return kept(name, made_of, lambda: with_metadata(make(), _metadata(parts, name)), folder)


def _unfit(model: StyleModel) -> set[str]:
    """Its ports that no blend can serve."""
    return {"state", "palette"} & set(model.ports)


def _blended(parts: Sequence[Part]) -> onnx.ModelProto:
    for model, _, _ in parts:
        if unfit := _unfit(model):
            raise LivebrushError(
                f"{model.name} cannot be mixed with others: it takes {', '.join(sorted(unfit))}",
                code="unsupported",
            )
    if mixed := _of_one_file(parts):
        return mixed
    graphs, shares = _graphs(parts)
    return _of_weights(graphs, shares) or _of_paintings(graphs, shares)


def _of_one_file(parts: Sequence[Part]) -> onnx.ModelProto | None:
    """A file of several styles mixes its own; None for parts of different files, and for a file that mixes kernels:
    what it paints in between is greyer than either, which `renormalised` mends."""
    first = parts[0][0]
    if "style" not in first.ports or any(model.path != first.path for model, _, _ in parts):
        return None
    if is_faster_alone(first):
        return None
    weights = np.zeros(len(first.metadata.styles), np.float32)
    for _, style, share in parts:
        weights[style] += share
    return folded(onnx.load(first.path), {"style": weights})


def _graphs(parts: Sequence[Part]) -> tuple[list[onnx.ModelProto], list[float]]:
    """Each part's own, and its share."""
    return [graph_alone(model, style) for model, style, _ in parts], [share for _, _, share in parts]


def _metadata(parts: Sequence[Part], name: str) -> StyleMetadata:
    """What holds for all of them."""
    all_of = [model.metadata for model, _, _ in parts]
    recipe = {
        f"{model.name}:{model.metadata.styles[style].name}": round(share, 4) for model, style, share in parts
    }
    return replace(
        all_of[0],
        kind="painting" if any(one.kind == "painting" for one in all_of) else "photo",
        net="+".join(dict.fromkeys(one.net for one in all_of)),
        multiple=math.lcm(*(one.multiple for one in all_of)),
        margin=max(one.margin for one in all_of),
        styles=(_credit(parts, name),),
        weights_licence="; ".join(dict.fromkeys(filter(None, (one.weights_licence for one in all_of)))),
        trained_on="",
        recipe={"blend": recipe},
        sized_by_frame=all(one.sized_by_frame for one in all_of),
    )


def _credit(parts: Sequence[Part], name: str) -> Style:
    styles = [(model.metadata.styles[style], share) for model, style, share in parts]
    title = ", ".join(f"{round(100 * share)} % {style.title or style.name}" for style, share in styles)
    artists = ", ".join(dict.fromkeys(style.artist for style, _ in styles if style.artist))
    licences = "; ".join(dict.fromkeys(style.licence for style, _ in styles if style.licence))
    return Style(name, title, artists, licence=licences)


def _of_weights(models: Sequence[onnx.ModelProto], shares: Sequence[float]) -> onnx.ModelProto | None:
    """One net of mixed weights; None where they are not one net, trained on from one beginning."""
    bare = [_bare(folded(model, {})) for model in models]
    nodes, first = bare[0]
    if any(other != nodes or constants.keys() != first.keys() for other, constants in bare[1:]):
        return None
    mixed: dict[str, np.ndarray] = {}
    for name in first:
        values = [constants[name] for _, constants in bare]
        if values[0].dtype.kind != "f":
            if not all(np.array_equal(value, values[0]) for value in values):
                return None
            mixed[name] = values[0]
        elif any(value.shape != values[0].shape for value in values):
            return None
        else:
            total = sum(share * value for share, value in zip(shares, values, strict=True))
            mixed[name] = np.asarray(total, values[0].dtype)
    if not began_as_one([one for _, one in bare]):
        return None
    nets = [_net(models[0], nodes, constants) for _, constants in bare]
    return renormalised(_net(models[0], nodes, mixed), nets, shares)


def _net(
    like: onnx.ModelProto, nodes: Sequence[bytes], constants: Mapping[str, np.ndarray]
) -> onnx.ModelProto:
    """What `_bare` made, as a model. like: one with its inputs and outputs"""
    net = copy.deepcopy(like)
    del net.graph.node[:], net.graph.initializer[:], net.graph.value_info[:]
    net.graph.node.extend(onnx.NodeProto.FromString(node) for node in nodes)
    net.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    return net


def _bare(model: onnx.ModelProto) -> tuple[list[bytes], dict[str, np.ndarray]]:
    """The nodes, and the constants by name, all named by their place alone: nets that differ in nothing else are equal.

    A constant has a name for each of its uses.
    """
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    names = {value.name: value.name for value in [*model.graph.input, *model.graph.output]} | {"": ""}
    nodes: list[bytes] = []
    used: dict[str, np.ndarray] = {}
    for place, node in enumerate(model.graph.node):
        bare = copy.deepcopy(node)
        bare.name = bare.doc_string = ""
        for n, name in enumerate(node.input):
            if name in constants:
                bare.input[n] = f"node{place}/constant{n}"
                used[bare.input[n]] = constants[name]
            else:
                bare.input[n] = names[name]
        for n, name in enumerate(node.output):
            bare.output[n] = names.setdefault(name, f"node{place}/{n}")
        attributes = sorted(bare.attribute, key=lambda attribute: attribute.name)
        del bare.attribute[:]
        bare.attribute.extend(attributes)
        nodes.append(bare.SerializeToString(deterministic=True))
    return nodes, used


def _of_paintings(models: Sequence[onnx.ModelProto], shares: Sequence[float]) -> onnx.ModelProto:
    """All nets in one graph, and the mean of what they paint, by their shares."""
    opset = max(
        entry.version for model in models for entry in model.opset_import if entry.domain in ("", "ai.onnx")
    )
    merged = helper.make_model(
        helper.make_graph([], "blend", [], []), opset_imports=[helper.make_opsetid("", opset)]
    )
    merged.ir_version = max(model.ir_version for model in models)
    graph, terms = merged.graph, []
    for number, (model, share) in enumerate(zip(models, shares, strict=True)):
        named = compose.add_prefix(_at(model, opset), f"part{number}/", rename_inputs=False)
        for value in named.graph.input:
            if value.name not in {known.name for known in graph.input}:
                graph.input.append(value)
        graph.initializer.extend(named.graph.initializer)
        graph.node.extend(named.graph.node)
        for entry in named.opset_import:
            if entry.domain not in {known.domain for known in merged.opset_import} | {"ai.onnx"}:
                merged.opset_import.append(entry)
        share_name, painted = f"part{number}/share", named.graph.output[0].name
        graph.initializer.append(numpy_helper.from_array(np.array(share, np.float32), share_name))
        graph.node.extend([
            helper.make_node("Cast", [painted], [f"{painted}/float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{painted}/float", share_name], [f"{painted}/part"]),
        ])  # fmt: skip
        terms.append(f"{painted}/part")
    graph.node.extend(_rounded(terms))
    graph.initializer.append(numpy_helper.from_array(np.array(0.5, np.float32), "half"))
    graph.output.append(helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3]))
    return merged


def _at(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    from onnx import version_converter

    own = next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    return model if own == opset else version_converter.convert_version(model, opset)


def _rounded(terms: Sequence[str]) -> list[NodeProto]:
    return [
        helper.make_node("Sum", list(terms), ["mean"]),
        helper.make_node("Add", ["mean", "half"], ["mean/up"]),
        helper.make_node("Cast", ["mean/up"], ["stylized"], to=TensorProto.UINT8),
    ]
