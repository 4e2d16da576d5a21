"""A checkpoint of a known net as a graph within the contract, with the torch net to compare it with."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch

from livebrush.converters.architectures.architecture import ForeignNet
from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.converters.checkpoints.file_kind import Kind
from livebrush.converters.checkpoints.reading import read_checkpoint
from livebrush.converters.export import to_onnx
from livebrush.converters.foreign.converting import Converted
from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.frame_graph import FrameGraph
from livebrush.converters.graph_edit import copied
from livebrush.converters.registry import recognised, unwrapped
from livebrush.converters.running import folded
from livebrush.models.errors import LivebrushError

STYLE_SIDE = 512
"""short side of the style picture that arbitrary-style nets look at"""
_TIMED = (480, 640)
_TRIED = 128
"""pixels of a picture that shows whether the weights fit together"""


def converted_checkpoint(sources: Sequence[Path], kind: Kind, style_picture: np.ndarray | None) -> Converted:
    """raises: LivebrushError for what holds no known net, saying what it looks like"""
    checkpoints = [unwrapped(read_checkpoint(path, kind)) for path in sources]
    known = recognised(checkpoints)
    if known.styled:
        if style_picture is None:
            raise LivebrushError(
                f"{known.name} paints after any picture: name one", code="invalid", remedy="style_picture"
            )
        net = _loaded(known.load, checkpoints, _as_tensor(style_picture))
    else:
        net = _loaded(known.load, checkpoints)
    graph = FrameGraph(net).eval()
    exported = to_onnx(graph, net.multiple)
    with TemporaryDirectory() as folder:
        model = folded(exported, sources[0].name, Path(folder))

    def original(frame: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return graph(torch.from_numpy(np.ascontiguousarray(frame)[None]))[0].numpy()

    feeds = {"frames": known_picture(_TIMED)[None]}
    facts = {"file": checkpoints[0].format}
    return Converted(
        known.name, model, net.multiple, original, None, facts=facts, was=(copied(exported), feeds)
    )


def _loaded(
    load: Callable[..., ForeignNet], checkpoints: Sequence[Checkpoint], *style: torch.Tensor
) -> ForeignNet:
    try:
        net = load(*checkpoints, *style).eval()
        with torch.no_grad():
            net(torch.zeros(1, 3, _TRIED, _TRIED))
        return net
    except LivebrushError as error:
        raise error.of(checkpoints[0].path.name) from error
    except (RuntimeError, KeyError, IndexError, ValueError, TypeError) as error:
        # Keys as they should be with shapes that fit no such net: torch names the first that clashes
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise LivebrushError(
            f"{checkpoints[0].path.name} has the tensors of a known net in shapes that do not fit together ({told})",
            code="mismatch",
        ) from error


def _as_tensor(picture: np.ndarray) -> torch.Tensor:
    """(3, H, W) float32 in [0, 1], its short side STYLE_SIDE."""
    height, width = picture.shape[:2]
    scale = STYLE_SIDE / min(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return torch.from_numpy(small).permute(2, 0, 1).float() / 255
