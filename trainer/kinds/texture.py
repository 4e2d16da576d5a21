"""Texture nets: one picture in, a generator of pictures of the same stuff out."""

from pathlib import Path
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.converters.texture_export import export_texture_model
from livebrush.models.textures import TextureMetadata
from livebrush.realtime.pictures.style_picture import read_style_picture
from livebrush.realtime.textures.noise import noise
from livebrush.trainer.kinds.painting import read_painting
from livebrush.trainer.kinds.texture_loss import TextureLoss
from livebrush.trainer.kinds.texture_recipe import TextureRecipe
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network, on_device
from livebrush.trainer.nets.annealed_norm import set_fixed
from livebrush.trainer.nets.texture import NOISE_CHANNELS, TextureNet
from livebrush.trainer.runs.kind import FileKind, Say
from livebrush.trainer.runs.parallel import choose_device, own_part
from livebrush.trainer.runs.places import Job
from livebrush.trainer.runs.run import ramp

JUDGED = 3
"""pictures of the preview"""


class Texture(FileKind):
    """A generator that makes pictures of one texture from noise. Each that it learns on repeats beyond its edges."""

    terms = ("style", "neighbours")

    recipe: TextureRecipe
    net: TextureNet

    def __init__(
        self,
        recipe: TextureRecipe,
        style: Path,
        network: LayeredNetwork,
        *,
        device: str | torch.device = "cpu",
    ) -> None:
        """raises: LivebrushError when the picture cannot be read, or the processes cannot share the batch evenly"""
        self.recipe, self.network_name = recipe, network.name
        torch.manual_seed(recipe.seed)
        self.net = TextureNet().to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        pixels = self.on_device(read_painting(style, recipe.style_size))
        self.loss = TextureLoss(on_device(network, self.device, recipe.precision), pixels, recipe)
        self.identity = {"style": style.name}
        self.part = own_part(recipe.batch)
        few = [self._noise(-1 - n) for n in range(JUDGED)]
        self.judged = [self.on_device(np.stack(scale)) for scale in zip(*few, strict=True)]
        side = recipe.crop
        top, left = (max(0, (whole - side) // 2) for whole in pixels.shape[2:])
        self.shown = pixels[..., top : top + side, left : left + side]

    @classmethod
    def of(cls, job: Job, say: Say) -> Self:
        recipe = job.recipe
        assert isinstance(recipe, TextureRecipe)
        for note in read_style_picture(job.places.style).notes:
            say(str(note))
        network = load_loss_network(find_loss_files(job.loss_networks))
        return cls(recipe, job.places.style, network, device=choose_device(job.device))

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        first = step * self.recipe.batch
        made = [self._noise(n) for n in range(first, first + self.recipe.batch)[self.part]]
        return tuple(np.stack(scale) for scale in zip(*made, strict=True))

    def losses(self, step: int, *batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        set_fixed(self.net, ramp(step / self.recipe.steps, self.recipe.anneal_from, self.recipe.anneal_to))
        made = self.net(*batch)
        return made, self.loss(made)

    def judge(self) -> tuple[dict[str, float], np.ndarray]:
        """Losses of pictures of the same noise each time; and the texture beside them."""
        self.net.eval()
        made = self.net(*self.judged).clamp(0, 1)
        rest = [self.recipe.crop - length for length in self.shown.shape[2:]]
        shown = F.pad(self.shown, (0, rest[1], 0, rest[0]), value=1.0)
        sheet = torch.cat([shown[0], *made], dim=2)
        pixels = sheet.mul(255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
        return {name: float(term) for name, term in self.loss(made).items()}, pixels

    def finished(self) -> nn.Module:
        set_fixed(self.net, 1.0)  # also where the recipe anneals to the very end: only so does it fold
        return self.net.eval()

    def describe(self) -> str:
        return f"pictures of {self.recipe.crop} pixels; loss network {self.network_name}"

    def write(self, job: Job) -> None:
        net = self.net
        metadata = TextureMetadata(
            net.margins, NOISE_CHANNELS, job.styles[0], job.weights_licence, self.told_recipe(job)
        )
        export_texture_model(net, metadata, job.places.output)

    def _noise(self, number: int) -> list[np.ndarray]:
        """That of one picture, the finest first; one number, one picture."""
        side, found = self.recipe.crop, []
        for scale, margin in enumerate(self.net.margins):
            inner = side >> scale
            size = (inner + 2 * margin, inner + 2 * margin)
            seed = (self.recipe.seed << 32) + (number % 2**32)
            found.append(noise(seed, scale, NOISE_CHANNELS, (-margin, -margin), size, (inner, inner)))
        return found
