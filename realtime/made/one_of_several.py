"""A style of a file that holds several, as a file of its own, where that paints faster."""

from dataclasses import replace

import numpy as np
import onnx

from livebrush.models.contract import StyleModel
from livebrush.realtime.made.folding import folded, inputs_of
from livebrush.realtime.made.kept import kept, sha256_of
from livebrush.realtime.made.picture_style import with_metadata

_CONVOLUTIONS = ("Conv", "ConvTranspose")


def is_faster_alone(model: StyleModel) -> bool:
    """Whether the weights of a convolution depend on the style: run times run fastest those that do not."""
    if "style" not in model.ports:
        return False
    depends = {"style"}
    for node in onnx.load(model.path).graph.node:
        if node.op_type in _CONVOLUTIONS and depends & set(node.input[1:]):
            return True
        if depends & set(inputs_of(node)):
            depends.update(node.output)
    return False


def style_alone(model: StyleModel, style: int, name: str) -> StyleModel:
    """The style as a model of its own: made once, and kept.

    style:  its place in the file
    """
    return kept(name, f"{sha256_of(model.path)} alone {style}", lambda: _alone(model, style))


def graph_alone(model: StyleModel, style: int) -> onnx.ModelProto:
    """The model's graph with one of its styles built in; as it is where it holds one."""
    graph, count = onnx.load(model.path), len(model.metadata.styles)
    return graph if count == 1 else folded(graph, {"style": np.eye(count, dtype=np.float32)[style]})


def _alone(model: StyleModel, style: int) -> onnx.ModelProto:
    metadata = replace(model.metadata, styles=(model.metadata.styles[style],))
    return with_metadata(graph_alone(model, style), metadata)
