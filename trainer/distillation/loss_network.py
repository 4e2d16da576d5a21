"""Makes the loss network that ships: a SlimVgg that answers as VGG19 does.

python -m trainer.distillation.loss_network --content photos/ --paintings paintings/ --run-dir runs/slim \\
    --loss-net vgg19.npz --loss-net distilled.pth -o models/loss_network.safetensors

Each convolution of the true VGG19 is replaced by the best of low rank, given what the layers before it have lost
already. The layers after it are trained. All see what a loss network is shown: photos, paintings, photos that style
models painted, and mixtures of these with noise and blur, as a picture that is being optimised goes through.
"""

import csv
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from models.catalogue import find_style
from realtime.session import StyleSession
from trainer.content_photos import CropSampler, scan_photos
from trainer.distillation.course import course
from trainer.loss_networks.loss_network import load_loss_network
from trainer.loss_networks.slim_vgg import RANKS, WIDTHS, SlimVgg
from trainer.losses.gram import gram_matrix

LEARNT = ("4_1", "4_2", "5_1")
"""what the true VGG19 at hand does not reach, and a distilled encoder answers for"""
ANSWERS = {"relu4_1", "relu5_1"}
POSITIONS = 400
"""of each picture and layer, that a convolution's low rank is fitted at"""


class Pictures:
    """Batches to learn from, a function of the step alone: photos, paintings, painted photos, and mixtures."""

    def __init__(self, content: Path, paintings: Path, crop: int, batch: int, styles: list[str]) -> None:
        photos, pictures = scan_photos(content, crop), scan_photos(paintings, crop)
        self.photos = CropSampler(photos, crop, batch, seed=0)
        self.paintings = CropSampler(pictures, crop, 1, seed=0)
        self.styles = [StyleSession(find_style(name), "cpu") for name in styles]
        self.sha256 = photos.sha256

    def batch(self, step: int) -> Tensor:
        """(N, 3, crop, crop) float32, RGB in [0, 1]"""
        random = np.random.default_rng([1, step])
        pixels = self.photos.batch(step)
        pixels[0] = self.paintings.batch(step)[0]
        for n in range(1, len(pixels), 2):
            style = self.styles[int(random.integers(len(self.styles)))]
            pixels[n] = style.stylize(np.ascontiguousarray(pixels[n].transpose(1, 2, 0))).transpose(2, 0, 1)
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


def distance(student: dict[str, Tensor], teacher: dict[str, Tensor]) -> dict[str, Tensor]:
    """For each layer: the squared error of its features, and of their Gram matrices, relative to the teacher's."""
    losses = {}
    for layer, target in teacher.items():
        error = (student[layer] - target).float().square().mean((0, 2, 3))
        energy = target.float().square().mean((0, 2, 3))
        evenly = (error / (energy + 0.1 * energy.mean())).mean()  # faint channels are seen as well
        losses[layer] = error.mean() / energy.mean() + 0.2 * evenly
        if layer.startswith("relu"):
            gram, wanted = gram_matrix(student[layer]), gram_matrix(target)
            apart = (gram - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))
            losses[layer] = losses[layer] + 0.5 * apart.mean()
    return losses


