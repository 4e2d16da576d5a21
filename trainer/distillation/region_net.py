"""Makes the region net that ships: a small net that has learnt to answer as a large one does.

python -m livebrush.trainer.distillation.region_net --content photos/ --teacher deeplabv3.onnx \\
    --held-out held_out.txt --run-dir runs/regions -o models/regions/regions.onnx

The teacher (classes of ADE20K) answers once for each photo; its classes are summed up to ten groups. The student sees
random parts of the photos, mirrored, in other colours. It learns the teacher's answers and, because these say little of
what they were concluded from, its features as well (Romero et al. 2015, FitNets).
"""

from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.models.regions import GROUPS
from livebrush.trainer.bfloat16 import faster_arithmetic
from livebrush.trainer.distillation.helper import photo_options, train_to_end
from livebrush.trainer.distillation.lessons import CROP, HINT_CHANNELS, SHORT_SIDE, Lessons, Teacher
from livebrush.trainer.distillation.mask_net import export_mask_net
from livebrush.trainer.nets.region import WIDTH, RegionNet
from livebrush.trainer.runs.content_photos import scan_photos
from livebrush.trainer.runs.kind import Kind
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import Recipe


class Student(nn.Module):
    """The net in training: how far its answers and its features at an eighth are from the teacher's."""

    def __init__(self, net: RegionNet) -> None:
        super().__init__()
        self.net = net
        self.as_hint = nn.Conv2d(WIDTH, HINT_CHANNELS, 1)
        self._features: list[Any] = []
        net.up[1].register_forward_hook(lambda _module, _inputs, output: self._features.append(output))

    def forward(self, pixels: Tensor, masks: Tensor, hints: Tensor) -> dict[str, Tensor]:
        """See `Lessons.batch`; returns the cross entropy with the soft masks, the hints' mean squared error, and the
        total of the two."""
        with faster_arithmetic(pixels.device):
            logits = self.net(pixels.to(memory_format=torch.channels_last))
            guess = self.as_hint(self._features.pop())
        self._features.clear()
        answers = -(masks * F.log_softmax(logits.float(), 1)).sum(1).mean()
        guesses = F.mse_loss(guess.float(), hints)
        return {"answers": answers, "hints": guesses, "total": answers + guesses}


class RegionLearner(Kind):
    """A small segmentation net that learns what a large one says of photos; on the CPU, in one process."""

    terms = ("answers", "hints", "agreement", *GROUPS)
    judged_by = "held_out"
    warm_up_steps = 100
    final_rate = 0.01

    net: Student

    def __init__(self, recipe: Recipe, lessons: Lessons, exam: Lessons) -> None:
        """lessons: to learn from; exam: to be judged by"""
        self.recipe, self.lessons, self.exam = recipe, lessons, exam
        torch.manual_seed(recipe.seed)
        net = RegionNet()
        net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.net = Student(net)
        self.identity = {"photos": len(lessons.photos)}

    def optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.net.parameters(), lr=self.recipe.learning_rate, weight_decay=1e-2)

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        return self.lessons.batch(step, self.recipe.batch)

    def losses(self, step: int, *batch: Tensor) -> tuple[None, dict[str, Tensor]]:
        return None, self.net(*batch)

    def judge(self) -> tuple[dict[str, float], None]:
        share, groups = agreement(self.net.net, self.exam)
        return {"agreement": share, **groups}, None


@torch.no_grad()
def agreement(net: nn.Module, lessons: Lessons) -> tuple[float, dict[str, float]]:
    """The share of pixels where net and teacher name the same group, and intersection over union for each group."""
    net.eval()
    same, total = 0, 0
    met, joined = np.zeros(len(GROUPS)), np.zeros(len(GROUPS))
    for index in range(len(lessons.photos)):
        photo, masks = lessons.whole(index)
        got, wanted = net(photo).argmax(1), masks.argmax(1)
        same, total = same + int((got == wanted).sum()), total + wanted.numel()
        for k in range(len(GROUPS)):
            met[k] += int(((got == k) & (wanted == k)).sum())
            joined[k] += int(((got == k) | (wanted == k)).sum())
    return same / total, {g: float(met[k] / joined[k]) for k, g in enumerate(GROUPS) if joined[k]}


class RegionGraph(nn.Module):
    """The net between bytes: (1, H, W, 3) uint8 to (1, H / 4, W / 4, 10) uint8."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Tensor:
        shares = self.net(image.permute(0, 3, 1, 2).float() / 255).softmax(1)
        return (shares * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1)


def export_region_net(net: nn.Module, path: Path, about: dict[str, Any]) -> None:
    """See `export_mask_net`."""
    export_mask_net(RegionGraph(net), path, SHORT_SIDE, GROUPS, about)


@click.command()
@photo_options
@click.option("--teacher", "teacher_file", type=click.Path(path_type=Path), required=True)
@click.option("--steps", type=int, default=4000, show_default=True)
@click.option("--batch", type=int, default=12, show_default=True)
@click.option("--learning-rate", type=float, default=2e-3, show_default=True)
@click.option("--run-dir", type=click.Path(path_type=Path), required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(
    content: Path, held_out: Path, teacher_file: Path, steps: int, batch: int, learning_rate: float, run_dir: Path,
    output: Path,
) -> None:  # fmt: skip
    """Distil the region net. A checkpoint every 250 steps; started again, it goes on."""
    torch.manual_seed(0)
    names = frozenset(held_out.read_text(encoding="utf-8").split())
    teacher = Teacher(teacher_file)
    photos = scan_photos(content, CROP, names)
    lessons = Lessons(photos.paths, teacher, "teacher")
    exam = Lessons(scan_photos(content, CROP, only=names).paths, teacher, "held out")
    recipe = Recipe(images=steps * batch, batch=batch, learning_rate=learning_rate)
    net = taught(RegionLearner(recipe, lessons, exam), RunFolder(run_dir))
    share, groups = agreement(net, exam)
    about = {
        "agreement": round(share, 4),
        "iou": {g: round(v, 3) for g, v in groups.items()},
        "trained_on": photos.describe(),
        "steps": steps,
    }
    export_region_net(net, output, about)
    click.echo(
        f"{output}: {output.stat().st_size / 1e6:.2f} MB, agreement {share:.3f} on {len(exam.photos)} photos"
    )


def taught(learner: RegionLearner, folder: RunFolder) -> RegionNet:
    """The net, trained to the end, from the checkpoint of the folder where there is one."""
    train_to_end(learner, folder, "student")
    return learner.net.net


if __name__ == "__main__":
    main()
