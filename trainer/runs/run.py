"""The training loop: the same for every kind of net."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from livebrush.models.events import OnEvent, Preview, Progress
from livebrush.trainer.runs.checkpoint import RunState, resume_checkpoint, save_checkpoint
from livebrush.trainer.runs.health import Health
from livebrush.trainer.runs.kind import Kind
from livebrush.trainer.runs.parallel import all_or_none, average_gradients, is_first, mean_over_processes
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.preview import save_picture
from livebrush.trainer.runs.run_log import RunLog


class TrainingRun:
    """One run of a kind. Its state after n steps depends on the kind alone, resumed or not.

    Processes that train together (see `parallel`) each hold one, of which the first writes and tells.
    """

    def __init__(self, kind: Kind, folder: RunFolder) -> None:
        self.kind, self.recipe, self.folder = kind, kind.recipe, folder
        self.optimizer = kind.optimizer()
        self.identity = {"recipe": kind.recipe.as_dict(), **kind.identity}
        self.step = 0

    def resume(self) -> None:
        """raises: LivebrushError when the checkpoint is missing or belongs to another run"""
        # What a checkpoint of an earlier livebrush does not tell was then as it is by default
        defaults = {"recipe": type(self.recipe)().as_dict()}
        kind, path = self.kind, self.folder.checkpoint
        state = resume_checkpoint(path, kind.net, self.optimizer, self.identity, defaults, kind.carried)
        self.step = state.step

    def train(self, on_event: OnEvent) -> nn.Module:
        """Train to the end of the recipe and return the net.

        on_event: told of every step, with its losses, learning_rate and images_per_s, and of every preview; in the
                  first process
        raises:   LivebrushError when the loss stops being finite or the picture goes flat, and
                  KeyboardInterrupt; the last good checkpoint stays in either case. EndedElsewhere when it is
                  another process that raises these
        """
        self.folder.path.mkdir(parents=True, exist_ok=True)
        health = Health()
        own_log = RunLog(self.folder.path, self.step, self.kind.terms) if is_first() else nullcontext()
        with own_log as log, ThreadPoolExecutor(1) as reader:
            upcoming = reader.submit(self.kind.batch, self.step)
            try:
                while self.step < self.recipe.steps:
                    started = time.perf_counter()
                    with all_or_none():
                        batch = [self.kind.on_device(part) for part in upcoming.result()]
                        upcoming = reader.submit(self.kind.batch, self.step + 1)
                    values = self._train_step(batch, health)
                    self.step += 1
                    values["images_per_s"] = self.recipe.batch / (time.perf_counter() - started)
                    with all_or_none(interruptible=False):
                        if log:
                            self._tell(values, log, on_event)
            except KeyboardInterrupt:
                self._save()
                raise
        return self.kind.finished()

    def _train_step(self, batch: list[Tensor], health: Health) -> dict[str, float]:
        """returns: the losses, and the learning rate"""
        rate = self.recipe.learning_rate * rate_factor(
            self.step, self.recipe.steps, self.kind.warm_up_steps, self.kind.final_rate
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("share", 1.0)
        self.kind.net.train()
        torch.manual_seed(self.recipe.seed + self.step)  # what is drawn depends on the step alone
        painted, losses = self.kind.losses(self.step, *batch)
        values, deviation = _as_numbers(losses, painted)
        with all_or_none(interruptible=False):
            health.check(self.step, values, deviation, self.folder.checkpoint)
        self.optimizer.zero_grad(set_to_none=True)
        losses["total"].backward()
        average_gradients(self.kind.net.parameters())
        self.optimizer.step()
        return {**values, "learning_rate": rate}

    def _tell(self, values: dict[str, float], log: RunLog, on_event: OnEvent) -> None:
        on_event(Progress(self.step, self.recipe.steps, values))
        log.trained(self.step, values)
        if self.step % self.folder.every_steps == 0 or self.step == self.recipe.steps:
            self._save()
            self._judge(log, on_event)

    def _judge(self, log: RunLog, on_event: OnEvent) -> None:
        with torch.no_grad():
            marks, picture = self.kind.judge()
        log.judged(self.kind.judged_by, self.step, marks, picture)
        if picture is not None:
            path = self.folder.path / f"preview_{self.step:06d}.png"
            save_picture(picture, path)
            on_event(Preview(path))

    def _save(self) -> None:
        kind, state = self.kind, RunState(self.step, self.identity)
        save_checkpoint(self.folder.checkpoint, kind.net, self.optimizer, state, kind.carried)


def _as_numbers(losses: dict[str, Tensor], painted: Tensor | None) -> tuple[dict[str, float], float | None]:
    """The losses, and how far the painted pixels deviate from their picture's mean, over all processes."""
    told = [term.detach() for term in losses.values()]
    if painted is not None:
        told.append(painted.detach().std(dim=(2, 3)).mean())
    # All in one: a GPU that is asked for a number has to finish its work first
    numbers = mean_over_processes(torch.stack(told)).tolist()
    values = dict(zip(losses, numbers, strict=False))
    return values, None if painted is None else numbers[-1]


def ramp(share: float, start: float, end: float) -> float:
    """0 before `start`, 1 from `end` on, a straight line between."""
    if share < start:
        return 0.0
    return 1.0 if share >= end else (share - start) / (end - start)


def rate_factor(step: int, steps: int, warm_up_steps: int, final: float) -> float:
    """Linear warm-up, then half a cosine down to `final`."""
    warm = min(1.0, (step + 1) / warm_up_steps)
    return warm * (final + (1 - final) * 0.5 * (1 + math.cos(math.pi * step / steps)))
