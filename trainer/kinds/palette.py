"""Palettes: several pictures and a folder of photos in, one net that paints like each of them out."""

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from livebrush.converters.canvas import drawn_place
from livebrush.converters.export import export_palette
from livebrush.models.contract import StyleMetadata
from livebrush.models.errors import LivebrushError
from livebrush.realtime.pictures.style_picture import read_style_picture
from livebrush.trainer.border import measure_margin
from livebrush.trainer.kinds.painting import read_painting
from livebrush.trainer.kinds.palette_recipe import PaletteRecipe
from livebrush.trainer.kinds.several_styles import Lesson, SeveralStyles
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network, on_device
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.palette import PaletteNet
from livebrush.trainer.runs.content_photos import PhotoSet
from livebrush.trainer.runs.job import scan
from livebrush.trainer.runs.kind import Outcome, Say, StyleKind
from livebrush.trainer.runs.parallel import choose_device
from livebrush.trainer.runs.places import Job
from livebrush.trainer.runs.preview import on_canvas
from livebrush.trainer.starts import load_start

JUDGED = 6
"""photos"""


class Palette(SeveralStyles, StyleKind):
    """A net of several styles, each a mixture of kernels that all share."""

    name = "painting"
    terms = (*SeveralStyles.terms, "imitation")

    recipe: PaletteRecipe
    net: PaletteNet

    def __init__(
        self,
        recipe: PaletteRecipe,
        styles: Sequence[Path],
        starts: Sequence[Path],
        photos: PhotoSet,
        network: LayeredNetwork,
        *,
        held_out: PhotoSet | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        """styles: the pictures; starts: for each the style model, or checkpoint of a live net, that it begins as

        raises: LivebrushError when a picture or a start cannot be read, where the starts did not begin as one, and
                where the recipe's style_sizes are of another number
        """
        sizes = _sizes(recipe, len(styles))
        self.recipe, self.photos, self.held_out = recipe, photos, held_out
        self.network_name = network.name
        painters = [_painter(start) for start in starts]
        try:
            self.net = PaletteNet(painters, recipe.kilobytes).to(device)
        except ValueError as error:
            raise LivebrushError(f"these styles cannot share a file: {error}", code="mismatch") from error
        self.begun_as = [painter.to(device) for painter in painters]
        self.network = on_device(network, self.device, recipe.precision)
        self.judged_by, judged = ("held_out", held_out) if held_out else ("preview", photos)
        self.look_at(photos, judged, min(JUDGED, len(judged.paths)))
        looks = torch.eye(len(styles), device=self.device)
        self._lessons = [
            self.lesson_of(self.on_device(read_painting(path, size, recipe.smoothing)), look)
            for path, size, look in zip(styles, sizes, looks, strict=True)
        ]
        self.carried = {
            f"{number}.{layer}": mean
            for number, lesson in enumerate(self._lessons)
            for layer, mean in lesson.loss.running.items()
        }
        self.identity = {"styles": [style.name for style in styles], "photos": photos.sha256}

    @classmethod
    def of(cls, job: Job, say: Say) -> Self:
        recipe, places = job.recipe, job.places
        assert isinstance(recipe, PaletteRecipe)
        for style in places.styles:
            for note in read_style_picture(style).notes:
                say(str(note))
        hashes = tuple(hashlib.sha256(start.read_bytes()).hexdigest() for start in places.starts)
        photos, held_out = scan(job, recipe.crop, say)
        network = load_loss_network(find_loss_files(job.loss_networks), average=recipe.average_pool)
        return cls(
            dataclasses.replace(recipe, starts=hashes), places.styles, places.starts, photos, network,
            held_out=held_out, device=choose_device(job.device),
        )  # fmt: skip

    @property
    def styled(self) -> PaletteNet:
        return self.net

    def lesson(self, number: int) -> Lesson:
        return self._lessons[number]

    def exam(self) -> Sequence[Lesson]:
        return self._lessons

    def optimizer(self) -> torch.optim.Optimizer:
        kernels = list(self.net.kernels.parameters())
        own = [p for part in (self.net.shares, self.net.gains, self.net.own) for p in part.parameters()]
        groups: list[dict[str, Any]] = [
            {"params": kernels, "share": self.recipe.kernels_share},
            {"params": own},
        ]
        return torch.optim.Adam(groups, lr=self.recipe.learning_rate)

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        """Every style once, in an order of its own, then every style again."""
        turn, place = divmod(step, self.net.styles)
        order = np.random.default_rng([self.recipe.seed, 7, turn]).permutation(self.net.styles)
        return self.sampler.batch(step), np.array(int(order[place]))

    def losses(self, step: int, *batch: Tensor) -> Outcome:
        if step >= self.recipe.imitated * self.recipe.steps:
            return super().losses(step, *batch)
        photo, drawn = batch
        number = int(drawn)
        begun, net = self.begun_as[number].train(), self.net.after(self.lesson(number).look).train()
        recipe = self.recipe
        how = self.canvas, photo, drawn_place(), recipe.margin, recipe.mixed_precision
        with torch.no_grad():
            wanted = on_canvas(begun, *how)
        painted = on_canvas(net, *how)
        imitation = self.recipe.imitation_weight * (painted - wanted).square().mean()
        return painted, {"imitation": imitation, "total": imitation}

    def export(self, metadata: StyleMetadata, output: Path) -> None:
        painters = [self.net.after(look).eval() for _, _, look in self._lessons]
        margins = [measure_margin(painter, self.judged, self.canvas) for painter in painters]
        export_palette(self.net, dataclasses.replace(metadata, margin=max(margins)), output, self.canvas)

    def facts(self) -> dict[str, Any]:
        return {"levels": self.net.levels.tolist()}


def _sizes(recipe: PaletteRecipe, pictures: int) -> tuple[int, ...]:
    """raises: LivebrushError where they are of another number"""
    sizes = recipe.style_sizes or (recipe.style_size,) * pictures
    if len(sizes) != pictures:
        raise LivebrushError(
            f"the recipe has {len(sizes)} style_sizes for {pictures} pictures: give one for each, or none",
            code="invalid",
        )
    return sizes


def _painter(start: Path) -> nn.Module:
    """raises: LivebrushError where it holds no live net, or one whose normalisation depends on the picture"""
    net = LiveNet()
    load_start(start, net)
    try:
        return net.folded().requires_grad_(False)
    except ValueError as error:
        raise LivebrushError(f"{start.name} is no start for a palette: {error}", code="mismatch") from error
