"""The optimisers on a bowl whose bottom is known, and what they tell on the way."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from livebrush.trainer.stills.optimisers import (
    AdamState,
    Evaluate,
    Report,
    adam,
    lbfgs,
    online_lbfgs,
    scipy_lbfgs,
)

GOAL = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
STEEPNESS = 10 ** torch.linspace(0, 4, GOAL.numel()).view_as(GOAL)


def bowl(image: Tensor) -> tuple[dict[str, float], Tensor]:
    loss = 0.5 * (STEEPNESS * (image - GOAL).square()).sum()
    return {"total": float(loss)}, STEEPNESS * (image - GOAL)


def by_adam(evaluate: Evaluate, image: Tensor, steps: int, report: Report) -> Tensor:
    return adam(evaluate, AdamState.fresh(image), steps, 0.02, report, averaging=0.9)


METHODS = {"adam": by_adam, "online-lbfgs": online_lbfgs, "lbfgs": lbfgs, "scipy": scipy_lbfgs}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_each_gets_near_the_bottom_and_tells_every_evaluation(method: Callable[..., Tensor]) -> None:
    told: list[float] = []
    start = torch.full_like(GOAL, 0.5)
    result = method(bowl, start, 300, lambda terms, image: told.append(terms["total"]))
    assert bowl(result)[0]["total"] < 1e-3 * bowl(start)[0]["total"]
    assert len(told) <= 300 and told[0] == pytest.approx(bowl(start)[0]["total"])
    assert float(start.min()) == 0.5, "the start is left alone"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_no_more_evaluations_than_asked_for(method: Callable[..., Tensor]) -> None:
    told: list[float] = []
    method(bowl, torch.zeros_like(GOAL), 7, lambda terms, image: told.append(terms["total"]))
    assert len(told) == 7


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_the_bottom_may_be_out_of_reach(method: Callable[..., Tensor]) -> None:
    goal, steepness = GOAL * 3 - 1, STEEPNESS.sqrt()
    mixing = torch.linalg.qr(
        torch.randn(GOAL.numel(), GOAL.numel(), generator=torch.Generator().manual_seed(1))
    )[0]
    matrix = mixing @ torch.diag(steepness.flatten()) @ mixing.T

    def slanted(image: Tensor) -> tuple[dict[str, float], Tensor]:
        error = (image - goal).flatten()
        return {"total": float(0.5 * error @ matrix @ error)}, (matrix @ error).view_as(image)

    told: list[float] = []
    result = method(slanted, torch.full_like(goal, 0.5), 400, lambda terms, _: told.append(terms["total"]))
    assert float(result.min()) >= 0 and float(result.max()) <= 1
    assert slanted(result)[0]["total"] == pytest.approx(min(told), rel=0.01)
    best = scipy_lbfgs(slanted, torch.full_like(goal, 0.5), 2000, lambda *_: None)
    assert slanted(result)[0]["total"] < 1.05 * slanted(best)[0]["total"]


@pytest.mark.parametrize("method", [online_lbfgs, lbfgs, scipy_lbfgs])
def test_without_evaluations_left_the_start_comes_back(method: Callable[..., Tensor]) -> None:
    torch.testing.assert_close(method(bowl, GOAL, 0, lambda *_: None), GOAL)


def rounded_bowl(image: Tensor) -> tuple[dict[str, float], Tensor]:
    terms, gradient = bowl(image.bfloat16().float())
    return {"total": float(torch.tensor(terms["total"]).bfloat16())}, gradient.bfloat16().float()


def test_lbfgs_without_a_search_can_do_with_bfloat16() -> None:
    start = torch.full_like(GOAL, 0.5)
    result = online_lbfgs(rounded_bowl, start, 300, lambda *_: None)
    assert bowl(result)[0]["total"] < 5e-3 * bowl(start)[0]["total"]


def test_a_step_that_leads_far_up_is_taken_back() -> None:
    def ravine(image: Tensor) -> tuple[dict[str, float], Tensor]:
        terms, gradient = bowl(image)
        wall = (image - GOAL).abs() > 0.01
        return {"total": terms["total"] + 1e6 * float(wall.sum())}, gradient

    start, told = (GOAL + 0.009).clamp(0, 1), list[float]()
    result = online_lbfgs(ravine, start, 60, lambda terms, _: told.append(terms["total"]))
    assert max(told) > 1e6, "the first step is too long here"
    assert ravine(result)[0]["total"] < 0.5 * told[0]


def test_little_memory_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livebrush.trainer.stills.optimisers.MEMORY_BYTES", 1)
    start = torch.full_like(GOAL, 0.5)
    result = online_lbfgs(bowl, start, 300, lambda *_: None)
    assert bowl(result)[0]["total"] < 0.01 * bowl(start)[0]["total"]


def test_scipy_does_not_give_up_on_a_huge_loss() -> None:
    def huge(image: Tensor) -> tuple[dict[str, float], Tensor]:
        terms, gradient = bowl(image)
        return {"total": terms["total"] * 1e9}, gradient * 1e9

    start = torch.zeros_like(GOAL)
    result = scipy_lbfgs(huge, start, 100, lambda *_: None)
    assert bowl(result)[0]["total"] < 1e-3 * bowl(start)[0]["total"]


def test_adam_goes_on_from_its_state() -> None:
    whole, halves = AdamState.fresh(torch.zeros_like(GOAL)), AdamState.fresh(torch.zeros_like(GOAL))
    adam(bowl, whole, 40, 0.02, lambda *_: None, 0.9)
    for _ in range(2):
        result = adam(bowl, halves, 20, 0.02, lambda *_: None, 0.9)
    torch.testing.assert_close(result, whole.average)
