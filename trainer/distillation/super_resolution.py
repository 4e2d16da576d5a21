"""Makes the super-resolution net that ships: it learns from what styles painted, made small.

python -m livebrush.trainer.distillation.super_resolution --content photos/ --held-out held_out.txt \\
    --run-dir runs/super_resolution -o models/super_resolution/super_resolution.onnx
"""

from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from livebrush.converters.frame_graph import levels
from livebrush.models.catalogue import find_style
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.trainer.bfloat16 import faster_arithmetic
from livebrush.trainer.distillation.helper import photo_options, train_to_end, write_helper
from livebrush.trainer.nets.super_resolution import SuperResolutionNet
from livebrush.trainer.runs.content_photos import CropSampler, PhotoSet, scan_photos
from livebrush.trainer.runs.kind import Kind
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import Recipe

STYLES = (
    "starry_night,great_wave,minotaur,composition_vii,metzinger,contrast_of_forms,pastorales,udnie,"
    "sainte_victoire,noon,night,water_lilies"
)
SIDE = 256
"""of a painting, pixels"""
CROP = 128
"""of what is learnt at a time"""
BLUR = (0.3, 0.6)
"""deviation in pixels of what a painting is blurred with once it is small. At 0.45 its spectrum is that of a painting
made at that size, to within 3 dB but for the finest tenth: strokes half as wide, as sharp in pixels"""
NOISE = 5 / 255
"""deviation of what is laid over that, at most"""
CALM = 8 / 255
"""mean deviation from its surroundings below which a place shows no strokes but the net's grain"""


def painted(photos: PhotoSet, styles: list[str], count: int, kept: Path) -> np.ndarray:
    """Photos, each in another style: (count, SIDE, SIDE, 3) uint8. kept: where they are, once they are painted"""
    if not kept.is_file():
        sampler = CropSampler(photos, SIDE, 1, seed=3, dark_share=0.1)
        nets = [LoadedStyle(find_style(name), "cpu") for name in styles]
        frames = (np.ascontiguousarray(sampler.batch(n)[0].transpose(1, 2, 0)) for n in range(count))
        pictures = [
            nets[n % len(nets)](frame) for n, frame in enumerate(tqdm(frames, "painted", count, disable=None))
        ]
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, np.stack(pictures))
    return np.load(kept)


def made_small(pictures: Tensor, blur: float) -> Tensor:
    """Half the size, and no sharper than what is painted at that size. (N, 3, H, W) to (N, 3, H / 2, W / 2)"""
    return blurred(F.avg_pool2d(pictures, 2), blur)


def blurred(pictures: Tensor, deviation: float) -> Tensor:
    """By a Gaussian of three pixels. (N, 3, H, W), returns the same"""
    near = float(np.exp(-0.5 / deviation**2))
    row = torch.tensor([near, 1.0, near]) / (1 + 2 * near)
    kernel = (row[:, None] * row).expand(3, 1, 3, 3)
    return F.conv2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)


def grain(pictures: Tensor) -> Tensor:
    """What is finest in the calm places of paintings: dots and grids that nets leave. (N, 3, H, W), returns the same"""
    fine = pictures - blurred(pictures, 1.0)
    around = F.avg_pool2d(fine.abs().amax(1, keepdim=True), 5, stride=1, padding=2)
    return fine * (around < CALM)


def steps_between_neighbours(pictures: Tensor) -> Tensor:
    """The mean distance of each pixel from its right and lower neighbour. pictures: (N, 3, H, W); returns a scalar"""
    return pictures.diff(dim=3).abs().mean() + pictures.diff(dim=2).abs().mean()


