"""The course of a distillation: its steps, their learning rate, and checkpoints; started again, it goes on."""

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from livebrush.models.writing import whole_file

WARM_UP_STEPS = 100
CHECKPOINT_STEPS = 250
FINAL_RATE = 0.01


def course(
    student: nn.Module, optimizer: torch.optim.Optimizer, steps: int, learning_rate: float, run_dir: Path
) -> Iterator[int]:
    """Every step that is still to take, its learning rate set: a warm-up, then half a cosine.

    The checkpoint, run_dir/last.pt, is written after the steps that `is_milestone` tells.
    """
    checkpoint, first = run_dir / "last.pt", 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        student.load_state_dict(state["student"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    for step in tqdm(range(first, steps), desc="student", disable=None):
        falling = FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * min(1.0, (step + 1) / WARM_UP_STEPS) * falling
        yield step
        if is_milestone(step, steps):
            state = {"student": student.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            with whole_file(checkpoint) as partial:
                torch.save(state, partial)


def is_milestone(step: int, steps: int) -> bool:
    return (step + 1) % CHECKPOINT_STEPS == 0 or step == steps - 1
