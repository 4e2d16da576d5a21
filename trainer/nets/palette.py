"""A net that holds several styles: kernels that all of them share, and each style's own mixture of them."""

import copy
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from livebrush.converters.palette_graph import values_in_a_byte
from livebrush.trainer.nets.annealed_norm import keep_running
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.mixed import StyledNet, key, require_one_origin, stacked

KERNEL = "conv.weight"
STEPS = {256: 0.037, 16: 0.36, 6: 0.76, 4: 1.0, 3: 1.26, 2: 1.6}
"""values that a weight may have -> the step from one to the next, in deviations of the weights: the least error for
normally distributed ones (Max 1960), a little wider where there are many, because weights have longer tails. The
numbers are those of which 1, 2, 3, 4, 5 and 8 fit into a byte"""


class PaletteNet(nn.Module):
    """Live nets that began as one, kept as one.

    The weights of a layer in K styles are sums of E kernels (E = K at most) that all styles share, as the singular
    vectors of the K begin. The first say most, the last very little, and so the first are kept in 8 bits a weight, the
    next in 4, and so on, down to 1 and none. Training knows of it: it computes with the rounded weights.
    Gains, biases and the last layer are each style's own: they are few. A blend mixes what the
    styles have of each.

    nets:       folded live nets, one for each style
    kilobytes:  thousands of bytes for the kernels
    raises:     ValueError for nets that did not begin as one
    source:     shared filters after Yang et al. 2019, CondConv; gains after Dumoulin et al. 2017; training with rounded
                weights after Jacob et al. 2018, section 3
    """

    margin = 16
    multiple = LiveNet.multiple

    def __init__(self, nets: Sequence[nn.Module], kilobytes: float) -> None:
        super().__init__()
        states = [net.state_dict() for net in nets]
        require_one_origin(states)
        if len({net.shortcut for net in nets}) > 1:
            raise ValueError("some have a shortcut past their strokes, and others none")
        like = copy.deepcopy(nets[0]).requires_grad_(False)
        keep_running(like)
        self._like = (like,)  # in a tuple: its weights are none of this net's
        self.convs = [name.removesuffix(".weight") for name in states[0] if name.endswith(KERNEL)]
        self.own_names = [name for name in states[0] if not name.endswith(KERNEL)]
        stacks = {conv: torch.stack([state[f"{conv}.weight"] for state in states]) for conv in self.convs}
        factors = {conv: factored(stack) for conv, stack in stacks.items()}
        levels = levels_of([importance for _, _, importance in factors.values()], _sizes(stacks), kilobytes)
        self.register_buffer("levels", torch.tensor(levels))
        self.levels: Tensor
        kept = len(levels)
        self.shares = nn.ParameterDict(
            {key(conv): shares[:, :kept] for conv, (shares, _, _) in factors.items()}
        )
        self.kernels = nn.ParameterDict(
            {key(conv): kernels[:kept] for conv, (_, kernels, _) in factors.items()}
        )
        self.gains = nn.ParameterDict(
            {key(conv): torch.ones(len(nets), stack.shape[1]) for conv, stack in stacks.items()}
        )
        self.own = stacked(states, self.own_names)

    @property
    def styles(self) -> int:
        return len(next(iter(self.gains.values())))

    def after(self, style: Tensor) -> StyledNet:
        """style: (K,) float32, the weights of a blend"""
        return self.painting_with(self.weights(style))

    def painting_with(self, weights: dict[str, Tensor]) -> StyledNet:
        return StyledNet(self._like[0], weights, self.margin)

    def weights(self, style: Tensor) -> dict[str, Tensor]:
        """Those of a folded live net, by its own names."""
        return self.mixed(style, self._rounded)

    def mixed(self, style: Tensor, kernels_of: Callable[[str], tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        """kernels_of: a convolution -> its kernels, (E, out, ...), as numbers of steps, and the steps, (E, out)"""
        weights = {name: torch.tensordot(style, self.own[key(name)], 1) for name in self.own_names}
        for conv in self.convs:
            kernels, steps = kernels_of(conv)
            scales = (style @ self.shares[key(conv)])[:, None] * steps
            mixed = (kernels * scales[:, :, None, None, None]).sum(0)
            weights[f"{conv}.weight"] = mixed * (style @ self.gains[key(conv)])[:, None, None, None]
        return weights

    def steps_of(self, conv: str) -> Tensor:
        """From one value that a weight may have to the next, for each kernel and output channel: (E, out)"""
        deviations = self.kernels[key(conv)].detach().square().mean((2, 3, 4)).sqrt().clamp(min=1e-8)
        return deviations * deviations.new_tensor([STEPS[n] for n in self.levels.tolist()])[:, None]

    def places_of(self, conv: str) -> Tensor:
        """Which of its values each weight has, from 0: (E, out, in, height, width), whole numbers"""
        return self._places(conv, self.steps_of(conv)).detach().to(torch.uint8)

    def centres(self) -> Tensor:
        """What is subtracted from those, so that they lie around 0: (E, 1, 1, 1, 1)"""
        return ((self.levels - 1) / 2).view(-1, 1, 1, 1, 1)

    def _places(self, conv: str, steps: Tensor) -> Tensor:
        exact = self.kernels[key(conv)] / steps[:, :, None, None, None] + self.centres()
        highest = (self.levels - 1).view(-1, 1, 1, 1, 1)
        # Rounded on the way there, unrounded on the way back: gradients pass
        return exact + (exact.round().clamp(min=0).minimum(highest) - exact).detach()

    def _rounded(self, conv: str) -> tuple[Tensor, Tensor]:
        steps = self.steps_of(conv)
        return self._places(conv, steps) - self.centres(), steps


def factored(stack: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The weights of one layer in K styles, (K, out, in, height, width), as sums.

    returns: shares (K, K) of squares whose mean over the styles is 1, kernels (K, out, in, height, width), the most
             important first, and of which share of the squared weights each is, (K,)
    """
    count = len(stack)
    left, singular, right = torch.linalg.svd(stack.flatten(1).double(), full_matrices=False)
    kernels = (singular[:, None] * right / math.sqrt(count)).float().view_as(stack)
    return (left * math.sqrt(count)).float(), kernels, (singular.square() / singular.square().sum()).float()


def levels_of(importances: Sequence[Tensor], weights: int, kilobytes: float) -> list[int]:
    """How many values the weights of each kernel may have, the first kernel's first; those that get none are left out.

    Bytes go where they take most of the error away, one step finer at a time; kernels of equal place in all layers
    alike.

    importances: see `factored`, of each layer
    weights:     of one kernel in all layers together
    """
    importance = torch.stack(list(importances)).mean(0).tolist()
    finer = [1, *sorted(STEPS)]
    places = [0] * len(importance)
    left = 1000 * kilobytes
    while True:
        steps = []
        for kernel, place in enumerate(places):
            for further in range(place + 1, len(finer)):
                costs = weights * (bytes_of(finer[further]) - bytes_of(finer[place]))
                wins = importance[kernel] * (_error(finer[place]) - _error(finer[further]))
                if costs <= left:
                    steps.append((wins / costs, kernel, further, costs))
        if not steps:
            break
        _, kernel, place, costs = max(steps)
        places[kernel], left = place, left - costs
    return [finer[place] for place in sorted(places, reverse=True) if place]


def bytes_of(levels: int) -> float:
    """that a weight takes"""
    return 0.0 if levels == 1 else 1 / values_in_a_byte(levels)


def _error(levels: int) -> float:
    """Of rounding to so many values, as a share of the squared weights; for normally distributed ones."""
    return {1: 1.0, 2: 0.39, 3: 0.206, 4: 0.134, 6: 0.071, 16: 0.015}.get(levels, 0.0002)


def _sizes(stacks: dict[str, Tensor]) -> int:
    return sum(stack[0].numel() for stack in stacks.values())
