"""pytorch/examples' fast_neural_style, and gordicaleksa's net, which has its layers under two other names.

source: Johnson et al. 2016 with instance norm and nearest neighbours; levels 0-255 in and out in the one, normalised
as for ImageNet in the other
"""

from torch import nn

from livebrush.converters.architectures.architecture import Architecture, ForeignNet, Tensors
from livebrush.converters.architectures.layers import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    Residual,
    Scale,
    conv_of,
    norm_of,
    twice,
)
from livebrush.converters.checkpoints.checkpoint import Checkpoint


def _net(t: Tensors, first: nn.Module, ups: tuple[str, str, str], last: nn.Module) -> ForeignNet:
    """ups: keys of the three convolutions after the residual blocks"""

    def normed(key: str, norm: str, stride: int = 1) -> list[nn.Module]:
        return [conv_of(t, key, stride), norm_of(t, norm), nn.ReLU()]

    blocks = [
        Residual(
            nn.Sequential(
                *normed(f"res{n}.conv1.conv2d", f"res{n}.in1"),
                conv_of(t, f"res{n}.conv2.conv2d"),
                norm_of(t, f"res{n}.in2"),
            )
        )
        for n in range(1, 1 + sum(f"res{n}.in1.weight" in t for n in range(1, 100)))
    ]
    return ForeignNet(
        nn.Sequential(
            first,
            *normed("conv1.conv2d", "in1"),
            *normed("conv2.conv2d", "in2", 2),
            *normed("conv3.conv2d", "in3", 2),
            *blocks,
            twice(),
            *normed(ups[0], "in4"),
            twice(),
            *normed(ups[1], "in5"),
            conv_of(t, ups[2]),
            last,
        )
    )


def _load_examples(checkpoint: Checkpoint) -> ForeignNet:
    ups = ("deconv1.conv2d", "deconv2.conv2d", "deconv3.conv2d")
    return _net(checkpoint.tensors, Scale(255.0), ups, Scale(1 / 255))


def _load_gordicaleksa(checkpoint: Checkpoint) -> ForeignNet:
    factor = tuple(1 / std for std in IMAGENET_STD)
    offset = tuple(-mean / std for mean, std in zip(IMAGENET_MEAN, IMAGENET_STD, strict=True))
    ups = ("up1.conv2d.conv2d", "up2.conv2d.conv2d", "up3.conv2d")
    return _net(checkpoint.tensors, Scale(factor, offset), ups, Scale(IMAGENET_STD, IMAGENET_MEAN))


EXAMPLES = Architecture(
    "pytorch/examples fast_neural_style",
    lambda c: (
        {"conv1.conv2d.weight", "in1.weight", "res1.in1.weight", "deconv3.conv2d.weight"} <= c.tensors.keys()
    ),
    _load_examples,
)
GORDICALEKSA = Architecture(
    "gordicaleksa/pytorch-neural-style-transfer-johnson",
    lambda c: (
        {"conv1.conv2d.weight", "in1.weight", "res1.in1.weight", "up3.conv2d.weight"} <= c.tensors.keys()
    ),
    _load_gordicaleksa,
)
