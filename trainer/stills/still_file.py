"""A still under way, on disk: what `--resume` goes on from."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from models.errors import LivebrushError
from realtime.output_files import whole_file
from trainer.same_run import Run, differences
from trainer.stills.loss_log import Losses
from trainer.stills.optimisers import AdamState
from trainer.stills.painting import StillState

MOMENTS = ("image", "first", "second", "average")


def save_still(path: Path, state: StillState, losses: Losses, run: Run) -> None:
    """Write beside the target and rename: a full disk or Ctrl-C leaves the one before.

    losses: of the way so far
    run:    a resumed run must say the same
    """
    tensors = {} if state.adam else {"picture": state.image}
    metadata = {"leg": str(state.leg), "step": str(state.step), "losses": json.dumps(losses)}
    metadata["run"] = json.dumps(run)
    if state.adam:
        tensors |= {f"adam.{name}": getattr(state.adam, name) for name in MOMENTS}
        metadata |= {"weight": repr(state.adam.weight), "steps": str(state.adam.steps)}
    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        with whole_file(path) as partial:
            save_file(stored, partial, metadata)
    except (OSError, SafetensorError) as error:
        raise LivebrushError(f"the state {path} cannot be written: {error}") from error


def load_still(path: Path, run: Run, device: torch.device) -> tuple[StillState, list[dict[str, float]]]:
    """The state, and the losses of the way to it.

    raises: LivebrushError when there is none, it is damaged, or it is of another run
    """
    if not path.is_file():
        raise LivebrushError(f"there is no {path} to resume from: leave --resume out")
    try:
        with safe_open(path, framework="pt", device=str(device)) as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        adam = None
        if "weight" in metadata:
            moments = {name: tensors[f"adam.{name}"] for name in MOMENTS}
            adam = AdamState(**moments, weight=float(metadata["weight"]), steps=int(metadata["steps"]))
        image = adam.average if adam else tensors["picture"]
        state = StillState(int(metadata["leg"]), int(metadata["step"]), image, adam)
        losses = json.loads(metadata["losses"])
        before = metadata["run"]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise LivebrushError(f"{path} is no still under way: {error}; delete it and start anew") from error
    if not before.startswith("{"):
        raise LivebrushError(
            f"{path} is of an earlier livebrush: leave --resume out and add -y to start anew"
        )
    if differs := differences(json.loads(before), run):
        raise LivebrushError(
            f"{path} is of a run with another {', another '.join(differs)}: resume with what it was started with, or "
            "leave --resume out and add -y to start anew"
        )
    return state, losses
