"""From a checkpoint of the net for any picture to the style model that ships.

python -m livebrush.trainer.any_picture.export runs/any_picture/last.safetensors -o models/any_picture.onnx
"""

from pathlib import Path
from typing import ClassVar

import onnx
import torch
from torch import Tensor, nn

from livebrush.converters.export import to_onnx
from livebrush.converters.frame_graph import FrameGraph
from livebrush.converters.half_weights import halve_weights
from livebrush.models.contract import METADATA_KEY, StyleMetadata, read_style_model
from livebrush.models.writing import whole_file
from livebrush.trainer.loss_networks.slim_vgg import SlimVgg
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.mixed import MixedLive
from livebrush.trainer.nets.style_eye import StyleEye
from livebrush.trainer.tensor_file import load_tensors


class AnyPictureGraph(nn.Module):
    """Frames and a style picture, both uint8, to painted frames; the picture's part does not depend on the frames."""

    inputs: ClassVar[dict[str, tuple[str, ...]]] = {
        "frames": ("N", "H", "W"), "style_picture": ("one", "height", "width"),
    }  # fmt: skip
    outputs: ClassVar[dict[str, tuple[str, ...]]] = {"stylized": ("N", "H", "W")}

    def __init__(self, net: MixedLive) -> None:
        super().__init__()
        self.net = net

    def forward(self, frames: Tensor, style_picture: Tensor) -> Tensor:
        style = style_picture.permute(0, 3, 1, 2).float() / 255
        return FrameGraph(self.net.after(self.net.look(style)).eval())(frames)

    def example(self, frames: Tensor) -> tuple[Tensor, ...]:
        return frames, torch.zeros(1, 96, 120, 3, dtype=torch.uint8)


def net_of(checkpoint: Path) -> MixedLive:
    """raises: LivebrushError where it cannot be read"""
    tensors, _ = load_tensors(checkpoint)
    own = {name.removeprefix("net."): value for name, value in tensors.items() if name.startswith("net.")}
    experts = len(own["means"])
    like = LiveNet()
    for module in like.modules():
        if hasattr(module, "set_fixed"):
            module.set_fixed(1.0)
    net = MixedLive([like.folded()] * experts, [torch.zeros(1, 3, 8, 8)] * experts, StyleEye(SlimVgg()))
    net.load_state_dict(own)
    return net.eval()


def export_any_picture(net: MixedLive, metadata: StyleMetadata, path: Path) -> None:
    """raises: LivebrushError when it cannot be written, or breaks the contract"""
    model = to_onnx(AnyPictureGraph(net), net.multiple)
    halve_weights(model)
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.producer_name = "livebrush"
    with whole_file(path) as candidate:
        onnx.save(model, candidate)
        read_style_model(candidate)
