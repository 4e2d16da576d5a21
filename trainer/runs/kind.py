"""What a kind of training is: all that differs between a painting net, a photo net, or any other."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from livebrush.models.contract import StyleMetadata
from livebrush.trainer.runs.content_photos import PhotoSet
from livebrush.trainer.runs.places import Job
from livebrush.trainer.runs.recipe import Recipe

Say = Callable[[str], object]
"""called with lines for the user"""
Outcome = tuple[Tensor | None, dict[str, Tensor]]
"""the pictures, (N, 3, H, W) in [0, 1], that a net painted (None: it paints none), and the weighted terms of its loss,
"total" among them: scalars"""


class Kind(ABC):
    """A net, the batches that it learns from, its losses and what changes in the course of a run.

    `TrainingRun` does the rest. A batch and what is drawn for a step depend on recipe and step alone, so that a
    resumed run goes on as it would have: the run seeds torch anew before every step.

    recipe:    batch size, steps, learning rate, seed, and whatever else the kind is told
    net:       what is trained, on the device that it is trained on
    identity:  what else tells this run from another, fit for JSON: it goes into the checkpoint
    judged_by: what `judge` looks at: "held_out" photos, or, as a "preview", some of those that are trained on
    carried:   what else one step leaves to the next, by name, and changes in place: it goes into the checkpoint
    """

    terms: ClassVar[tuple[str, ...]]
    """of the loss, besides their total: columns of the log"""
    warm_up_steps: ClassVar[int] = 50
    final_rate: ClassVar[float] = 0.02
    """share of the learning rate that is left at the end"""

    recipe: Recipe
    net: nn.Module
    identity: dict[str, Any]
    judged_by = "preview"
    carried: Mapping[str, Tensor] = MappingProxyType({})

    @abstractmethod
    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        """What `losses` takes, (n, ...) each: this process's part of the batch (see `parallel.own_part`).

        Called in a thread of its own, a step ahead. Bytes come to `losses` as float32 in [0, 1], all else as it is.
        """

    @abstractmethod
    def losses(self, step: int, *batch: Tensor) -> Outcome:
        """Run the net, in training mode, over a batch; whatever a schedule sets for this step is set here."""

    @abstractmethod
    def judge(self) -> tuple[dict[str, float], np.ndarray | None]:
        """Losses, or other marks, of the same few examples each time, and a picture (H, W, 3) uint8 to look at."""

    def optimizer(self) -> torch.optim.Optimizer:
        """Groups of parameters may name a `share` of the learning rate that they get; others get all of it."""
        return torch.optim.Adam(self.net.parameters(), lr=self.recipe.learning_rate)

    def finished(self) -> nn.Module:
        """The net, when its training has come to the end."""
        return self.net.eval()

    @property
    def device(self) -> torch.device:
        return next(self.net.parameters()).device

    def on_device(self, values: np.ndarray) -> Tensor:
        """As `losses` gets it."""
        tensor = torch.from_numpy(np.ascontiguousarray(values)).to(self.device)
        return tensor.float() / 255 if tensor.dtype == torch.uint8 else tensor


class FileKind(Kind):
    """A kind whose net becomes an .onnx file.

    network_name: of its loss network
    """

    network_name: str

    @classmethod
    @abstractmethod
    def of(cls, job: Job, say: Say) -> Self:
        """Made of a job's files. raises: LivebrushError"""

    @abstractmethod
    def describe(self) -> str:
        """What it learns from, in a line for the user."""

    @abstractmethod
    def write(self, job: Job) -> None:
        """Write the job's output. raises: LivebrushError"""

    def told_recipe(self, job: Job) -> dict[str, Any]:
        """What the file tells of its making: names, counts and hashes, no paths."""
        return {
            **self.recipe.as_dict(), "loss_network": self.network_name, **_hashes(job.places.styles),
        }  # fmt: skip


class StyleKind(FileKind):
    """A kind whose net becomes a style model.

    net:              has `multiple` and `margin`, see `trainer.nets.make_net`
    photos, held_out: that it is trained on and judged by
    """

    name: ClassVar[str]
    """of the style model: "painting" or "photo" """

    net: Any
    photos: PhotoSet
    held_out: PhotoSet | None

    @abstractmethod
    def export(self, metadata: StyleMetadata, output: Path) -> None:
        """Write the style model; metadata: its margin is the net's own"""

    def facts(self) -> dict[str, Any]:
        """What the style model tells of its making besides recipe, loss network and photos."""
        return {}

    def describe(self) -> str:
        return f"{self.photos.describe()[:90]}…; loss network {self.network_name}"

    def write(self, job: Job) -> None:
        recipe = self.told_recipe(job)
        self.export(
            StyleMetadata(
                kind=self.name,
                net=recipe["net"],
                multiple=self.net.multiple,
                margin=self.net.margin,
                styles=job.styles,
                weights_licence=job.weights_licence,
                trained_on=self.photos.describe(),
                recipe=recipe,
            ),
            job.places.output,
        )

    def told_recipe(self, job: Job) -> dict[str, Any]:
        more: dict[str, Any] = {"held_out_photos": len(self.held_out.paths) if self.held_out else 0}
        if job.places.masks:
            more["masks_sha256"] = _sha256(job.places.masks)
        return {**super().told_recipe(job), **more, **self.facts()}


def _hashes(styles: Sequence[Path]) -> dict[str, Any]:
    hashes = [_sha256(style) for style in styles]
    return {"style_sha256": hashes[0]} if len(hashes) == 1 else {"styles_sha256": hashes}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
