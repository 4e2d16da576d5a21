"""Training of a photo net: one photo and a folder of others in, a net that gives them its colours and light out."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from livebrush.models.regions import IN_FAVOUR
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.regions import RegionFinder
from livebrush.realtime.looks.statistics import SIDE, look_statistics
from livebrush.trainer.checkpoint import RunState, resume_checkpoint, save_checkpoint
from livebrush.trainer.content_photos import CropSampler, PhotoSet
from livebrush.trainer.health import Health
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, on_device
from livebrush.trainer.nets.johnson import JohnsonNet
from livebrush.trainer.nets.photo import PhotoNet, settled_masks
from livebrush.trainer.painting import Progress, RunFolder, rate_factor
from livebrush.trainer.parallel import all_or_none
from livebrush.trainer.photo_loss import PhotoLoss, smoothness
from livebrush.trainer.photo_recipe import PhotoRecipe
from livebrush.trainer.preview import grid, save_picture
from livebrush.trainer.run_log import PHOTO_TERMS, RunLog


class BlendedNet(nn.Module):
    """The published way: a painting net, whose picture is blended with the photo so that less of it is lost."""

    def __init__(self, blend: float) -> None:
        super().__init__()
        self.net, self.blend = JohnsonNet(), blend
        self.multiple, self.margin = self.net.multiple, self.net.margin

    def forward(self, x: Tensor) -> Tensor:
        return torch.lerp(self.net(x), x, self.blend)

    def folded(self) -> "BlendedNet":
        return self


class PhotoTraining:
    """One run. Its state after n steps depends on recipe, style photo and photos alone, resumed or not.

    style:  (H, W, 3) uint8, RGB; style_masks: (h, w, 10) uint8, its regions
    drawn:  whether these were drawn by a person
    raises: LivebrushError when the device runs out of memory or a picture cannot be read
    """

    def __init__(
        self,
        recipe: PhotoRecipe,
        style: np.ndarray,
        style_masks: np.ndarray,
        photos: PhotoSet,
        network: LayeredNetwork,
        folder: RunFolder,
        *,
        drawn: bool = False,
        held_out: PhotoSet | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.recipe, self.folder, self.device = recipe, folder, torch.device(device)
        torch.manual_seed(recipe.seed)
        net = BlendedNet(recipe.blend) if recipe.net == "johnson" else PhotoNet(
            look_statistics(style, style_masks), refined=True
        )  # fmt: skip
        self.net: PhotoNet | BlendedNet = net.to(self.device)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=recipe.learning_rate)
        network = on_device(network, self.device, recipe.precision)
        small = _within(style, 2 * SIDE)
        self.loss = PhotoLoss(
            network, self._tensor(small[None]), settled_masks(self._tensor(style_masks[None])), recipe
        )
        self._finder = RegionFinder(threads=1)
        self._workers = ThreadPoolExecutor(usable_cores())
        self.sampler = CropSampler(photos, SIDE, recipe.batch, recipe.seed)
        self.judged_kind, judged = ("held_out", held_out) if held_out else ("preview", photos)
        self._judged = CropSampler(judged, SIDE, min(8, len(judged.paths)), seed=0)
        self.run = {"recipe": recipe.as_dict(), "style": hash_of(style), "photos": photos.sha256}
        self.run["regions"] = hash_of(style_masks) if drawn else None  # what is found depends on the machine
        self.step = 0

    def resume(self) -> None:
        """raises: LivebrushError when the checkpoint is missing or belongs to another run"""
        defaults = {"recipe": PhotoRecipe().as_dict()}
        self.step = resume_checkpoint(
            self.folder.checkpoint, self.net, self.optimizer, self.run, defaults
        ).step

    def train(self, report: Callable[[Progress], None]) -> PhotoNet | BlendedNet:
        """Train to the end of the recipe and return the net.

        raises: LivebrushError when the loss stops being finite or the picture goes flat, and KeyboardInterrupt; the
                last good checkpoint stays in either case
        """
        self.folder.path.mkdir(parents=True, exist_ok=True)
        health = Health()
        with RunLog(self.folder.path, self.step, PHOTO_TERMS) as log, ThreadPoolExecutor(1) as reader:
            upcoming = reader.submit(self._batch, self.step)
            try:
                while self.step < self.recipe.steps:
                    started = time.perf_counter()
                    with all_or_none():
                        photo, masks = upcoming.result()
                        upcoming = reader.submit(self._batch, self.step + 1)
                    losses = self._train_step(photo, masks, health)
                    self.step += 1
                    self._report(losses, self.recipe.batch / (time.perf_counter() - started), report, log)
            except KeyboardInterrupt:
                self._save()
                raise
        return self.net.eval()

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        return self._with_masks(self.sampler.batch(step))

    def _with_masks(self, pixels: np.ndarray) -> tuple[Tensor, Tensor]:
        """Photos (N, 3, S, S) uint8 as a tensor, and their regions as they are found: (N, 10, h, w), 0..1"""
        photos = pixels.transpose(0, 2, 3, 1)
        masks = np.stack(list(self._workers.map(self._finder.coarse, photos)))
        return self._tensor(photos), self._tensor(masks)

    def _train_step(self, photo: Tensor, masks: Tensor, health: Health) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * rate_factor(self.step, self.recipe.steps)
        self.net.train()
        painted, losses = self._losses(photo, masks)
        values = {name: float(term.detach()) for name, term in losses.items()}
        deviation = float(painted.detach().std(dim=(2, 3)).mean())
        health.check(self.step, values, deviation, self.folder.checkpoint)
        self.optimizer.zero_grad(set_to_none=True)
        losses["total"].backward()
        self.optimizer.step()
        return values

    def _losses(self, photo: Tensor, masks: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The painted photos, and the weighted losses. masks: as they are found"""
        settled = settled_masks(masks, IN_FAVOUR)
        if isinstance(self.net, BlendedNet):
            painted = self.net(photo)
            return painted, self.loss(painted, photo, settled)
        painted, maps = self.net.edit(photo, masks)
        losses = self.loss(painted, photo, settled)
        losses["smooth"] = self.recipe.smooth_weight * smoothness(maps)
        losses["total"] = losses["total"] + losses["smooth"]
        return painted, losses

    def _report(
        self, losses: dict[str, float], images_per_s: float, report: Callable[[Progress], None], log: RunLog
    ) -> None:
        rate = self.optimizer.param_groups[0]["lr"]
        report(Progress(self.step, self.recipe.steps, losses, rate, images_per_s))
        log.losses(self.step, losses, rate, images_per_s)
        if self.step % self.folder.every_steps == 0 or self.step == self.recipe.steps:
            self._keep(log)

    @torch.no_grad()
    def _keep(self, log: RunLog) -> None:
        """Checkpoint, preview picture, and the losses of the same few photos each time."""
        self._save()
        self.net.eval()
        photo, masks = self._with_masks(self._judged.batch(0))
        painted, losses = self._losses(photo, masks)
        picture = grid(photo[:6], painted[:6])
        save_picture(picture, self.folder.path / f"preview_{self.step:06d}.png")
        log.judged(self.judged_kind, self.step, {k: float(term) for k, term in losses.items()}, picture)

    def judged_photos(self) -> Tensor:
        """The few photos, held out where there are such, that previews and judgements use: (N, 3, H, W)."""
        return self._with_masks(self._judged.batch(0))[0]

    def _save(self) -> None:
        save_checkpoint(self.folder.checkpoint, self.net, self.optimizer, RunState(self.step, self.run))

    def _tensor(self, photos: np.ndarray) -> Tensor:
        """(N, H, W, C) uint8 to (N, C, H, W) in [0, 1]"""
        pixels = torch.from_numpy(np.ascontiguousarray(photos.transpose(0, 3, 1, 2)))
        return pixels.to(self.device).float() / 255


def hash_of(pixels: np.ndarray) -> str:
    """What tells one style photo from another, without a name or a path."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _within(pixels: np.ndarray, side: int) -> np.ndarray:
    """A copy whose long side is `side` at most."""
    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(image)
