"""Training of a painting net: one picture and a folder of photos in, a transform net out."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.checkpoint import RunState, resume_checkpoint, save_checkpoint
from livebrush.trainer.content_photos import CropSampler, PhotoSet, resize_short_side
from livebrush.trainer.health import Health
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, on_device
from livebrush.trainer.losses.motion import random_motion, taken_again
from livebrush.trainer.losses.steadiness import SteadinessLoss
from livebrush.trainer.nets import make_net
from livebrush.trainer.nets.annealed_norm import fixed_share, set_fixed
from livebrush.trainer.nets.layers import inset
from livebrush.trainer.painting_loss import PaintingLoss
from livebrush.trainer.parallel import all_or_none, average_gradients, is_first, mean_over_processes, own_part
from livebrush.trainer.preview import grid, paint, save_picture, with_margin
from livebrush.trainer.recipe import PaintingRecipe
from livebrush.trainer.run_log import RunLog
from livebrush.trainer.starts import load_start

WARM_UP_STEPS = 50
FINAL_RATE = 0.02
DARK_SHARE = 0.2
"""of the photos: a camera also sees rooms without light, which a folder of photos has few of"""
PALETTE_PHOTOS = 64
"""enough to tell a dark photo from a bright one"""


@dataclass(frozen=True)
class Progress:
    """One record that the progress bar, the log and TensorBoard all read.

    losses: weighted terms, "total" among them, of the batch just trained on
    """

    step: int
    steps: int
    losses: dict[str, float]
    learning_rate: float
    images_per_s: float


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps what it makes: checkpoint, log, previews, TensorBoard events."""

    path: Path
    every_steps: int = 250

    @property
    def checkpoint(self) -> Path:
        return self.path / "last.safetensors"


