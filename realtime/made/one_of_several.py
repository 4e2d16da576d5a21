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


def _alone(model: StyleModel, style: int) -> onnx.ModelProto:
    styles = model.metadata.styles
    weights = np.eye(len(styles), dtype=np.float32)[style]
    return with_metadata(
        folded(onnx.load(model.path), {"style": weights}), replace(model.metadata, styles=(styles[style],))
    )
