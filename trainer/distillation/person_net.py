"""Makes the person net that ships: a small net that has learnt to see persons where a large one does.

python -m livebrush.trainer.distillation.person_net --content photos/ --teacher deeplabv3.onnx \\
    --held-out held_out.txt --run-dir runs/persons -o models/regions/persons.onnx

The way down begins with the teacher's own weights, which know ImageNet: from a thousand photos alone no net learns what
a person is. The rest begins at random, and all of it is trained.
"""

from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor, nn

from livebrush.models.regions import PERSON_GROUPS, PERSON_SHORT_SIDE
from livebrush.trainer.bfloat16 import faster_arithmetic
from livebrush.trainer.distillation.helper import photo_options, train_to_end
from livebrush.trainer.distillation.lessons import Teacher
from livebrush.trainer.distillation.mask_net import MULTIPLE, export_mask_net
from livebrush.trainer.distillation.person_lessons import PersonLessons
from livebrush.trainer.nets.person import PersonNet
from livebrush.trainer.runs.checkpoint import load_checkpoint
from livebrush.trainer.runs.content_photos import scan_photos
from livebrush.trainer.runs.kind import Kind
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import Recipe

LEAST_SIDE = 192
"""of a photo to learn from, pixels"""
SLOWER = 0.15
"""share of the learning rate for what begins with the teacher's weights"""


