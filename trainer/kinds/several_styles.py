"""A net that learns to paint after several pictures, another at each step."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from livebrush.converters.canvas import Canvas, drawn_place
from livebrush.trainer.kinds.painting import DARK_SHARE, PALETTE_PHOTOS
from livebrush.trainer.kinds.painting_loss import PaintingLoss, style_features
from livebrush.trainer.kinds.several_styles_recipe import SeveralStylesRecipe
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.losses.motion import random_motion, taken_again
from livebrush.trainer.losses.steadiness import SteadinessLoss
from livebrush.trainer.nets.mixed import StyledNet
from livebrush.trainer.runs.content_photos import CropSampler, PhotoSet
from livebrush.trainer.runs.kind import Kind, Outcome
from livebrush.trainer.runs.parallel import own_part
from livebrush.trainer.runs.preview import grid, on_canvas, paint


class StyledNets(Protocol):
    def after(self, look: Any) -> StyledNet: ...


class Lesson(NamedTuple):
    """A picture to paint after. look: what the net is told of it"""

    loss: PaintingLoss
    steadiness: SteadinessLoss
    look: Any


class SeveralStyles(Kind):
    """What such kinds have in common. A batch is photos, and the number of the picture that they are painted after."""

    terms = ("content", "style", "palette", "tv", "lattice", "steady")

    recipe: SeveralStylesRecipe
    network: LayeredNetwork
    sampler: CropSampler
    judged: Tensor
    """some photos, (N, 3, H, W), and more of them, which tell how photos are"""
    many: Tensor

    @property
    @abstractmethod
    def styled(self) -> StyledNets:
        """The net."""

    @abstractmethod
    def lesson(self, number: int) -> Lesson: ...

    @abstractmethod
    def exam(self) -> Sequence[Lesson]:
        """What the net is judged by."""

    def look_at(self, photos: PhotoSet, judged: PhotoSet, few: int) -> None:
        """few: photos to judge by"""
        recipe = self.recipe
        crop, batch, seed = recipe.crop, recipe.batch, recipe.seed
        self.sampler = CropSampler(photos, crop, batch, seed, own_part(batch), DARK_SHARE)
        self.judged = self.on_device(CropSampler(judged, crop, few, seed=0, dark_share=0).batch(0))
        many = CropSampler(photos, crop, PALETTE_PHOTOS, seed, dark_share=DARK_SHARE).batch(0)
        self.many = self.on_device(many)
        self.canvas = Canvas(recipe.canvas).to(self.many.device)
        self.seen = style_features(self.network, self.judged, recipe)

    def lesson_of(self, picture: Tensor, look: Any) -> Lesson:
        """picture: (1, 3, H, W) float32, RGB in [0, 1]"""
        with torch.no_grad():
            loss = PaintingLoss(self.network, picture, self.judged, self.recipe, self.many, self.seen)
        return Lesson(loss, SteadinessLoss(picture), look)

    def losses(self, step: int, *batch: Tensor) -> Outcome:
        photo, drawn = batch
        loss, steadiness, look = self.lesson(int(drawn))
        net = self.styled.after(look).train()
        recipe = self.recipe
        place, mixed = drawn_place(), recipe.mixed_precision
        painted = on_canvas(net, self.canvas, photo, place, recipe.margin, mixed)
        losses = loss(painted, photo)
        steady = painted.new_zeros(())
        if recipe.steady_weight and step % recipe.steady_every == 0:
            motion = random_motion(len(photo), *photo.shape[2:], device=photo.device)
            again = taken_again(motion.move(photo))
            later = on_canvas(net, self.canvas, again, place, net.margin, mixed)
            steady = recipe.steady_weight * recipe.steady_every * steadiness(painted, later, photo, motion)
        losses["steady"] = steady
        losses["total"] = losses["total"] + steady
        return painted, losses

    def judge(self) -> tuple[dict[str, float], np.ndarray]:
        """Mean marks, and a sheet: the photos in the first row, and one for each picture of the exam."""
        marks: dict[str, list[float]] = {}
        rows = [self.judged]
        for loss, _, look in self.exam():
            painted = paint(self.styled.after(look).eval(), self.canvas(self.judged))
            rows.append(painted)
            for name, term in loss(painted, self.judged).items():
                marks.setdefault(name, []).append(float(term))
        return {name: sum(values) / len(values) for name, values in marks.items()}, grid(*rows)
