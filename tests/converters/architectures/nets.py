"""Nets of other projects with their modules' names, small, with random weights: what their checkpoints are saved from.

Each takes and gives what its project's does; `in_levels` brings RGB in [0, 1] there and back.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = (4, 6, 8)
MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


def named(**modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict(modules))


def norm(channels: int) -> nn.InstanceNorm2d:
    return nn.InstanceNorm2d(channels, affine=True)


def shaken(net: nn.Module) -> Any:
    """Norms begin as identities, which would hide a missing or swapped weight."""
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.dim() == 1:
                parameter += 0.3 * torch.randn_like(parameter)
    return net.eval()


def by_levels(net: Callable[[Tensor], Tensor], bgr: bool = False) -> Callable[[Tensor], Tensor]:
    """0 to 255 in and out."""

    def paint(x: Tensor) -> Tensor:
        painted = net(255 * (x.flip(1) if bgr else x)) / 255
        return painted.flip(1) if bgr else painted

    return paint


def reflected(i: int, o: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """A convolution whose module is called conv2d."""
    return named(pad=nn.ReflectionPad2d(kernel // 2), conv2d=nn.Conv2d(i, o, kernel, stride))


class ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.in1 = reflected(width, width, 3), norm(width)
        self.conv2, self.in2 = reflected(width, width, 3), norm(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.in2(self.conv2(F.relu(self.in1(self.conv1(x)))))


class Examples(nn.Module):
    """pytorch/examples; ups: how its last three convolutions are called"""

    def __init__(
        self, ups: tuple[str, str, str] = ("deconv1", "deconv2", "deconv3"), inner: bool = False
    ) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.conv1, self.in1 = reflected(3, a, 9), norm(a)
        self.conv2, self.in2 = reflected(a, b, 3, 2), norm(b)
        self.conv3, self.in3 = reflected(b, c, 3, 2), norm(c)
        for n in range(1, 6):
            setattr(self, f"res{n}", ResidualBlock(c))
        self.in4, self.in5 = norm(b), norm(a)
        first, second = reflected(c, b, 3), reflected(b, a, 3)
        setattr(self, ups[0], named(conv2d=first) if inner else first)
        setattr(self, ups[1], named(conv2d=second) if inner else second)
        setattr(self, ups[2], reflected(a, 3, 9))
        self.ups = ups

    def forward(self, x: Tensor) -> Tensor:
        for n in (1, 2, 3):
            x = F.relu(getattr(self, f"in{n}")(getattr(self, f"conv{n}")(x)))
        for n in range(1, 6):
            x = getattr(self, f"res{n}")(x)
        for n, up in ((4, self.ups[0]), (5, self.ups[1])):
            x = F.relu(getattr(self, f"in{n}")(getattr(self, up)(F.interpolate(x, scale_factor=2))))
        return getattr(self, self.ups[2])(x)


class Instance(nn.Module):
    """Convolution, norm and ReLU as ReCoNet's layers have them; twice as large before where it says so."""

    def __init__(self, i: int, o: int, kernel: int, stride: int = 1, up: bool = False) -> None:
        super().__init__()
        self.conv2d, self.instance, self.up, self.pad = (
            nn.Conv2d(i, o, kernel, stride),
            norm(o),
            up,
            kernel // 2,
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2) if self.up else x
        return F.relu(self.instance(self.conv2d(F.pad(x, (self.pad,) * 4, "reflect"))))