def begin_as(net: PersonNet, teacher: Path) -> None:
    """Copy the teacher's first layers, a MobileNetV2 too: its convolutions in the order that they are run.

    raises: click.ClickException where they have other shapes
    """
    model = onnx.load(teacher)
    values = {tensor.name: tensor for tensor in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    with torch.no_grad():
        for own, other in zip(net.way_down, convolutions, strict=False):
            weight, bias = (
                torch.from_numpy(numpy_helper.to_array(values[name]).copy()) for name in other.input[1:3]
            )
            if weight.shape != own.weight.shape:
                raise click.ClickException(
                    f"{teacher.name} does not begin as a MobileNetV2: a convolution is {list(weight.shape)}, expected "
                    f"{list(own.weight.shape)}"
                )
            own.weight.copy_(weight)
            assert own.bias is not None
            own.bias.copy_(bias)


class PersonLearner(Kind):
    """A small segmentation net that learns from a large one where persons are; on the CPU, in one process."""

    terms = ("cross_entropy", "overlap", "iou")
    judged_by = "held_out"
    warm_up_steps = 100
    final_rate = 0.01

    net: PersonNet

    def __init__(self, recipe: Recipe, teacher: Path, lessons: PersonLessons, exam: PersonLessons) -> None:
        """teacher: its file; lessons: to learn from; exam: to be judged by"""
        self.recipe, self.lessons, self.exam = recipe, lessons, exam
        torch.manual_seed(recipe.seed)
        self.net = PersonNet()
        begin_as(self.net, teacher)
        self.net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.identity = {"photos": len(lessons.photos)}

    def optimizer(self) -> torch.optim.Optimizer:
        begun = [value for layer in self.net.way_down for value in layer.parameters()]
        ids = {id(value) for value in begun}
        rest = [value for value in self.net.parameters() if id(value) not in ids]
        groups = [{"params": begun, "share": SLOWER}, {"params": rest}]
        return torch.optim.AdamW(groups, lr=self.recipe.learning_rate, weight_decay=1e-3)

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        return self.lessons.batch(step, self.recipe.batch)

    def losses(self, step: int, *batch: Tensor) -> tuple[None, dict[str, Tensor]]:
        """Cross entropy with the soft masks, and one minus their intersection over union (Rahman & Wang 2016)."""
        pixels, masks = batch
        with faster_arithmetic(pixels.device):
            logits = self.net(pixels.to(memory_format=torch.channels_last))
        logits = logits.float()
        cross_entropy = F.binary_cross_entropy_with_logits(logits, masks)
        shares = logits.sigmoid()
        met = torch.minimum(shares, masks).sum()
        overlap = 1 - met / torch.maximum(shares, masks).sum().clamp(min=1)
        return None, {
            "cross_entropy": cross_entropy,
            "overlap": overlap,
            "total": cross_entropy + overlap / 2,
        }

    def judge(self) -> tuple[dict[str, float], None]:
        return {"iou": person_iou(self.net, self.exam)}, None


@torch.no_grad()
def person_iou(net: nn.Module, exam: PersonLessons) -> float:
    """Intersection over union, over all photos together, of what net and teacher call a person."""
    net.eval()
    met = joined = 0
    for photo, mask in zip(exam.photos, exam.masks, strict=True):
        wanted = mask > 127
        got = seen_by(net, photo, wanted.shape) > 0.5
        met, joined = met + int((got & wanted).sum()), joined + int((got | wanted).sum())
    return met / max(joined, 1)


@torch.no_grad()
def seen_by(net: nn.Module, photo: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """How sure the net is of a person, 0 to 1, brought to a size (height, width), as the runtime shows it photos."""
    scale = PERSON_SHORT_SIDE / min(photo.shape[:2])
    height, width = (max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in photo.shape[:2])
    small = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    pixels = torch.from_numpy(small.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    mask = net(pixels).sigmoid()[0, 0].numpy()
    return cv2.resize(mask, size[::-1], interpolation=cv2.INTER_LINEAR)


class PersonGraph(nn.Module):
    """The net between bytes: (1, H, W, 3) uint8 to (1, H / 4, W / 4, 2) uint8: person, other."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Tensor:
        share = self.net(image.permute(0, 3, 1, 2).float() / 255).sigmoid()
        person = (share * 255 + 0.5).to(torch.uint8)
        return torch.cat([person, 255 - person], 1).permute(0, 2, 3, 1)


def export_person_net(net: nn.Module, path: Path, about: dict[str, Any]) -> None:
    """See `export_mask_net`."""
    export_mask_net(PersonGraph(net), path, PERSON_SHORT_SIDE, PERSON_GROUPS, about)


@click.command()
@photo_options
@click.option("--teacher", "teacher_file", type=click.Path(path_type=Path), required=True)
@click.option("--steps", type=int, default=2600, show_default=True)
@click.option("--batch", type=int, default=16, show_default=True)
@click.option("--learning-rate", type=float, default=2e-3, show_default=True)
@click.option(
    "--start-from",
    type=click.Path(path_type=Path),
    help="A checkpoint of an earlier run, whose weights it begins with.",
)
@click.option("--run-dir", type=click.Path(path_type=Path), required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(
    content: Path, held_out: Path, teacher_file: Path, steps: int, batch: int, learning_rate: float,
    start_from: Path | None, run_dir: Path, output: Path,
) -> None:  # fmt: skip
    """Distil the person net. A checkpoint every 250 steps; started again, it goes on."""
    names = frozenset(held_out.read_text(encoding="utf-8").split())
    teacher = Teacher(teacher_file)
    held_out_photos = scan_photos(content, LEAST_SIDE, only=names)
    exam = PersonLessons(held_out_photos.paths, teacher, "held out", run_dir / "held_out.npz")
    photos = scan_photos(content, LEAST_SIDE, names)
    lessons = PersonLessons(photos.paths, teacher, "teacher", run_dir / "lessons.npz")
    recipe = Recipe(images=steps * batch, batch=batch, learning_rate=learning_rate)
    learner = PersonLearner(recipe, teacher_file, lessons, exam)
    if start_from:
        load_checkpoint(start_from, learner.net)
    net = taught(learner, RunFolder(run_dir))
    iou = person_iou(net, exam)
    about = {"iou": {"person": round(iou, 3)}, "trained_on": photos.describe(), "steps": steps}
    export_person_net(net, output, about)
    click.echo(
        f"{output}: {output.stat().st_size / 1e6:.2f} MB, intersection over union {iou:.3f} on {len(exam.photos)} "
        "photos"
    )


def taught(learner: PersonLearner, folder: RunFolder) -> PersonNet:
    """The net, trained to the end, from the checkpoint of the folder where there is one."""
    train_to_end(learner, folder, "person net")
    return learner.net


if __name__ == "__main__":
    main()
