"""Checkpoints: a net and its optimiser, in safetensors, enough to go on exactly where a run stopped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from livebrush.models.errors import LivebrushError
from livebrush.realtime.same_run import Run, differences
from livebrush.trainer.tensor_file import load_tensors, read_words, save_tensors

_NOTHING: Mapping[str, Tensor] = MappingProxyType({})


@dataclass(frozen=True)
class RunState:
    """What a run needs besides tensors.

    step: steps done
    run:  the recipe and what it was trained on; a checkpoint of another run is refused
    """

    step: int
    run: dict[str, Any]


def save_checkpoint(
    path: Path,
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    state: RunState,
    carried: Mapping[str, Tensor] = _NOTHING,
) -> None:
    """Write beside the target and rename, so that a full disk or Ctrl-C leaves the last good checkpoint.

    carried: what else one step leaves to the next
    """
    tensors = {f"net.{name}": tensor for name, tensor in net.state_dict().items()}
    tensors |= {f"carried.{name}": tensor for name, tensor in carried.items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": tensor for name, tensor in moments.items()}
    save_tensors(path, tensors, {"step": str(state.step), "run": json.dumps(state.run)}, "the checkpoint")


def read_run_state(path: Path) -> RunState:
    """What a checkpoint says of its run, without its tensors. Raises LivebrushError when it is none."""
    words = read_words(path)
    try:
        step, run = int(words["step"]), json.loads(words["run"])
        if step < 0 or not isinstance(run, dict):
            raise ValueError("its step or its run makes no sense")
    except (KeyError, ValueError, RecursionError) as error:
        raise LivebrushError(f"{path} is no checkpoint of a training: {error}", code="unreadable") from error
    return RunState(step, run)


def resume_checkpoint(
    path: Path,
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    run: Run,
    defaults: Run,
    carried: Mapping[str, Tensor] = _NOTHING,
) -> RunState:
    """Fill a net, its Adam, and what else is carried from step to step, from a checkpoint of the same run.

    defaults: what counts where the checkpoint is of an earlier livebrush, which did not write it yet
    raises:   LivebrushError when it is missing, damaged, or belongs to another run than this
    """
    if differs := differences(read_run_state(path).run, run, defaults):
        raise LivebrushError(
            f"{path} is of another run (its {'; '.join(differs)} differ)",
            code="mismatch",
            remedy="another_run",
        )
    return load_checkpoint(path, net, optimizer, carried)


def load_checkpoint(
    path: Path,
    net: nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
    carried: Mapping[str, Tensor] = _NOTHING,
) -> RunState:
    """Fill a net, its Adam, and what else is carried from step to step, from a checkpoint.

    raises: LivebrushError when the file is missing, damaged, or of another net
    """
    state = read_run_state(path)
    tensors, _ = load_tensors(path)
    try:
        net.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("net.")})
        if optimizer is not None:
            _fill(optimizer, tensors)
        for name, tensor in carried.items():
            tensor.copy_(tensors[f"carried.{name}"])
    except (RuntimeError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise LivebrushError(
            f"the checkpoint {path} does not fit this net: {reason}; it may be of an earlier livebrush: start afresh",
            code="mismatch",
        ) from error
    return state


def _fill(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Adam's moments, by the number of their parameter."""
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith("adam."):
            _, index, name = key.split(".")
            moments.setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