class SuperResolutionLearner(Kind):
    """Pixels and the steps between them, both by their absolute distance; on the CPU, in one process."""

    terms = ("pixels", "steps", "psnr", "sharpness")
    judged_by = "held_out"

    net: SuperResolutionNet

    def __init__(
        self, recipe: Recipe, lessons: np.ndarray, exam: np.ndarray, identity: dict[str, Any]
    ) -> None:
        """lessons, exam: paintings, (N, SIDE, SIDE, 3) uint8"""
        self.recipe, self.lessons, self.identity = recipe, lessons, identity
        self.exam = torch.from_numpy(exam).permute(0, 3, 1, 2).float() / 255
        torch.manual_seed(recipe.seed)
        self.net = SuperResolutionNet()
        self.net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        """Crops to learn, and others whose grain is laid over them once they are small: (batch, 3, CROP, CROP) and
        (batch, 3, CROP / 2, CROP / 2) uint8, turned and mirrored at random."""
        random = np.random.default_rng([self.recipe.seed, step])
        sides = (CROP, CROP // 2)
        crops, others = (
            np.stack([self._crop(side, random) for _ in range(self.recipe.batch)]) for side in sides
        )
        return crops, others

    def _crop(self, side: int, random: np.random.Generator) -> np.ndarray:
        top, left = random.integers(0, SIDE - side, 2, endpoint=True)
        crop = self.lessons[random.integers(len(self.lessons)), top : top + side, left : left + side]
        crop = np.rot90(crop, int(random.integers(4)))
        return (crop[::-1] if random.random() < 0.5 else crop).transpose(2, 0, 1)

    def losses(self, step: int, *batch: Tensor) -> tuple[None, dict[str, Tensor]]:
        large, others = batch
        low, high = BLUR
        small = made_small(large, low + (high - low) * float(torch.rand(())))
        of_grain, of_noise = torch.rand(2, len(small), 1, 1, 1)
        small = small + 1.5 * of_grain * grain(others) + NOISE * of_noise * torch.randn_like(small)
        with faster_arithmetic(small.device):
            enlarged = self.net(small.to(memory_format=torch.channels_last))
        away = enlarged.float() - large
        pixels, steps = away.abs().mean(), steps_between_neighbours(away)
        return None, {"pixels": pixels, "steps": steps, "total": pixels + steps}

    @torch.no_grad()
    def judge(self) -> tuple[dict[str, float], None]:
        """psnr: in dB; sharpness: steps between neighbours, as a share of the paintings' own."""
        self.net.eval()
        enlarged = self.net(made_small(self.exam, sum(BLUR) / 2)).clamp(0, 1)
        errors = (enlarged - self.exam).square().mean((1, 2, 3))
        sharpness = steps_between_neighbours(enlarged) / steps_between_neighbours(self.exam)
        return {"psnr": float(-10 * errors.log10().mean()), "sharpness": float(sharpness)}, None


class SuperResolutionGraph(nn.Module):
    """The net between bytes: (1, H, W, 3) uint8, H and W even, to (1, 2 H, 2 W, 3) uint8."""

    def __init__(self, net: SuperResolutionNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, painting: Tensor) -> Tensor:
        blocks = levels(self.net.blocks(painting.permute(0, 3, 1, 2).float() / 255) * 255)
        rows = blocks.unflatten(1, (4, 12)).permute(0, 3, 1, 4, 2)  # 12: four pixels of a row
        return rows.reshape(1, 2 * painting.shape[1], 2 * painting.shape[2], 3)


def export_super_resolution(net: SuperResolutionNet, path: Path, about: dict[str, Any]) -> None:
    """See `write_helper`. about: facts, for its metadata"""
    example = torch.zeros(1, 48, 64, 3, dtype=torch.uint8)
    told = {key: str(value) for key, value in about.items()}
    write_helper(SuperResolutionGraph(net), example, ("painting", "enlarged"), path, told)


@click.command()
@photo_options
@click.option("--styles", default=STYLES, help="That paint the photos.")
@click.option("--pictures", type=int, default=1440, show_default=True, help="Paintings to learn from.")
@click.option("--steps", type=int, default=12_000, show_default=True)
@click.option("--batch", type=int, default=8, show_default=True)
@click.option("--learning-rate", type=float, default=3e-3, show_default=True)
@click.option("--run-dir", type=click.Path(path_type=Path), required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(
    content: Path, held_out: Path, styles: str, pictures: int, steps: int, batch: int, learning_rate: float,
    run_dir: Path, output: Path,
) -> None:  # fmt: skip
    """Train the super-resolution net. A checkpoint every 250 steps; started again, it goes on."""
    names = frozenset(held_out.read_text(encoding="utf-8").split())
    photos, unseen = scan_photos(content, SIDE, names), scan_photos(content, SIDE, only=names)
    lessons = painted(photos, styles.split(","), pictures, run_dir / "lessons.npy")
    exam = painted(unseen, styles.split(","), 48, run_dir / "held_out.npy")
    recipe = Recipe(images=steps * batch, batch=batch, learning_rate=learning_rate)
    learner = SuperResolutionLearner(recipe, lessons, exam, {"photos": photos.sha256, "pictures": pictures})
    train_to_end(learner, RunFolder(run_dir), "super-resolution net")
    marks, _ = learner.judge()
    about = {"trained_on": photos.describe(), "styles": styles, "steps": steps}
    learner.finished()
    export_super_resolution(learner.net, output, about)
    click.echo(
        f"{output}: {output.stat().st_size / 1e3:.0f} kB, "
        + ", ".join(f"{k} {v:.3f}" for k, v in marks.items())
    )


if __name__ == "__main__":
    main()
