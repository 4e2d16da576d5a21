"""Ways down to a small loss over one objective: Adam, PyTorch's L-BFGS, scipy's L-BFGS-B, L-BFGS without a search."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Evaluate = Callable[[Tensor], tuple[dict[str, float], Tensor]]
"""image (1, 3, H, W) -> loss terms with "total", and the gradient of the total"""
Report = Callable[[dict[str, float], Tensor], None]
"""told every evaluation's loss terms and the picture so far; stops the optimiser by raising"""

MEMORY = 20
"""steps that the L-BFGS methods remember"""
MEMORY_BYTES = 300e6
"""that `online_lbfgs` remembers at most, but two steps anyway"""
FIRST_CHANGE = 0.005
"""mean change of a pixel, of 1, by the first step of `online_lbfgs`"""
RESUMED_CHANGE = 0.0002
"""the same where a run goes on: near the bottom a long step would lead up again"""
LARGEST_CHANGE = 0.03
"""mean change of a pixel by any of its steps"""
RISE = 2.0
"""times the least loss so far, at which `online_lbfgs` goes back"""


class Stopped(Exception):
    """The optimiser has had its evaluations."""


@dataclass
class AdamState:
    """What Adam carries from one size to the next, or from one run to another.

    image:   (1, 3, H, W), the last iterate
    average: of the iterates, decaying; weight: what its weights add up to
    """

    image: Tensor
    first: Tensor
    second: Tensor
    average: Tensor
    weight: float = 0.0
    steps: int = 0

    @classmethod
    def fresh(cls, image: Tensor) -> "AdamState":
        return cls(image, torch.zeros_like(image), torch.zeros_like(image), torch.zeros_like(image))

    def resized(self, resize: Callable[[Tensor], Tensor]) -> "AdamState":
        """The state at another size; the average goes on from its own value, and starts anew.

        Moments are of the gradient by a pixel, which now stands for less or more of the picture.
        """
        image = resize(self.average)
        ratio = self.first.numel() / image.numel()
        first, second = (
            F.interpolate(moment, size=image.shape[2:], mode="bilinear", align_corners=False)
            for moment in (self.first, self.second)
        )
        return AdamState(image, first * ratio, second * ratio**2, torch.zeros_like(image), 0.0, self.steps)


def adam(
    evaluate: Evaluate, state: AdamState, steps: int, rate: float, report: Report, averaging: float = 0.0,
    beta2: float = 0.999,
) -> Tensor:  # fmt: skip
    """Adam within [0, 1]; what comes out is an average of the iterates, less noisy than any of them.

    averaging: decay of the average; 0 takes the last iterate
    beta2:     decay of the mean squared gradient
    state:     is carried on
    source:    Kingma and Ba 2015; averaging after Polyak and Juditsky 1992
    """
    beta1 = 0.9
    for _ in range(steps):
        terms, gradient = evaluate(state.image)
        state.steps += 1
        state.first.lerp_(gradient, 1 - beta1)
        state.second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        spread = (state.second / (1 - beta2**state.steps)).sqrt_().add_(1e-8)
        step = rate / (1 - beta1**state.steps)
        state.image = torch.addcdiv(state.image, state.first, spread, value=-step).clamp_(0, 1)
        state.weight = averaging * state.weight + 1 - averaging
        state.average.lerp_(state.image, (1 - averaging) / state.weight)
        report(terms, state.average)
    return state.average


def gradient_steps(evaluate: Evaluate, image: Tensor, steps: int, rate: float, report: Report) -> Tensor:
    """Down the gradient within [0, 1], `rate` times its length at each step; the last picture comes out."""
    for _ in range(steps):
        terms, gradient = evaluate(image)
        image = (image - rate * gradient).clamp(0, 1)
        report(terms, image)
    return image


def lbfgs(evaluate: Evaluate, image: Tensor, steps: int, report: Report) -> Tensor:
    """PyTorch's L-BFGS with a strong Wolfe line search, of the picture clipped to [0, 1].

    steps: evaluations, the line search's included

    Clipped in the end only, as published, a picture can have several times the loss that was reached.
    """
    leaf = image.clone().requires_grad_()
    optimiser = torch.optim.LBFGS(
        [leaf], lr=1, max_iter=steps, max_eval=steps, history_size=MEMORY, line_search_fn="strong_wolfe",
        tolerance_grad=0, tolerance_change=0,
    )  # fmt: skip
    best = _Best(report, steps, image)

    def closure() -> float:
        x = leaf.detach()
        terms, gradient = best.evaluate(evaluate, x.clamp(0, 1))
        # What would lead further out of the range leads nowhere
        leaf.grad = gradient.masked_fill_((x > 1) & (gradient < 0) | (x < 0) & (gradient > 0), 0)
        return terms["total"]

    with suppress(Stopped):
        optimiser.step(closure)  # pyright: ignore[reportArgumentType]
    return best.image.clamp(0, 1)