class PaintingTraining:
    """One run. Its state after n steps depends on recipe, painting and photos alone, resumed or not.

    Processes that train together (see `parallel`) each hold one, of which the first writes and reports.
    """

    def __init__(
        self,
        recipe: PaintingRecipe,
        style: Path,
        photos: PhotoSet,
        network: LayeredNetwork,
        folder: RunFolder,
        *,
        held_out: PhotoSet | None = None,
        start_from: Path | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        """start_from: a checkpoint of the same kind of net, whose weights the run starts with

        raises: LivebrushError when the style picture or the checkpoint cannot be read, or the processes that
                train together cannot share the batch evenly
        """
        self.recipe, self.photos, self.folder, self.device = recipe, photos, folder, torch.device(device)
        torch.manual_seed(recipe.seed)
        self.net: nn.Module = make_net(recipe.net).to(self.device, memory_format=torch.channels_last)
        self.started_from = load_start(start_from, self.net) if start_from else None
        self.fixed_at_start = fixed_share(self.net)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=recipe.learning_rate)
        network = on_device(network, self.device, recipe.precision)
        painting = resize_short_side(Image.fromarray(read_picture(style).pixels), recipe.style_size)
        pixels = self._tensor(np.asarray(painting).transpose(2, 0, 1)[None])
        self.steadiness = SteadinessLoss(pixels)
        self.sampler = CropSampler(
            photos, recipe.crop, recipe.batch, recipe.seed, own_part(recipe.batch), DARK_SHARE
        )
        self.judged_kind, judged = ("held_out", held_out) if held_out else ("preview", photos)
        self.judged = CropSampler(
            judged, recipe.crop, min(8, len(judged.paths)), seed=0, dark_share=DARK_SHARE
        )
        self.run = {"recipe": recipe.as_dict(), "style": style.name, "photos": photos.sha256}
        # A net that pads by itself has no margin
        self.margin = recipe.margin if int(self.net.margin) else 0  # pyright: ignore[reportArgumentType]
        many = CropSampler(photos, recipe.crop, PALETTE_PHOTOS, recipe.seed, dark_share=DARK_SHARE).batch(0)
        self.loss = PaintingLoss(network, pixels, self.judged_photos(), recipe, self._tensor(many))
        self.step = 0

    def resume(self) -> None:
        """raises: LivebrushError when the checkpoint is missing or belongs to another run"""
        defaults = {"recipe": PaintingRecipe().as_dict()}
        state = resume_checkpoint(self.folder.checkpoint, self.net, self.optimizer, self.run, defaults)
        self.step = state.step

    def train(self, report: Callable[[Progress], None]) -> nn.Module:
        """Train to the end of the recipe and return the net.

        raises: LivebrushError when the loss stops being finite or the picture goes flat, and
                KeyboardInterrupt; the last good checkpoint stays in either case. EndedElsewhere when it is
                another process that raises these
        """
        self.folder.path.mkdir(parents=True, exist_ok=True)
        health = Health()
        own_log = RunLog(self.folder.path, first_step=self.step) if is_first() else nullcontext()
        with own_log as log, ThreadPoolExecutor(1) as reader:
            upcoming = reader.submit(self.sampler.batch, self.step)
            try:
                while self.step < self.recipe.steps:
                    started = time.perf_counter()
                    with all_or_none():
                        photo = self._tensor(upcoming.result())
                        upcoming = reader.submit(self.sampler.batch, self.step + 1)
                    losses = self._train_step(photo, health)
                    self.step += 1
                    rate = self.recipe.batch / (time.perf_counter() - started)
                    with all_or_none(interruptible=False):
                        if log:
                            self._report(losses, rate, report, log)
            except KeyboardInterrupt:
                self._save()
                raise
        set_fixed(self.net, 1.0)  # also where the recipe anneals to the very end: only so does it fold
        return self.net.eval()

    def _train_step(self, photo: Tensor, health: Health) -> dict[str, float]:
        share = self.step / self.recipe.steps
        fixed = ramp(share, self.recipe.anneal_from, self.recipe.anneal_to)
        set_fixed(self.net, max(fixed, self.fixed_at_start))
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * rate_factor(self.step, self.recipe.steps)
        self.net.train()
        torch.manual_seed(self.recipe.seed + self.step)  # what the net draws depends on the step alone
        painted, losses = self._losses(photo, max(fixed, self.fixed_at_start))
        deviation = painted.detach().std(dim=(2, 3)).mean()
        # All in one: a GPU that is asked for a number has to finish its work first
        told = torch.stack([*(term.detach() for term in losses.values()), deviation])
        *means, deviation = mean_over_processes(told).tolist()
        values = dict(zip(losses, means, strict=True))
        with all_or_none(interruptible=False):
            health.check(self.step, values, deviation, self.folder.checkpoint)
        self.optimizer.zero_grad(set_to_none=True)
        losses["total"].backward()
        average_gradients(self.net.parameters())
        self.optimizer.step()
        return values

    def _losses(self, photo: Tensor, settled: float) -> tuple[Tensor, dict[str, Tensor]]:
        """The painted photos and their weighted losses.

        settled: how far normalisation is fixed, 0..1, and with it how much steadiness and the lattice count. While it
                 still depends on the picture nothing can be steady, and a net that has no strokes yet would learn none
        """
        if self.recipe.steady_weight * settled == 0:
            painted = self._paint(photo, self.margin)
            return painted, self.loss(painted, photo, settled)
        motion = random_motion(len(photo), *photo.shape[2:], device=self.device)
        painted, later = self._paint_pair(photo, taken_again(motion.move(photo)))
        losses = self.loss(painted, photo, settled)
        steady = self.steadiness(painted, later, photo, motion)
        losses["steady"] = settled * self.recipe.steady_weight * steady
        losses["total"] = losses["total"] + losses["steady"]
        return painted, losses

    def _paint_pair(self, photo: Tensor, later: Tensor) -> tuple[Tensor, Tensor]:
        """Two frames of a scene with the same grain, as in a video, the second with the margin of run time.

        The first has more, and being held to it the second learns not to show where the frame ends.
        """
        state = torch.get_rng_state()
        painted = self._paint(photo, self.margin)
        torch.set_rng_state(state)
        own_margin = int(self.net.margin)  # pyright: ignore[reportArgumentType]
        with inset(self.net, self.margin - own_margin):
            return painted, self._paint(later, own_margin)

    def _paint(self, photo: Tensor, margin: int) -> Tensor:
        """As `with_margin`, in the precision of the recipe; float32 comes out."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.mixed_precision):
            return with_margin(self.net, photo, margin).float()

    def _report(
        self, losses: dict[str, float], images_per_s: float, report: Callable[[Progress], None], log: RunLog
    ) -> None:
        rate = self.optimizer.param_groups[0]["lr"]
        report(Progress(self.step, self.recipe.steps, losses, rate, images_per_s))
        log.losses(self.step, losses, rate, images_per_s)
        if self.step % self.folder.every_steps == 0 or self.step == self.recipe.steps:
            self._keep(log)

    def _keep(self, log: RunLog) -> None:
        """Checkpoint, preview picture, and the losses of the same few photos each time."""
        self._save()
        photo = self.judged_photos()
        painted = paint(self.net, photo)
        with torch.no_grad():
            losses = self.loss(painted, photo)
        picture = grid(photo[:6], painted[:6])
        save_picture(picture, self.folder.path / f"preview_{self.step:06d}.png")
        log.judged(self.judged_kind, self.step, {k: float(term) for k, term in losses.items()}, picture)

    def judged_photos(self) -> Tensor:
        """The few photos, held out where there are such, that previews and judgements use: (N, 3, H, W)."""
        return self._tensor(self.judged.batch(0))

    def _save(self) -> None:
        save_checkpoint(self.folder.checkpoint, self.net, self.optimizer, self._state())

    def _state(self) -> RunState:
        return RunState(self.step, self.run)

    def _tensor(self, pixels: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device).float() / 255


def ramp(share: float, start: float, end: float) -> float:
    """0 before `start`, 1 from `end` on, a straight line between."""
    if share < start:
        return 0.0
    return 1.0 if share >= end else (share - start) / (end - start)


def rate_factor(step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to FINAL_RATE."""
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    return warm * (FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps)))
