"""A net that paints after any picture: its weights are mixed, for each, of those of nets that paint already."""

import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from livebrush.realtime.made.origin import began_as_one
from livebrush.trainer.losses.colour_transport import colour_transport, colours_of
from livebrush.trainer.nets.annealed_norm import is_statistic, keep_running
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.style_eye import StyleEye

HIDDEN = 128
CAUTION = 0.1
"""of a learning step, for what changes each layer: all of them change at once, one after the other"""


class Look(NamedTuple):
    """What is known of a style picture: its code, (1, C), and its colours' mean, (3,), and covariance, (3, 3)."""

    code: Tensor
    mean: Tensor
    spread: Tensor


class StyledNet(nn.Module):
    """A live net with the weights for one picture: called and exported like any other."""

    def __init__(self, like: nn.Module, weights: Mapping[str, Tensor], margin: int) -> None:
        super().__init__()
        self._like = (like,)  # in a tuple: its own weights are none of this net's
        self.weights, self.margin, self.multiple = dict(weights), margin, LiveNet.multiple

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `multiple`; returns the same."""
        return functional_call(self._like[0].train(self.training), self.weights, (x,))

    def blocks(self, x: Tensor) -> Tensor:
        """See `LiveNet.blocks`."""
        weights = {f"net.{name}": value for name, value in self.weights.items()}
        return functional_call(_Blocks(self._like[0].train(self.training)), weights, (x,))


class _Blocks(nn.Module):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return self.net.blocks(x)  # pyright: ignore[reportCallIssue]


class MixedLive(nn.Module):
    """Live nets, the experts, of which every style picture gets a mixture.

    Nets that began as one and were trained for different paintings can be mixed weight by weight, and paint what lies
    between. From a code of the style picture a small net finds, for each layer, how much of each expert, and a gain and
    an offset for each channel. The last layer's colours are moved from those of the experts' paintings to the
    picture's own. A frame then costs what a trained style costs.

    experts:   folded live nets
    paintings: (1, 3, H, W) float32, RGB in [0, 1], what each was trained for
    source:    experts after Yang et al. 2019, CondConv; gains after Dumoulin et al. 2017
    """

    margin = 16
    multiple = LiveNet.multiple

    def __init__(self, experts: Sequence[nn.Module], paintings: Sequence[Tensor], eye: StyleEye) -> None:
        super().__init__()
        self.eye = eye
        states = [expert.state_dict() for expert in experts]
        like = copy.deepcopy(experts[0]).requires_grad_(False)
        keep_running(like)
        self._like = (like,)
        require_one_origin(states)
        self.names = list(states[0])
        self.experts = stacked(states, self.names)
        layers = list(dict.fromkeys(_layer(name) for name in self.names))
        self.layers = {layer: n for n, layer in enumerate(layers)}
        self.offsets = [name for name in self.names if name.endswith(("conv.bias", "norm.bias"))]
        sizes = [len(states[0][name]) for name in self.offsets]
        self.shares = nn.Sequential(nn.Linear(eye.size, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(experts)))
        self.changes = nn.Sequential(
            nn.Linear(eye.size, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, len(layers) * len(experts) + 2 * sum(sizes)),
        )
        nn.init.zeros_(self.changes[2].weight)  # pyright: ignore[reportArgumentType]
        nn.init.zeros_(self.changes[2].bias)  # pyright: ignore[reportArgumentType]
        self.sizes = sizes
        means, spreads = zip(*(colours_of(painting) for painting in paintings), strict=True)
        self.register_buffer("means", torch.cat(means))
        self.means: Tensor
        self.register_buffer("spreads", torch.cat(spreads))
        self.spreads: Tensor

    @torch.no_grad()
    def look(self, style: Tensor) -> Look:
        """style: (1, 3, h, w) float32, RGB in [0, 1], of any size"""
        mean, spread = colours_of(style)
        return Look(self.eye(style), mean[0], spread[0])

    def after(self, look: Look) -> StyledNet:
        return StyledNet(self._like[0], self.weights(look), self.margin)

    def weights(self, look: Look) -> dict[str, Tensor]:
        """Those of a folded live net, by its own names."""
        code = look.code
        shares = self.shares(code).softmax(1)[0]
        count, total = len(self.layers) * len(shares), sum(self.sizes)
        by_layer, gains, offsets = (CAUTION * self.changes(code)[0]).split([count, total, total])
        by_layer = shares + by_layer.view(len(self.layers), -1)
        # Statistics by shares that are none of them below 0: a variance must not be, either
        mixed = {
            name: torch.tensordot(
                shares if is_statistic(name) else by_layer[self.layers[_layer(name)]],
                self.experts[key(name)],
                1,
            )
            for name in self.names
        }
        for name, gain, offset in zip(
            self.offsets, gains.split(self.sizes), offsets.split(self.sizes), strict=True
        ):
            weight = f"{_layer(name)}.weight"  # of a convolution, or of the norm after it
            mixed[weight] = mixed[weight] * (1 + gain).view(-1, *(1,) * (mixed[weight].ndim - 1))
            mixed[name] = mixed[name] * (1 + gain) + offset
        self._recolour(mixed, look, shares)
        return mixed

    def _recolour(self, mixed: dict[str, Tensor], look: Look, shares: Tensor) -> None:
        """The last layer gives colours: they are moved to where the picture has its own."""
        with torch.no_grad():
            mean = shares @ self.means
            spread = torch.tensordot(shares, self.spreads, 1)
            turn = colour_transport(spread, look.spread)
        weight = mixed["paint.weight"]
        blocks = weight.view(4, 3, -1)
        mixed["paint.weight"] = (turn @ blocks).view_as(weight)
        mixed["paint.bias"] = turn @ (mixed["paint.bias"] - mean) + look.mean


def require_one_origin(states: Sequence[Mapping[str, Tensor]]) -> None:
    """raises: ValueError for the weights of nets that have nothing in common"""
    if not began_as_one(
        [{name: value.numpy(force=True) for name, value in state.items()} for state in states]
    ):
        raise ValueError("they have nothing in common, and only nets that began as one can be mixed")


def stacked(states: Sequence[Mapping[str, Tensor]], names: Sequence[str]) -> nn.ParameterDict:
    """What several nets have of each name, by its `key`; statistics are kept as they are."""
    return nn.ParameterDict(
        {
            key(name): nn.Parameter(
                torch.stack([state[name] for state in states]), requires_grad=not is_statistic(name)
            )
            for name in names
        }
    )


def key(name: str) -> str:
    return name.replace(".", "_")


def _layer(name: str) -> str:
    return name.rpartition(".")[0]
