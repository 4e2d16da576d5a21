"""Makes the loss network that ships: a SlimVgg that answers as VGG19 does.

python -m livebrush.trainer.distillation.loss_network --content photos/ --paintings paintings/ \\
    --loss-net vgg19.npz -o models/loss_network.safetensors

Each convolution of VGG19 is replaced by the best of low rank, given what the layers before it have lost already. It is
fitted on what a loss network is shown: photos, paintings, photos that style models painted, and mixtures of these with
noise and blur, as a picture that is being optimised goes through.
"""

from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from livebrush.models.catalogue import find_style
from livebrush.models.writing import whole_file
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.trainer.loss_networks.loss_network import Vgg19, load_loss_network
from livebrush.trainer.loss_networks.slim_vgg import RANKS, SlimVgg
from livebrush.trainer.runs.content_photos import CropSampler, scan_photos

POSITIONS = 400
"""of each picture and layer, that a convolution's low rank is fitted at"""


class Pictures:
    """Batches to learn from, a function of the step alone: photos, paintings, painted photos, and mixtures."""

    def __init__(self, content: Path, paintings: Path, crop: int, batch: int, styles: list[str]) -> None:
        photos, pictures = scan_photos(content, crop), scan_photos(paintings, crop)
        self.photos = CropSampler(photos, crop, batch, seed=0)
        self.paintings = CropSampler(pictures, crop, 1, seed=0)
        self.styles = [LoadedStyle(find_style(name), "cpu") for name in styles]
        self.sha256 = photos.sha256

    def batch(self, step: int) -> Tensor:
        """(N, 3, crop, crop) float32, RGB in [0, 1]"""
        random = np.random.default_rng([1, step])
        pixels = self.photos.batch(step)
        pixels[0] = self.paintings.batch(step)[0]
        for n in range(1, len(pixels), 2):
            style = self.styles[int(random.integers(len(self.styles)))]
            pixels[n] = style(np.ascontiguousarray(pixels[n].transpose(1, 2, 0))).transpose(2, 0, 1)
        pictures = torch.from_numpy(pixels).float() / 255
        for n in range(len(pictures)):
            if random.random() < 0.35:
                pictures[n] = self._disturbed(pictures[n : n + 1], random)[0]
        return pictures

    @staticmethod
    def _disturbed(picture: Tensor, random: np.random.Generator) -> Tensor:
        kind = random.integers(3)
        if kind == 0:  # noise, of pixels or of blobs
            size = picture.shape[-1] // int(random.integers(1, 6))
            noise = torch.from_numpy(random.random((1, 3, size, size), dtype=np.float32))
            noise = F.interpolate(noise, size=picture.shape[-2:], mode="bilinear")
            return torch.lerp(picture, noise, float(random.uniform(0.1, 0.9)))
        if kind == 1:
            small = F.interpolate(picture, scale_factor=float(random.uniform(0.1, 0.6)), mode="area")
            return F.interpolate(small, size=picture.shape[-2:], mode="bicubic").clamp(0, 1)
        gain = torch.from_numpy(random.uniform(0.4, 1.6, (1, 3, 1, 1)).astype(np.float32))
        return ((picture - 0.5) * gain + float(random.uniform(0.2, 0.8))).clamp(0, 1)


