"""Photo nets: one photo and a folder of others in, a net that gives them its colours and light out."""

import dataclasses
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from livebrush.converters.export import export_photo_model, export_style_model
from livebrush.models.contract import StyleMetadata
from livebrush.models.regions import IN_FAVOUR
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.regions import RegionFinder, drawn_groups
from livebrush.realtime.looks.statistics import SIDE, look_statistics
from livebrush.realtime.pictures.oddities import what_is_odd
from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.border import measure_margin
from livebrush.trainer.kinds.photo_loss import PhotoLoss, smoothness
from livebrush.trainer.kinds.photo_recipe import PhotoRecipe
from livebrush.trainer.kinds.shared_regions import with_shared_regions
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network, on_device
from livebrush.trainer.nets.johnson import JohnsonNet
from livebrush.trainer.nets.photo import PhotoNet, settled_masks
from livebrush.trainer.runs.content_photos import CropSampler, PhotoSet
from livebrush.trainer.runs.job import Job, scan
from livebrush.trainer.runs.kind import Say, StyleKind
from livebrush.trainer.runs.parallel import choose_device, own_part
from livebrush.trainer.runs.preview import grid


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


class Photo(StyleKind):
    """A net that gives photos the colours and light of one photo, region by region.

    style:  (H, W, 3) uint8, RGB; style_masks: (h, w, 10) uint8, its regions
    drawn:  whether these were drawn by a person
    raises: LivebrushError when the device runs out of memory or a picture cannot be read, or the processes that
            train together cannot share the batch evenly
    """

    name = "photo"
    terms = ("content", "style", "affine", "smooth", "tv")

    recipe: PhotoRecipe

    def __init__(
        self,
        recipe: PhotoRecipe,
        style: np.ndarray,
        style_masks: np.ndarray,
        photos: PhotoSet,
        network: LayeredNetwork,
        *,
        drawn: bool = False,
        held_out: PhotoSet | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.recipe, self.photos, self.held_out = recipe, photos, held_out
        self.network_name = network.name
        torch.manual_seed(recipe.seed)
        net = BlendedNet(recipe.blend) if recipe.net == "johnson" else PhotoNet(
            look_statistics(style, style_masks), refined=True
        )  # fmt: skip
        self.net: PhotoNet | BlendedNet = net.to(device)
        network = on_device(network, self.device, recipe.precision)
        small = self.on_device(_within(style, 2 * SIDE).transpose(2, 0, 1)[None])
        masks = self.on_device(style_masks.transpose(2, 0, 1)[None])
        self.loss = PhotoLoss(network, small, settled_masks(masks), recipe)
        self._finder = RegionFinder(threads=1)
        self._workers = ThreadPoolExecutor(usable_cores())
        self.sampler = CropSampler(photos, SIDE, recipe.batch, recipe.seed, own_part(recipe.batch))
        self.judged_by, judged = ("held_out", held_out) if held_out else ("preview", photos)
        few = CropSampler(judged, SIDE, min(8, len(judged.paths)), seed=0).batch(0)
        self.judged = [self.on_device(part) for part in self._with_masks(few)]
        regions = hash_of(style_masks) if drawn else None  # what is found depends on the machine
        self.identity = {"style": hash_of(style), "photos": photos.sha256, "regions": regions}

    @classmethod
    def of(cls, job: Job, say: Say) -> Self:
        recipe, masks = job.recipe, job.places.masks
        assert isinstance(recipe, PhotoRecipe)
        style = read_picture(job.places.style)
        for note in (*style.notes, *what_is_odd(style.pixels)):
            say(f"{job.places.style.name}: {note}")
        regions = drawn_groups(masks, style.pixels.shape) if masks else RegionFinder().coarse(style.pixels)
        photos, held_out = scan(job, SIDE, say)
        photos = with_shared_regions(photos, regions, say)
        network = load_loss_network(find_loss_files(job.loss_networks))
        say("what transfers is colour and light; brush strokes do not, a painting net learns them")
        return cls(
            recipe, style.pixels, regions, photos, network, drawn=masks is not None, held_out=held_out,
            device=choose_device(job.device),
        )  # fmt: skip

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        return self._with_masks(self.sampler.batch(step))

    def _with_masks(self, photos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Photos (N, 3, S, S) uint8, and their regions as they are found: (N, 10, h, w) uint8"""
        masks = list(self._workers.map(self._finder.coarse, photos.transpose(0, 2, 3, 1)))
        return photos, np.stack(masks).transpose(0, 3, 1, 2)

    def losses(self, step: int, *batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        photo, masks = batch
        settled = settled_masks(masks, IN_FAVOUR)
        if isinstance(self.net, BlendedNet):
            painted = self.net(photo)
            return painted, self.loss(painted, photo, settled)
        painted, maps = self.net.edit(photo, masks)
        losses = self.loss(painted, photo, settled)
        losses["smooth"] = self.recipe.smooth_weight * smoothness(maps)
        losses["total"] = losses["total"] + losses["smooth"]
        return painted, losses

    def judge(self) -> tuple[dict[str, float], np.ndarray]:
        self.net.eval()
        painted, losses = self.losses(self.recipe.steps, *self.judged)
        picture = grid(self.judged[0][:6], painted[:6])
        return {name: float(term) for name, term in losses.items()}, picture

    def export(self, metadata: StyleMetadata, output: Path) -> None:
        if isinstance(self.net, BlendedNet):
            margin = measure_margin(self.net, self.judged[0])
            export_style_model(self.net, dataclasses.replace(metadata, margin=margin), output)
        else:
            export_photo_model(self.net, dataclasses.replace(metadata, sized_by_frame=False), output)


def hash_of(pixels: np.ndarray) -> str:
    """What tells one style photo from another, without a name or a path."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _within(pixels: np.ndarray, side: int) -> np.ndarray:
    """A copy whose long side is `side` at most."""
    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(image)
