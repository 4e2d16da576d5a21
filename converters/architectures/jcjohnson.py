"""jcjohnson/fast-neural-style: Torch7 modules, built one by one as the file lists them.

source: Johnson et al. 2016; blue first, the mean of Caffe's VGG subtracted; or, where the file says "resnet", as for
ImageNet
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from livebrush.converters.architectures.architecture import Architecture, ForeignNet
from livebrush.converters.architectures.layers import (
    CAFFE_MEAN,
    IMAGENET_MEAN,
    IMAGENET_STD,
    Conv,
    InstanceNorm,
    Residual,
    Scale,
    pad,
)
from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.converters.checkpoints.torch7 import Module
from livebrush.models.errors import LivebrushError

_PADDINGS = {
    "nn.SpatialReflectionPadding": "reflect",
    "nn.SpatialReplicationPadding": "replicate",
    "nn.SpatialZeroPadding": "zeros",
}
_WITHOUT_EFFECT = ("nn.Identity", "nn.TotalVariation", "nn.ContentLoss", "nn.StyleLoss", "nn.Dropout")


def _model(checkpoint: Checkpoint) -> Module | None:
    root = checkpoint.modules
    found = root.get("model") if isinstance(root, dict) else root
    return found if isinstance(found, Module) and found.name == "nn.Sequential" else None


def _holds(checkpoint: Checkpoint) -> bool:
    """A chain of modules that ends in a picture; a classifier ends in nn.Linear."""
    model = _model(checkpoint)
    return model is not None and any(child.name == "nn.MulConstant" for child in model.children)


def _load(checkpoint: Checkpoint) -> ForeignNet:
    model = _model(checkpoint)
    assert model is not None
    root = checkpoint.modules
    options = root.get("opt") if isinstance(root, dict) else None
    if isinstance(options, dict) and options.get("preprocessing") == "resnet":
        first = Scale(
            tuple(1 / std for std in IMAGENET_STD),
            tuple(-mean / std for mean, std in zip(IMAGENET_MEAN, IMAGENET_STD, strict=True)),
        )
        last = Scale(IMAGENET_STD, IMAGENET_MEAN)
    else:
        first = Scale(255.0, tuple(-mean for mean in CAFFE_MEAN), reverse=True)
        last = Scale(1 / 255, tuple(mean / 255 for mean in reversed(CAFFE_MEAN)), reverse=True)
    layers = _with_start_padding(model, [_built(child) for child in model.children])
    return ForeignNet(nn.Sequential(first, *layers, last))


def _with_start_padding(model: Module, layers: list[nn.Module]) -> list[nn.Module]:
    """Nets that shave in residual blocks pad once at the start, by a module that training inserts late."""
    with torch.no_grad():
        side = 64
        painted = nn.Sequential(*layers)(torch.zeros(1, 3, side, side))
    lost = side - painted.shape[-1]
    return [pad(lost // 2, "reflect"), *layers] if lost > 0 else layers


def _built(module: Module) -> nn.Module:
    """raises: LivebrushError for a module that no such net has"""
    name, fields = module.name.replace("cudnn.", "nn."), module.fields
    if name == "nn.Sequential":
        return _sequence(module.children)
    if name in _PADDINGS:
        return pad(int(fields["pad_l"]), _PADDINGS[name])
    if name == "nn.SpatialConvolution":
        return _conv(fields)
    if name == "nn.SpatialFullConvolution":
        return _full_conv(fields)
    if name == "nn.InstanceNormalization":
        return InstanceNorm(_parameter(fields, "weight"), _parameter(fields, "bias"), float(fields["eps"]))
    if name == "nn.SpatialBatchNormalization":
        return _batch_norm(fields)
    if name == "nn.MulConstant":
        return Scale(float(fields["constant_scalar"]))
    if name == "nn.SpatialUpSamplingNearest":
        return nn.Upsample(scale_factor=float(fields["scale_factor"]), mode="nearest")
    plain = {"nn.ReLU": nn.ReLU, "nn.Tanh": nn.Tanh, "nn.Sigmoid": nn.Sigmoid} | dict.fromkeys(
        _WITHOUT_EFFECT, nn.Identity
    )
    if name in plain:
        return plain[name]()
    raise LivebrushError(f"it holds a {module.name}, which is no part of such a net", code="unsupported")


def _sequence(children: list[Module]) -> nn.Module:
    """Modules in a row; a table of two followed by their sum is a residual block."""
    if [child.name for child in children] == ["nn.ConcatTable", "nn.CAddTable"]:
        branch, skip = children[0].children
        shave = int(skip.fields["size"]) if skip.name == "nn.ShaveImage" else 0
        return Residual(_built(branch), shave)
    return nn.Sequential(*map(_built, children))


def _parameter(fields: dict[Any, Any], key: str) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(fields[key], np.float32)), requires_grad=False)


def _conv(fields: dict[Any, Any]) -> nn.Module:
    weight = _parameter(fields, "weight")
    if weight.dim() == 2:  # nn.SpatialConvolutionMM keeps a matrix
        sizes = (
            int(fields["nOutputPlane"]),
            int(fields["nInputPlane"]),
            int(fields["kH"]),
            int(fields["kW"]),
        )
        weight = nn.Parameter(weight.reshape(sizes), requires_grad=False)
    bias = _parameter(fields, "bias") if fields.get("bias") is not None else None
    return nn.Sequential(pad(int(fields.get("padW", 0)), "zeros"), Conv(weight, bias, int(fields["dW"])))


def _full_conv(fields: dict[Any, Any]) -> nn.Module:
    weight, bias = _parameter(fields, "weight"), _parameter(fields, "bias")
    made = nn.ConvTranspose2d(
        weight.shape[0],
        weight.shape[1],
        weight.shape[-1],
        int(fields["dW"]),
        int(fields["padW"]),
        int(fields["adjW"]),
    )
    made.weight, made.bias = weight, bias
    return made


def _batch_norm(fields: dict[Any, Any]) -> nn.Module:
    made = nn.BatchNorm2d(len(fields["running_mean"]), float(fields["eps"]))
    made.weight, made.bias = _parameter(fields, "weight"), _parameter(fields, "bias")
    made.running_mean = _parameter(fields, "running_mean").data
    made.running_var = (
        _parameter(fields, "running_var").data
        if "running_var" in fields
        else _parameter(fields, "running_std").data ** -2 - made.eps  # Torch before 2016 kept 1 / deviation
    )
    return made.eval()


JCJOHNSON = Architecture("jcjohnson/fast-neural-style", _holds, _load)
