"""A third kind of training, in a few lines: the loop asks for no more."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Progress
from livebrush.trainer.runs.content_photos import CropSampler, scan_photos
from livebrush.trainer.runs.kind import Kind
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.preview import grid
from livebrush.trainer.runs.recipe import Recipe
from livebrush.trainer.runs.run import TrainingRun

RECIPE = Recipe(images=80, batch=2, learning_rate=0.05)


class Negative(Kind):
    """Learns the negatives of photos, a little noise to be overcome on the way."""

    terms = ("difference",)
    warm_up_steps = 1

    def __init__(self, recipe: Recipe, photos: Path) -> None:
        found = scan_photos(photos, 64)
        self.recipe, self.identity = recipe, {"photos": found.sha256}
        torch.manual_seed(recipe.seed)
        self.net = torch.nn.Conv2d(3, 3, 1)
        self.sampler = CropSampler(found, 64, recipe.batch, recipe.seed)

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        return (self.sampler.batch(step),)

    def losses(self, step: int, *batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        (photo,) = batch
        painted = self.net(photo + 0.02 * torch.randn_like(photo))
        difference = (painted - (1 - photo)).square().mean()
        return painted, {"difference": difference, "total": difference}

    def judge(self) -> tuple[dict[str, float], np.ndarray]:
        photo = self.on_device(self.sampler.batch(0))
        painted, losses = self.losses(self.recipe.steps, photo)
        return {name: float(loss) for name, loss in losses.items()}, grid(photo, painted)


def test_a_kind_of_its_own_learns_and_resumes_exactly(photo_folder: Path, tmp_path: Path) -> None:
    losses: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, Progress):
            losses.append(event.values["difference"])
            if event.done == 17 and len(losses) == 40 + 17:
                raise KeyboardInterrupt

    whole = TrainingRun(Negative(RECIPE, photo_folder), RunFolder(tmp_path / "whole", 20)).train(note)
    assert losses[-1] < losses[0] / 10
    assert (tmp_path / "whole" / "preview_000020.png").is_file()
    with pytest.raises(KeyboardInterrupt):
        TrainingRun(Negative(RECIPE, photo_folder), RunFolder(tmp_path / "broken")).train(note)
    resumed = TrainingRun(Negative(RECIPE, photo_folder), RunFolder(tmp_path / "broken"))
    resumed.resume()
    assert resumed.step == 17
    net = resumed.train(note)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), whole.parameters(), strict=True))


def test_a_kind_whose_loss_breaks_is_stopped(photo_folder: Path, tmp_path: Path) -> None:
    kind = Negative(RECIPE, photo_folder)
    torch.nn.init.constant_(next(kind.net.parameters()), float("inf"))
    with pytest.raises(LivebrushError, match="stopped at step 0: the difference loss is") as raised:
        TrainingRun(kind, RunFolder(tmp_path / "run")).train(lambda _: None)
    assert raised.value.remedy == "steadier_training"
