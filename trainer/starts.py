"""What a training starts from: a net that already paints, from which a new style is learnt in a fraction of the time.

python -m livebrush.trainer.starts runs/NAME/last.safetensors models/starts/live.safetensors
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from livebrush.models.catalogue import packaged_folder
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.made.asked import find_choice, is_made
from livebrush.realtime.made.folding import folded
from livebrush.trainer.nets.layers import EvenBlocks, FoldingNet, NormedConv
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.rich import RichNet
from livebrush.trainer.nets.widening import widen
from livebrush.trainer.runs.checkpoint import load_checkpoint, read_run_state
from livebrush.trainer.tensor_file import load_tensors, save_tensors


def shipped_start(net: str) -> Path | None:
    """The checkpoint that a training of this kind of net starts from; None where none ships."""
    return packaged_folder() / "starts" / "live.safetensors" if net in ("live", "rich") else None


def find_start(given: str | Path) -> Path:
    """The file, or that of the style of this name, of this picture, or that is mixed so.

    raises: LivebrushError when no style has the name, or none can be made
    """
    path = Path(given)
    if is_made(str(given)) or not (path.suffix or path.exists()):
        return find_choice(str(given)).model.path
    return path


def load_start(path: Path, net: nn.Module) -> dict[str, Any]:
    """Fill a net from a checkpoint, or from a style model, of the same net; a rich one from a live one's, too.

    returns: what it says of the run that it comes from
    raises:  LivebrushError when the file is missing, damaged, or of another net
    """
    try:
        return _load(path, net)
    except LivebrushError as error:
        if error.code != "mismatch" or not isinstance(net, RichNet):
            raise
        narrow = LiveNet()
        with suppress(LivebrushError):
            said = _load(path, narrow)
            widen(narrow, net)
            net.shortcut = narrow.shortcut
            return said
        raise


def _load(path: Path, net: nn.Module) -> dict[str, Any]:
    if path.suffix == ".onnx":
        return _load_style_model(path, net)
    state = load_checkpoint(path, net)
    return {**state.run, "steps": state.step}


def _load_style_model(path: Path, net: nn.Module) -> dict[str, Any]:
    """A style model's convolutions hold what their fixed norms did: those norms become what changes nothing.

    Weights are told by their order, which is the order of the net's modules: styles that were made of pictures or mixed
    have other names.
    """
    metadata = read_style_model(path).metadata
    graph = folded(onnx.load(path), {}).graph
    constants = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()).float() for t in graph.initializer}
    convolutions = iter(
        [[constants[i] for i in n.input[1:]] for n in graph.node if _has_constants(n, constants)]
    )
    # Of norms that follow the picture, one after the other
    vectors = iter(
        [constants[name] for n in graph.node for name in n.input if _is_a_vector(constants.get(name))]
    )
    try:
        if not isinstance(net, FoldingNet):
            raise ValueError("other nets are not laid out in this order")
        for module in net.modules():
            if isinstance(module, NormedConv) and module.keeps_norm:
                (weight,) = next(convolutions)
                module.restore(weight, *(next(vectors) for _ in range(4)))
            elif isinstance(module, NormedConv):
                module.unfold(*next(convolutions))
            elif isinstance(module, EvenBlocks):
                weight, bias = next(convolutions)
                module.weight.data.copy_(weight)
                module.bias.data.copy_(bias[: len(module.bias)])
    except (StopIteration, TypeError, ValueError, RuntimeError) as error:
        raise LivebrushError(
            f"{path.name} holds no {type(net).__name__} whose weights can be taken from it (it says {metadata.net!r}): "
            "start from a checkpoint, or a live net from a style model of the same net",
            code="mismatch",
        ) from error
    if isinstance(net, LiveNet):
        net.shortcut = _adds_what_it_enlarges(graph)
    recipe = {name: value for name, value in metadata.recipe.items() if name != "started_from"}
    return {"recipe": recipe, "style": metadata.styles[0].name}


def _adds_what_it_enlarges(graph: onnx.GraphProto) -> bool:
    """Whether something is added to that: see `LiveNet.shortcut`."""
    enlarged = {name for node in graph.node if node.op_type == "Resize" for name in node.output}
    return any(node.op_type == "Add" and enlarged.intersection(node.input) for node in graph.node)


def _is_a_vector(constant: Tensor | None) -> bool:
    """Whether that has a value for each channel, (C, 1, 1)."""
    return constant is not None and constant.ndim == 3 and constant.shape[1:] == (1, 1)


def _has_constants(node: onnx.NodeProto, constants: Mapping[str, Tensor]) -> bool:
    """Whether that is a convolution with weights of its own."""
    return node.op_type == "Conv" and all(name in constants for name in node.input[1:])


def write_start(checkpoint: Path, target: Path) -> None:
    """Keep of a checkpoint what a new run starts with: the net, in half precision, and what it says of its run.

    raises: LivebrushError when the file is no checkpoint
    """
    read_run_state(checkpoint)
    tensors, words = load_tensors(checkpoint)
    net = {name: tensor for name, tensor in tensors.items() if name.startswith("net.")}
    halved = {k: v.to(torch.float16) if v.dtype == torch.float32 else v for k, v in net.items()}
    save_tensors(target, halved, words, "the start")


if __name__ == "__main__":
    write_start(Path(sys.argv[1]), Path(sys.argv[2]))
