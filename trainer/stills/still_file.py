"""A still under way, on disk: what `--resume` goes on from."""

import json
from pathlib import Path

import torch

from livebrush.models.errors import LivebrushError
from livebrush.realtime.same_run import Run, differences
from livebrush.trainer.stills.loss_log import Losses
from livebrush.trainer.stills.optimisers import AdamState
from livebrush.trainer.stills.painting import StillState
from livebrush.trainer.tensor_file import load_tensors, save_tensors

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
    save_tensors(path, tensors, metadata, "the state")


def load_still(path: Path, run: Run, device: torch.device) -> tuple[StillState, list[dict[str, float]]]:
    """The state, and the losses of the way to it.

    raises: LivebrushError when there is none, it is damaged, or it is of another run
    """
    if not path.is_file():
        raise LivebrushError(
            f"there is no {path} to resume from", code="not_found", remedy="leave_out", field="resume"
        )
    tensors, metadata = load_tensors(path, device)
    before = metadata.get("run", "")
    if not before.startswith("{"):
        raise LivebrushError(f"{path} is of an earlier livebrush", code="mismatch", remedy="start_anew")
    try:
        adam = None
        if "weight" in metadata:
            moments = {name: tensors[f"adam.{name}"] for name in MOMENTS}
            adam = AdamState(**moments, weight=float(metadata["weight"]), steps=int(metadata["steps"]))
        image = adam.average if adam else tensors["picture"]
        state = StillState(int(metadata["leg"]), int(metadata["step"]), image, adam)
        losses = json.loads(metadata["losses"])
        differs = differences(json.loads(before), run)
    except (KeyError, ValueError, RecursionError) as error:
        raise LivebrushError(
            f"{path} is no still under way: {error}; delete it and start anew", code="unreadable"
        ) from error
    if differs:
        raise LivebrushError(
            f"{path} is of a run that differs in its {', '.join(differs)}",
            code="mismatch",
            remedy="as_begun_or_anew",
        )
    return state, losses