@torch.no_grad()
def squeeze_layers(student: Any, teacher: Any, pictures: Tensor) -> None:
    """Give each convolution that the teacher, a Vgg19, has the weights of low rank that answer most like it."""
    torch.manual_seed(0)
    own = teacher.convolutions["1_1"]
    student.convolutions["1_1"].weight.copy_(own.weight.flip(1))  # RGB for BGR
    student.convolutions["1_1"].bias.copy_(own.bias)
    for name in (layer for layer in RANKS if layer in teacher.convolutions):
        convolution = teacher.convolutions[name]
        before = student.features(pictures, {f"relu{_previous(name)}"}).popitem()[1]
        if name.endswith("_1"):
            before = F.max_pool2d(before, 2)
        wanted = teacher.features(pictures, {f"conv{name}"})[f"conv{name}"]
        got, wanted = _at_some_positions(convolution(before), wanted)
        widen, narrow, offset = low_rank_map(got, wanted, RANKS[name])
        kernel, bias = convolution.weight.double(), convolution.bias.double()
        squeezed = student.convolutions[name]
        squeezed[0].weight.copy_((narrow @ kernel.flatten(1)).view(-1, *kernel.shape[1:]))
        squeezed[1].weight.copy_(widen[:, :, None, None])
        squeezed[1].bias.copy_(widen @ narrow @ bias + offset)
    last = student.features(pictures, {"relu3_4"}).popitem()[1]
    student.level.copy_(last.square().mean().sqrt())
    for name in LEARNT:
        for part in student.convolutions[name]:
            torch.nn.init.kaiming_normal_(part.weight, nonlinearity="linear" if part.bias is None else "relu")


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


def _previous(name: str) -> str:
    names = list(WIDTHS)
    return names[names.index(name) - 1]


def _at_some_positions(*features: Tensor) -> list[Tensor]:
    """The same POSITIONS of each picture: (N, C, H, W) to (N POSITIONS, C) in double precision."""
    places = torch.randint(features[0][0, 0].numel(), (POSITIONS,))
    return [f.flatten(2)[..., places].permute(0, 2, 1).flatten(0, 1).double() for f in features]


@click.command()
@click.option("--content", type=click.Path(path_type=Path), required=True, help="A folder of photos.")
@click.option("--paintings", type=click.Path(path_type=Path), required=True, help="A folder of paintings.")
@click.option("--loss-net", "loss_files", multiple=True, type=click.Path(path_type=Path), required=True)
@click.option("--styles", default="starry_night,great_wave,minotaur", show_default=True)
@click.option("--steps", type=int, default=3000, show_default=True)
@click.option("--batch", type=int, default=4, show_default=True)
@click.option("--crop", type=int, default=192, show_default=True)
@click.option("--learning-rate", type=float, default=1.5e-3, show_default=True)
@click.option("--run-dir", type=click.Path(path_type=Path), required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(
    content: Path, paintings: Path, loss_files: tuple[Path, ...], styles: str, steps: int, batch: int, crop: int,
    learning_rate: float, run_dir: Path, output: Path,
) -> None:  # fmt: skip
    """Distil the loss network. A checkpoint every 250 steps; started again, it goes on."""
    torch.manual_seed(0)
    teacher: Any = load_loss_network(list(loss_files))
    student: Any = SlimVgg()
    pictures = Pictures(content, paintings, crop, batch, styles.split(","))
    squeeze_layers(student, teacher.networks[0], torch.cat([pictures.batch(step) for step in range(24)]))
    student.requires_grad_(False)
    for name in LEARNT:
        student.convolutions[name].requires_grad_(True)
    teacher.to_bfloat16()
    student.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam([p for p in student.parameters() if p.requires_grad], lr=learning_rate)
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "log.csv").open("a", newline="", encoding="utf-8") as file:
        log = csv.writer(file)
        for step in course(student, optimizer, steps, learning_rate, run_dir):
            x = pictures.batch(step).to(memory_format=torch.channels_last)
            with torch.no_grad():
                target = teacher.features(x, ANSWERS)
            with torch.autocast("cpu", torch.bfloat16):
                features = student.features(x, ANSWERS)
            losses = distance(features, target)
            optimizer.zero_grad(set_to_none=True)
            torch.stack(list(losses.values())).sum().backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), 5.0)
            optimizer.step()
            if step % 25 == 0 or step == steps - 1:
                log.writerow([step, *(f"{float(losses[name].detach()):.4f}" for name in sorted(losses))])
                file.flush()
    save_file({name: tensor.half().contiguous() for name, tensor in student.state_dict().items()}, output)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB, {steps} steps on photos {pictures.sha256}")


if __name__ == "__main__":
    main()
