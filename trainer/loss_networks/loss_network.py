"""The loss network: an ImageNet classifier's features, by layer name, from whichever weight file is at hand."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.models.errors import LivebrushError
from livebrush.trainer.bfloat16 import gains_by_bfloat16
from livebrush.trainer.loss_networks.slim_vgg import SlimVgg

# Convolutions of VGG19 (Simonyan and Zisserman 2015), a max pool after each block.
BLOCKS = (2, 2, 4, 4, 4)
CONVOLUTIONS = [f"{block}_{n}" for block, count in enumerate(BLOCKS, 1) for n in range(1, count + 1)]
# Where these stand in the published file of PyTorch's model zoo ("features.0.weight", ...).
ZOO_INDICES = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]


def pool(x: Tensor, average: bool) -> Tensor:
    return F.avg_pool2d(x, 2) if average else F.max_pool2d(x, 2)


class Vgg19(nn.Module):
    """VGG19's convolutions from relu1_1 up to the last one that the file holds.

    weights: {"1_1": (weight OIHW, bias), ...}
    caffe:   True for Oxford's weights (BGR in 0..255 minus the mean), False for PyTorch's zoo
             (RGB scaled by ImageNet's mean and deviation)
    average: average pooling, which Gatys et al. 2016 found to paint smoother; VGG was trained with max
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self, weights: dict[str, tuple[Tensor, Tensor]], *, caffe: bool, average: bool = False
    ) -> None:
        super().__init__()
        known = [name for name in CONVOLUTIONS if name in weights]
        if not known or known != CONVOLUTIONS[: len(known)]:
            raise LivebrushError(
                f"VGG19 needs conv1_1 and on without gaps, got {', '.join(known) or 'none'}",
                code="unsupported",
            )
        self.name = "vgg19" if len(known) == len(CONVOLUTIONS) else f"vgg19-1_1..{known[-1]}"
        self.layers = frozenset(f"{kind}{name}" for name in known for kind in ("relu", "conv"))
        self.content_layers = self.layers
        self.caffe, self.average = caffe, average
        self.convolutions = nn.ModuleDict()
        for name in known:
            weight, bias = weights[name]
            conv = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
            conv.weight = nn.Parameter(weight.float())
            conv.bias = nn.Parameter(bias.float())
            self.convolutions[name] = conv
        mean = [103.939, 116.779, 123.68] if caffe else [0.485, 0.456, 0.406]
        scale = [255.0] * 3 if caffe else [1 / 0.229, 1 / 0.224, 1 / 0.225]
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(scale).view(1, 3, 1, 1))

    def features(self, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        x = images.flip(1) * self.scale - self.mean if self.caffe else (images - self.mean) * self.scale
        weight = next(self.convolutions.parameters())
        x, found = x.to(weight.dtype), {}
        for name, conv in self.convolutions.items():
            if name.endswith("_1") and name != "1_1":
                x = pool(x, self.average)
            x = conv(x)
            if f"conv{name}" in layers:
                found[f"conv{name}"] = x
            x = F.relu(x)
            if f"relu{name}" in layers:
                found[f"relu{name}"] = x
            if len(found) == len(layers):
                break
        return found


class DistilledVgg19(nn.Module):
    """A 16 times smaller encoder whose 1x1 heads approximate VGG19's relu1_1 .. relu5_1.

    weights: "conv0", "conv11" .. "conv51" and "conv11_aux" .. "conv51_aux" as (weight, bias)
    source:  Wang et al. 2020, Collaborative Distillation for Ultra-Resolution Universal Style Transfer
    """

    name = "distilled"
    layers = frozenset(f"relu{block}_1" for block in range(1, 6))
    content_layers = frozenset[str]()
    """layers exact enough to hold shapes by"""

    def __init__(self, weights: dict[str, tuple[Tensor, Tensor]], *, average: bool = False) -> None:
        super().__init__()
        self.average = average
        self.convolutions = nn.ModuleDict()
        for name, (weight, bias) in weights.items():
            conv = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2])
            conv.weight, conv.bias = nn.Parameter(weight.float()), nn.Parameter(bias.float())
            self.convolutions[name] = conv

    def features(self, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        x: Tensor = self.convolutions["conv0"](images)
        x, found = x.to(next(self.convolutions["conv11"].parameters()).dtype), {}
        for name in CONVOLUTIONS[: CONVOLUTIONS.index("5_1") + 1]:
            block, n = name.split("_")
            if n == "1" and block != "1":
                x = pool(x, self.average)
            x = F.relu(self.convolutions[f"conv{block}{n}"](F.pad(x, (1, 1, 1, 1), mode="reflect")))
            if f"relu{name}" in layers:
                found[f"relu{name}"] = F.relu(self.convolutions[f"conv{block}{n}_aux"](x))
                if len(found) == len(layers):
                    break
        return found


class LayeredNetwork(nn.Module):
    """Several networks as one: each layer from the first that has it."""

    def __init__(self, networks: list[Vgg19 | DistilledVgg19 | SlimVgg]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.name = "+".join(network.name for network in networks)
        self.layers = frozenset().union(*(network.layers for network in networks))
        self.content_layers = frozenset().union(*(network.content_layers for network in networks))

    def features(self, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        """Features after ReLU at layers such as "relu3_3".

        images:  (N, 3, H, W) float32, RGB in [0, 1]
        returns: layer name -> (N, C, H', W'), in the network's own precision
        """
        found: dict[str, Tensor] = {}
        for network in self.networks:
            wanted = (layers - found.keys()) & network.layers  # pyright: ignore[reportOperatorIssue]
            if wanted:
                found |= network.features(images, wanted)  # pyright: ignore[reportCallIssue]
        return found

    def to_bfloat16(self) -> None:
        """Half the memory traffic and up to three times as fast, where the hardware gains by it.

        Converted once, because converting every step costs more than it saves.
        """
        for network in self.networks:
            convolutions: Any = network.convolutions
            for name, convolution in convolutions.items():
                if name != "conv0":  # a change of colours, which stays precise
                    convolution.to(torch.bfloat16)


def on_device(network: LayeredNetwork, device: torch.device, precision: str) -> LayeredNetwork:
    """A loss network where it is to work, in "float32", "bfloat16", or "auto": bfloat16 where that is fast."""
    network = network.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    if precision == "bfloat16" or (precision == "auto" and gains_by_bfloat16(device)):
        network.to_bfloat16()
    return network


def nearest_layer(wanted: str, layers: frozenset[str]) -> str:
    """The wanted layer, or the deepest that the network has before it (relu3_4 for relu4_2).

    Before ReLU ("conv4_1") is looked for first, after ReLU where the network knows no other.
    """
    kind, name = wanted[:4], wanted[4:]
    if kind not in ("relu", "conv") or name not in CONVOLUTIONS:
        raise LivebrushError(
            f"{wanted!r} is no layer of VGG19: choose from relu1_1 to relu5_4", code="invalid"
        )
    for nearer in reversed(CONVOLUTIONS[: CONVOLUTIONS.index(name) + 1]):
        for layer in (f"{kind}{nearer}", f"relu{nearer}"):
            if layer in layers:
                return layer
    raise LivebrushError(
        f"the loss network has no layer up to {wanted}: it has {', '.join(sorted(layers))}",
        code="unsupported",
    )


def load_loss_network(files: list[Path], *, average: bool = False) -> LayeredNetwork:
    """The loss network that these weight files hold, frozen, in float32.

    files:  .npz, .pth or .safetensors; keys tell the kind: "convA_B.weight" (Oxford's VGG19, whole or the
            first layers), "features.N.weight" (PyTorch's zoo), "convNN_aux.weight" (distilled), "convolutions.*" (ours)
    raises: LivebrushError for a missing or unreadable file, and for one that is no VGG19
    """
    networks = [_network(path, average) for path in files]
    return LayeredNetwork(networks).requires_grad_(False).eval()


def _network(path: Path, average: bool) -> Vgg19 | DistilledVgg19 | SlimVgg:
    tensors = _read_tensors(path)

    def pair(key: str) -> tuple[Tensor, Tensor]:
        if f"{key}.bias" not in tensors:
            raise LivebrushError(
                f"{path.name} has {key}.weight but no {key}.bias: the file is damaged", code="unreadable"
            )
        return tensors[f"{key}.weight"], tensors[f"{key}.bias"]

    if "convolutions.1_1.weight" in tensors:
        slim = SlimVgg(average)
        try:
            slim.load_state_dict(tensors)
        except RuntimeError as error:
            raise LivebrushError(
                f"{path.name} is of another shape than the loss network that ships",
                code="unsupported",
            ) from error
        return slim
    keys = {key.removesuffix(".weight") for key in tensors if key.endswith(".weight")}
    if "conv51_aux" in keys:
        return DistilledVgg19({key: pair(key) for key in keys}, average=average)
    if "conv1_1" in keys:
        return Vgg19(
            {name: pair(f"conv{name}") for name in CONVOLUTIONS if f"conv{name}" in keys},
            caffe=True,
            average=average,
        )
    if "features.0" in keys:
        zoo = zip(CONVOLUTIONS, ZOO_INDICES, strict=True)
        return Vgg19(
            {name: pair(f"features.{index}") for name, index in zoo if f"features.{index}" in keys},
            caffe=False,
            average=average,
        )
    raise LivebrushError(
        f"{path.name} is no VGG19: expected the keys conv1_1.weight, features.0.weight or conv51_aux.weight, "
        f"got {', '.join(sorted(tensors)[:3]) or 'none'}",
        code="unsupported",
    )


WEIGHT_SUFFIXES = (".npz", ".safetensors", ".pth", ".pt")


def _read_tensors(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        problem = "is a folder" if path.exists() else "does not exist"
        raise LivebrushError(f"the loss network's weight file {path} {problem}", code="not_found")
    if path.suffix not in WEIGHT_SUFFIXES:
        raise LivebrushError(
            f"{path.name} cannot be read as weights: expected a file of {' '.join(WEIGHT_SUFFIXES)}",
            code="unsupported",
        )
    try:
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                return {key: torch.from_numpy(arrays[key]) for key in arrays}
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise LivebrushError(
            f"{path.name} cannot be read as weights: it is damaged, or no {path.suffix} file of tensors alone",
            code="unreadable",
        ) from error
    content = content.get("model", content) if isinstance(content, dict) else {}
    return {key: value for key, value in content.items() if isinstance(value, Tensor)}