class Safwankdb(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.conv1, self.conv2, self.conv3 = Instance(3, a, 9), Instance(a, b, 3, 2), Instance(b, c, 3, 2)
        for n in range(1, 6):
            setattr(self, f"res{n}", ResidualBlock(c))
        self.deconv1, self.deconv2 = Instance(c, b, 3, up=True), Instance(b, a, 3, up=True)
        self.deconv3 = reflected(a, 3, 9)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv3(self.conv2(self.conv1(x)))
        for n in range(1, 6):
            x = getattr(self, f"res{n}")(x)
        return torch.tanh(self.deconv3(self.deconv2(self.deconv1(x))) / 255) * 150 + 127.5


class Layers(nn.Module):
    """What holds its parts under `layers`."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def samurai_layer(i: int, o: int, kernel: int, stride: int = 1, bent: bool = True) -> Layers:
    plain = Layers(nn.ReflectionPad2d(kernel // 2), nn.Conv2d(i, o, kernel, stride))
    return Layers(plain, norm(o), *([nn.ReLU()] if bent else []))


class Branch(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            samurai_layer(width, width, 3), samurai_layer(width, width, 3, bent=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.branch(x))


def emptysamurai() -> nn.Sequential:
    a, b, c = WIDTHS
    last = Layers(Layers(nn.ReflectionPad2d(4), nn.Conv2d(a, 3, 9)), nn.Tanh())
    return named(
        encoder=Layers(
            samurai_layer(3, a, 9),
            samurai_layer(a, b, 3, 2),
            samurai_layer(b, c, 3, 2),
            *(Branch(c) for _ in range(4)),
        ),
        decoder=Layers(
            nn.Upsample(scale_factor=2),
            samurai_layer(c, b, 3),
            nn.Upsample(scale_factor=2),
            samurai_layer(b, a, 3),
            last,
        ),
    )


class MinaLayer(nn.Module):
    def __init__(
        self, i: int, o: int, kernel: int, stride: int = 1, normed: bool = True, first: bool = False
    ) -> None:
        super().__init__()
        if first:
            self.norm_layer = norm(i)
        self.conv_layer = nn.Conv2d(i, o, kernel, stride)
        if normed and not first:
            self.norm_layer = norm(o)
        self.pad, self.normed, self.first = kernel // 2, normed, first

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm_layer(x)) if self.first else x
        x = self.conv_layer(F.pad(x, (self.pad,) * 4, "reflect"))
        return self.norm_layer(x) if self.normed and not self.first else x


class MinaUp(nn.Module):
    def __init__(self, i: int, o: int) -> None:
        super().__init__()
        self.conv_transpose, self.norm_layer = nn.ConvTranspose2d(i, o, 3, 2, 1, 1), norm(o)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm_layer(self.conv_transpose(x))


class MinaBlock(nn.Module):
    """kind: "plain", "next" (a bottleneck of three) or "first" (norm and ReLU first)"""

    def __init__(self, width: int, kind: str) -> None:
        super().__init__()
        self.kind, narrow = kind, width // 2 if kind == "next" else width
        if kind == "next":
            self.conv1, self.conv2 = MinaLayer(width, narrow, 1), MinaLayer(narrow, narrow, 3)
            self.conv3 = MinaLayer(narrow, width, 1)
        else:
            self.conv1, self.conv2 = (MinaLayer(width, width, 3, first=kind == "first") for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "first":
            return x + self.conv2(self.conv1(x))
        y = self.conv2(F.relu(self.conv1(x)))
        return x + (self.conv3(F.relu(y)) if self.kind == "next" else y)


def rrmina(kind: str, bright: bool) -> nn.Sequential:
    """bright: values as a net without tanh has them, 0 to 255"""
    a, b, c = WIDTHS
    net: Any = named(
        ConvBlock=nn.Sequential(
            MinaLayer(3, a, 9), nn.ReLU(), MinaLayer(a, b, 3, 2), nn.ReLU(), MinaLayer(b, c, 3, 2), nn.ReLU()
        ),
        ResidualBlock=nn.Sequential(*(MinaBlock(c, kind) for _ in range(3))),
        DeconvBlock=nn.Sequential(
            MinaUp(c, b), nn.ReLU(), MinaUp(b, a), nn.ReLU(), MinaLayer(a, 3, 9, normed=False), nn.Identity()
        ),
    )
    if bright:
        last = net.DeconvBlock[4].conv_layer
        with torch.no_grad():
            last.weight *= 20
            last.bias += 120
    return net


class MinaBottleneck(nn.Module):
    """growth: channels that it adds"""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.conv1 = MinaLayer(width, 4 * growth, 1, first=True)
        self.conv3 = MinaLayer(4 * growth, growth, 3, first=True)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x, self.conv3(self.conv1(x))), 1)


def mina_dense_block(width: int) -> nn.Sequential:
    """Gives as many channels as it takes."""
    half, growth = width // 2, width // 4
    return nn.Sequential(
        MinaLayer(width, half, 1, first=True),
        MinaBottleneck(half, growth),
        MinaBottleneck(half + growth, growth),
    )


def rrmina_dense() -> nn.Sequential:
    net: Any = rrmina("plain", bright=True)
    return named(
        ConvBlock=net.ConvBlock, DenseBlock=mina_dense_block(WIDTHS[-1]), DeconvBlock=net.DeconvBlock
    )


class MinaUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.C1, self.C2, self.C3 = MinaLayer(3, a, 9), MinaLayer(a, b, 3, 2), MinaLayer(b, c, 3, 2)
        self.DenseBlock = mina_dense_block(c)
        self.D1, self.D2 = named(conv2d=nn.Conv2d(c, b, 3)), named(conv2d=nn.Conv2d(b, a, 3))
        self.D3 = MinaLayer(a, 3, 9, normed=False)
        with torch.no_grad():
            self.D3.conv_layer.weight *= 20  # levels

    def forward(self, x: Tensor) -> Tensor:
        first = F.relu(self.C1(x))
        second = F.relu(self.C2(first))
        third = F.relu(self.C3(second))
        x = F.relu(third + self.DenseBlock(third))
        x = F.relu(second + self._twice(x, self.D1))
        x = F.relu(first + self._twice(x, self.D2))
        return self.D3(x)

    def _twice(self, x: Tensor, convolution: nn.Module) -> Tensor:
        return convolution(F.pad(F.interpolate(x, scale_factor=2.0), (1, 1, 1, 1), "reflect"))


def adain_encoder(width: int) -> nn.Sequential:
    """VGG19 to relu4_1, in the order of the published file; all its layers as narrow as one says."""
    layers: list[nn.Module] = [nn.Conv2d(3, 3, 1)]
    inputs = 3
    for stage, count in enumerate((2, 2, 4, 1)):
        for _ in range(count):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(inputs, width, 3), nn.ReLU()]
            inputs = width
        if stage < 3:
            layers.append(nn.MaxPool2d(2, 2, 0, ceil_mode=True))
    return nn.Sequential(*layers)


def adain_decoder(width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for count in (1, 4, 2, 2):
        for _ in range(count):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.ReLU()]
        layers.append(nn.UpsamplingNearest2d(scale_factor=2))
    layers = layers[:-2]  # the last convolution gives the picture
    layers[-1] = nn.Conv2d(width, 3, 3)
    return nn.Sequential(*layers)