def online_lbfgs(
    evaluate: Evaluate, image: Tensor, steps: int, report: Report, first: float = FIRST_CHANGE
) -> Tensor:
    """L-BFGS that takes every step as it is: each evaluation is one, and gradients may be as rough as bfloat16's.

    steps:  evaluations
    first:  mean change of a pixel by the first step, whose length nothing tells yet
    source: Schraudolph, Yu and Guenter 2007 (without their damping, which exact gradients do not need)

    A line search compares losses that bfloat16 rounds; this compares only gradients over whole steps.
    """
    best = _Best(report, steps, image)
    curvature = _Curvature(max(2, min(MEMORY, int(MEMORY_BYTES / (4 * image.numel())))))
    change, before = None, None
    with suppress(Stopped):
        while True:
            terms, gradient = best.evaluate(evaluate, image)
            if not terms["total"] <= RISE * best.total:
                image, change, first = best.image, None, first / 4
                curvature.forget()
                continue
            # What would lead out of the range leads nowhere
            gradient.masked_fill_((image >= 1) & (gradient < 0) | (image <= 0) & (gradient > 0), 0)
            if change is not None and before is not None:
                curvature.learn(change, gradient - before)
            step = curvature.step(gradient)
            size = float(step.abs().mean())
            allowed = LARGEST_CHANGE if curvature.known else first
            if size > allowed or not curvature.known:
                step *= allowed / max(size, 1e-12)
            after = (image + step).clamp_(0, 1)
            change, before, image = after - image, gradient, after
    return best.image.clamp(0, 1)


class _Curvature:
    """The last steps' changes of the picture and of its gradient: what L-BFGS knows of the loss.

    Kept in bfloat16: it is measured with less, and halves the memory.
    """

    def __init__(self, size: int) -> None:
        self._changes: deque[tuple[Tensor, Tensor]] = deque(maxlen=size)

    @property
    def known(self) -> bool:
        return bool(self._changes)

    def forget(self) -> None:
        self._changes.clear()

    def learn(self, change: Tensor, bend: Tensor) -> None:
        """change: of the picture by a step; bend: of the gradient. What curves the wrong way is left out."""
        if float(_inner(change, bend)) > 1e-4 * float(change.norm() * bend.norm()):
            self._changes.append((change.bfloat16(), bend.bfloat16()))

    def step(self, gradient: Tensor) -> Tensor:
        """Against the gradient, times the inverse curvature so far (Nocedal and Wright 2006, algorithm 7.4)."""
        step, shares = -gradient, []
        for change, bend in reversed(self._changes):
            share = _inner(change, step) / _inner(change, bend)
            shares.append(share)
            step -= share * bend
        for index, (change, bend) in enumerate(self._changes):
            if index == 0:
                newest_change, newest_bend = self._changes[-1]
                step *= _inner(newest_change, newest_bend) / _inner(newest_bend, newest_bend)
            step += (shares.pop() - _inner(bend, step) / _inner(change, bend)) * change
        return step


PART = 1 << 22
"""numbers that are multiplied at a time"""


def _inner(first: Tensor, second: Tensor) -> Tensor:
    """The sum of all products in float32; at once, those of a large picture would take as much memory as it does."""
    parts = zip(first.flatten().split(PART), second.flatten().split(PART), strict=True)
    return torch.stack([(a.float() * b.float()).sum() for a, b in parts]).sum()


def scipy_lbfgs(evaluate: Evaluate, image: Tensor, steps: int, report: Report) -> Tensor:
    """scipy's L-BFGS-B, pixels held in [0, 1]. steps: evaluations, the line search's included

    It can give up after two steps on a loss of millions: the loss is scaled to start at 1.
    """
    from scipy.optimize import minimize

    best = _Best(report, steps, image)
    scale = 0.0

    def function(x: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal scale
        terms, gradient = best.evaluate(
            evaluate, torch.from_numpy(x.astype(np.float32)).view_as(image).to(image)
        )
        scale = scale or 1 / max(terms["total"], 1e-12)
        return terms["total"] * scale, gradient.flatten().double().cpu().numpy() * scale

    start = image.clamp(0, 1).flatten().double().cpu().numpy()
    options = {"maxfun": steps + 1, "maxiter": steps, "maxcor": MEMORY, "ftol": 0.0, "gtol": 0.0}
    with suppress(Stopped):
        minimize(function, start, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(start), options=options)
    return best.image.clamp(0, 1)


class _Best:
    """Counts evaluations and keeps the best picture: a line search also looks at worse ones.

    It keeps the tensor itself: whoever evaluates a picture must not change it afterwards.
    """

    def __init__(self, report: Report, steps: int, start: Tensor) -> None:
        self.report, self.left, self.image = report, steps, start
        self.total = float("inf")

    def evaluate(self, evaluate: Evaluate, image: Tensor) -> tuple[dict[str, float], Tensor]:
        if self.left == 0:
            raise Stopped
        self.left -= 1
        terms, gradient = evaluate(image)
        if terms["total"] < self.total:
            self.total, self.image = terms["total"], image
        self.report(terms, self.image)
        return terms, gradient


METHODS: dict[str, Callable[[Evaluate, Tensor, int, Report], Tensor]] = {
    "online-lbfgs": online_lbfgs,
    "lbfgs": lbfgs,
    "scipy": scipy_lbfgs,
}
"""those whose state is the picture alone"""
