"""Painting nets: one picture and a folder of photos in, a transform net that paints like it out."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from livebrush.converters.canvas import Canvas, drawn_place
from livebrush.converters.export import export_style_model
from livebrush.models.contract import StyleMetadata
from livebrush.realtime.pictures.style_picture import read_style_picture
from livebrush.trainer.border import measure_margin
from livebrush.trainer.grain import without_grain
from livebrush.trainer.kinds.painting_loss import PaintingLoss
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network, on_device
from livebrush.trainer.losses.motion import random_motion, taken_again
from livebrush.trainer.losses.steadiness import SteadinessLoss
from livebrush.trainer.nets import make_net
from livebrush.trainer.nets.annealed_norm import fixed_share, set_fixed
from livebrush.trainer.nets.layers import scale_to, variances
from livebrush.trainer.runs.content_photos import CropSampler, PhotoSet, resize_short_side
from livebrush.trainer.runs.job import scan
from livebrush.trainer.runs.kind import Say, StyleKind
from livebrush.trainer.runs.parallel import choose_device, own_part
from livebrush.trainer.runs.places import Job
from livebrush.trainer.runs.preview import grid, on_canvas, paint
from livebrush.trainer.runs.run import ramp
from livebrush.trainer.starts import load_start

DARK_SHARE = 0.2
"""of the photos: a camera also sees rooms without light, which a folder of photos has few of"""
PALETTE_PHOTOS = 64
"""enough to tell a dark photo from a bright one"""


class Painting(StyleKind):
    """A transform net that paints every frame like one painting."""

    name = "painting"
    terms = ("content", "style", "palette", "tv", "lattice", "steady")

    recipe: PaintingRecipe

    def __init__(
        self,
        recipe: PaintingRecipe,
        style: Path,
        photos: PhotoSet,
        network: LayeredNetwork,
        *,
        held_out: PhotoSet | None = None,
        start_from: Path | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        """start_from: a checkpoint of the same kind of net, whose weights the run starts with

        raises: LivebrushError when the style picture or the checkpoint cannot be read, or the processes that
                train together cannot share the batch evenly
        """
        self.recipe, self.photos, self.held_out = recipe, photos, held_out
        self.network_name = network.name
        torch.manual_seed(recipe.seed)
        self.net: Any = make_net(recipe.net).to(device, memory_format=torch.channels_last)
        self.canvas = Canvas(recipe.canvas).to(device)
        self.started_from = load_start(start_from, self.net) if start_from else None
        self.net.shortcut = False  # also where the start has one: a hundred steps, and the net does without
        self.fixed_at_start, self.scale = fixed_share(self.net), variances(self.net)
        network = on_device(network, self.device, recipe.precision)
        pixels = self.on_device(read_painting(style, recipe.style_size, recipe.smoothing))
        self.steadiness = SteadinessLoss(pixels)
        crop, seed = recipe.crop, recipe.seed
        self.sampler = CropSampler(photos, crop, recipe.batch, seed, own_part(recipe.batch), DARK_SHARE)
        self.judged_by, judged = ("held_out", held_out) if held_out else ("preview", photos)
        few = CropSampler(judged, crop, min(8, len(judged.paths)), seed=0, dark_share=DARK_SHARE)
        self.judged = self.on_device(few.batch(0))
        self.identity = {"style": style.name, "photos": photos.sha256}
        # A net that pads by itself has no margin
        self.margin = recipe.margin if self.net.margin else 0
        many = CropSampler(photos, crop, PALETTE_PHOTOS, seed, dark_share=DARK_SHARE).batch(0)
        self.loss = PaintingLoss(network, pixels, self.judged, recipe, self.on_device(many))
        self.carried = self.loss.running

    @classmethod
    def of(cls, job: Job, say: Say) -> Self:
        recipe, start = job.recipe, job.places.start_from
        assert isinstance(recipe, PaintingRecipe)
        for note in read_style_picture(job.places.style).notes:
            say(str(note))
        if start:
            recipe = dataclasses.replace(recipe, start_from=hashlib.sha256(start.read_bytes()).hexdigest())
        photos, held_out = scan(job, recipe.crop, say)
        network = load_loss_network(find_loss_files(job.loss_networks), average=recipe.average_pool)
        device = choose_device(job.device)
        return cls(
            recipe, job.places.style, photos, network, held_out=held_out, start_from=start, device=device
        )

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        return (self.sampler.batch(step),)

    def losses(self, step: int, *batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Steadiness and the lattice count as far as normalisation is fixed: while it still depends on the picture
        nothing can be steady, and a net that has no strokes yet would learn none."""
        (photo,) = batch
        annealed = ramp(step / self.recipe.steps, self.recipe.anneal_from, self.recipe.anneal_to)
        settled = max(annealed, self.fixed_at_start)
        set_fixed(self.net, settled)
        if self.recipe.steady_weight * settled == 0:
            painted = self._paint(photo, self.margin, drawn_place())
            return painted, self.loss(painted, photo, settled)
        motion = random_motion(len(photo), *photo.shape[2:], device=self.device)
        painted, later = self._paint_pair(photo, taken_again(motion.move(photo)))
        losses = self.loss(painted, photo, settled)
        steady = self.steadiness(painted, later, photo, motion)
        losses["steady"] = settled * self.recipe.steady_weight * steady
        losses["total"] = losses["total"] + losses["steady"]
        return painted, losses

    def _paint_pair(self, photo: Tensor, later: Tensor) -> tuple[Tensor, Tensor]:
        """Two frames of a scene on one canvas, the second with the margin of run time.

        The first has more, and being held to it the second learns not to show where the frame ends.
        """
        place = drawn_place()
        return self._paint(photo, self.margin, place), self._paint(later, self.net.margin, place)

    def _paint(self, photo: Tensor, margin: int, place: tuple[int, int]) -> Tensor:
        return on_canvas(self.net, self.canvas, photo, place, margin, self.recipe.mixed_precision)

    def judge(self) -> tuple[dict[str, float], np.ndarray]:
        painted = paint(self.net, self.canvas(self.judged))
        losses = self.loss(painted, self.judged)
        return {name: float(term) for name, term in losses.items()}, grid(self.judged[:6], painted[:6])

    def finished(self) -> nn.Module:
        set_fixed(self.net, 1.0)  # also where the recipe anneals to the very end: only so does it fold
        scale_to(self.net, self.scale)
        return self.net.eval()

    def export(self, metadata: StyleMetadata, output: Path) -> None:
        margin = measure_margin(self.net, self.judged, self.canvas)
        export_style_model(self.net, dataclasses.replace(metadata, margin=margin), output, self.canvas)

    def facts(self) -> dict[str, Any]:
        return {"started_from": self.started_from} if self.started_from else {}


def read_painting(path: Path, short_side: int, smoothing: int = 0) -> np.ndarray:
    """A picture as it is learnt from, (1, 3, H, W) uint8. smoothing: see `PaintingRecipe`

    raises: LivebrushError for a file that is no picture, and one that cannot carry a style
    """
    picture = resize_short_side(Image.fromarray(read_style_picture(path).pixels), short_side)
    return without_grain(np.asarray(picture), smoothing).transpose(2, 0, 1)[None]
