"""Which net a checkpoint holds, by its keys and shapes; and what it looks like where it is none."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from livebrush.converters.architectures.adain import ADAIN
from livebrush.converters.architectures.architecture import Architecture
from livebrush.converters.architectures.fast_neural_style import EXAMPLES, GORDICALEKSA
from livebrush.converters.architectures.jcjohnson import JCJOHNSON
from livebrush.converters.architectures.lengstrom import LENGSTROM
from livebrush.converters.architectures.reconet import EMPTYSAMURAI, SAFWANKDB
from livebrush.converters.architectures.rrmina import RRMINA
from livebrush.converters.architectures.rrmina_dense import RRMINA_DENSE
from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.converters.checkpoints.torch7 import Module
from livebrush.models.errors import LivebrushError

ARCHITECTURES = (
    EXAMPLES, GORDICALEKSA, RRMINA, RRMINA_DENSE, SAFWANKDB, EMPTYSAMURAI, JCJOHNSON, LENGSTROM, ADAIN
)  # fmt: skip


def recognised(checkpoints: Sequence[Checkpoint]) -> Architecture:
    """raises: LivebrushError for checkpoints that no known net has, saying what they look like"""
    first = checkpoints[0]
    found = next((known for known in ARCHITECTURES if known.holds(first)), None)
    if found is None:
        raise LivebrushError(
            f"{first.path.name} is of no net that is known here: {looks_like(first)}. Known are "
            f"{', '.join(known.name for known in ARCHITECTURES)}",
            code="unsupported",
            remedy="convert_by_onnx",
        )
    if len(checkpoints) != found.files:
        needs = "the encoder and the decoder" if found.files == 2 else "one file"
        raise LivebrushError(
            f"{first.path.name} is a part of {found.name}, which is converted from {needs}, got {len(checkpoints)}",
            code="conflict",
        )
    return found


def unwrapped(checkpoint: Checkpoint) -> Checkpoint:
    """Without what trainers put before all names ("model.", "netG."), where that makes it a net that is known."""
    inner = checkpoint
    while not any(known.holds(inner) for known in ARCHITECTURES):
        starts = {name.partition(".")[0] for name in inner.tensors}
        if len(starts) != 1 or not all("." in name for name in inner.tensors):
            return checkpoint
        tensors = {name.partition(".")[2]: array for name, array in inner.tensors.items()}
        inner = replace(inner, tensors=tensors)
    return inner


def looks_like(checkpoint: Checkpoint) -> str:
    """A few words on a checkpoint that is none of ours."""
    tensors = checkpoint.tensors
    last = next((array for array in reversed(list(tensors.values())) if array.ndim > 1), None)
    kernels = [array for array in tensors.values() if array.ndim == 4]
    if last is not None and last.ndim == 2 and kernels:
        return f"it looks like a classifier of {last.shape[0]} classes{_family(tensors)}"
    if isinstance(checkpoint.modules, Module) and any(
        child.name == "nn.Linear" for child in checkpoint.modules.children
    ):
        return "it looks like a classifier"
    if _family(tensors):
        return f"it looks like the features of a classifier{_family(tensors)}"
    if kernels and not _paints(kernels):
        return f"its convolutions ({len(kernels)}) lead to no picture of three colours"
    names = ", ".join(list(tensors)[:3])
    return f"it holds {len(tensors)} tensors ({names} …), {sum(a.size for a in tensors.values()):,} values"


def _family(names: Iterable[str]) -> str:
    names = list(names)
    if any(name.startswith("layer4.") for name in names):
        return " (ResNet)"
    if any(name.startswith("features.") for name in names):
        return " (VGG, AlexNet or MobileNet)"
    if any(name.startswith(("conv1_1", "block1_conv1")) for name in names):
        return " (VGG)"
    return ""


def _paints(kernels: Sequence[np.ndarray]) -> bool:
    """Whether the last convolution gives three channels, in PyTorch's order of axes or in TensorFlow's."""
    shape = kernels[-1].shape
    return 3 in (shape[:2] if shape[2] == shape[3] else shape[3:])