@torch.no_grad()
def squeeze(teacher: Vgg19, pictures: Tensor) -> tuple[SlimVgg, dict[str, float]]:
    """A SlimVgg each of whose convolutions is the best of low rank, given what the layers before it have lost.

    teacher:  VGG19 by Oxford, up to relu5_1 at least
    pictures: (N, 3, H, W) float32, RGB in [0, 1], to fit it on
    returns:  the net, and for each layer how much of its features' energy is wrong on these pictures
    """
    student: Any = SlimVgg().requires_grad_(False)
    own: Any = teacher.convolutions["1_1"]
    student.convolutions["1_1"].weight.copy_(own.weight.flip(1))  # RGB for BGR
    student.convolutions["1_1"].bias.copy_(own.bias)
    got = F.relu(student.convolutions["1_1"]((pictures - student.mean) * 255))
    wanted, wrong = got.clone(), {}
    for name, rank in tqdm(RANKS.items(), desc="layer", disable=None):
        if name.endswith("_1"):
            got, wanted = F.max_pool2d(got, 2), F.max_pool2d(wanted, 2)
        convolution: Any = teacher.convolutions[name]
        wanted = convolution(wanted)
        widen, narrow, offset = low_rank_map(*_at_some_positions(convolution(got), wanted), rank)
        kernel, bias = convolution.weight.double(), convolution.bias.double()
        squeezed = student.convolutions[name]
        squeezed[0].weight.copy_((narrow @ kernel.flatten(1)).view(-1, *kernel.shape[1:]))
        squeezed[1].weight.copy_(widen[:, :, None, None])
        squeezed[1].bias.copy_(widen @ narrow @ bias + offset)
        got, wanted = F.relu(squeezed(got)), F.relu(wanted)
        wrong[name] = float((got - wanted).square().mean() / wanted.square().mean())
    return student, wrong


def low_rank_map(got: Tensor, wanted: Tensor, rank: int) -> tuple[Tensor, Tensor, Tensor]:
    """The affine map of low rank that makes the most of `wanted` out of `got`.

    got, wanted: (samples, C)
    returns:     A (C, rank), B (rank, C) and c (C,), so that A B got + c is near wanted
    source:      reduced-rank regression, Izenman 1975
    """
    got_mean, wanted_mean = got.mean(0), wanted.mean(0)
    got, wanted = got - got_mean, wanted - wanted_mean
    ridge = 1e-4 * got.square().mean() * len(got) * torch.eye(got.shape[1], dtype=got.dtype)
    full = torch.linalg.solve(got.T @ got + ridge, got.T @ wanted).T
    fitted = got @ full.T
    main = torch.linalg.eigh(fitted.T @ fitted).eigenvectors[:, -rank:]
    narrow = main.T @ full
    return main, narrow, wanted_mean - main @ narrow @ got_mean


def _at_some_positions(*features: Tensor) -> list[Tensor]:
    """The same POSITIONS of each picture: (N, C, H, W) to (N POSITIONS, C) in double precision."""
    places = torch.randint(features[0][0, 0].numel(), (POSITIONS,))
    return [f.flatten(2)[..., places].permute(0, 2, 1).flatten(0, 1).double() for f in features]


@click.command()
@click.option("--content", type=click.Path(path_type=Path), required=True, help="A folder of photos.")
@click.option("--paintings", type=click.Path(path_type=Path), required=True, help="A folder of paintings.")
@click.option(
    "--loss-net", "loss_file", type=click.Path(path_type=Path), required=True, help="Oxford's VGG19."
)
@click.option("--styles", default="starry_night,great_wave,minotaur,metzinger", show_default=True)
@click.option("--batches", type=int, default=24, show_default=True, help="Of four pictures to fit it on.")
@click.option("--crop", type=int, default=192, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(
    content: Path, paintings: Path, loss_file: Path, styles: str, batches: int, crop: int, output: Path
) -> None:
    """Squeeze VGG19 into the loss network that ships, in some minutes and 8 GB of memory."""
    torch.manual_seed(0)
    (teacher,) = load_loss_network([loss_file]).networks
    if not isinstance(teacher, Vgg19) or not teacher.caffe or "relu5_1" not in teacher.layers:
        raise click.ClickException(
            f"{loss_file.name} is not Oxford's VGG19 up to conv5_1: keys convA_B.weight"
        )
    pictures = Pictures(content, paintings, crop, 4, styles.split(","))
    student, wrong = squeeze(teacher, torch.cat([pictures.batch(step) for step in range(batches)]))
    with whole_file(output) as partial:
        save_file(
            {name: tensor.half().contiguous() for name, tensor in student.state_dict().items()}, partial
        )
    for layer, share in wrong.items():
        click.echo(f"relu{layer}: {share:.2%} of the energy is wrong")
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB, from photos {pictures.sha256}")


if __name__ == "__main__":
    main()
