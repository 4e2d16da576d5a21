"""Makes the region net that ships: a small net that has learnt to answer as a large one does.

python -m livebrush.trainer.distillation.region_net --content photos/ --teacher deeplabv3.onnx \\
    --held-out held_out.txt --run-dir runs/regions -o models/regions/regions.onnx

The teacher (classes of ADE20K) answers once for each photo; its classes are summed up to ten groups. The student sees
random parts of the photos, mirrored, in other colours. It learns the teacher's answers and, because these say little of
what they were concluded from, its features as well (Romero et al. 2015, FitNets).
"""

import csv
import json
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from livebrush.converters.export import forget_machine
from livebrush.converters.half_weights import halve_weights
from livebrush.models.regions import CONTRACT, GROUPS, METADATA_KEY
from livebrush.models.writing import whole_file
from livebrush.trainer.content_photos import load_rgb, resize_short_side, scan_photos
from livebrush.trainer.distillation.course import course, is_milestone
from livebrush.trainer.nets.region import WIDTH, RegionNet

# The teacher's channels: "other", then ADE20K's classes 1 to 31
CLASSES = {
    "sky": [3], "water": [22, 27], "vegetation": [5, 10, 18, 30], "terrain": [14, 17], "road": [4, 7, 12, 29],
    "building": [1, 2, 26], "vehicle": [21], "person": [13],
    "interior": [6, 8, 9, 11, 15, 16, 19, 20, 23, 24, 25, 28, 31], "other": [0],
}  # fmt: skip
TEACHER_SIDE = 512
HINT = "t176"
"""the teacher's tensor of which features are learnt: 256 channels at a sixteenth, before it looks for edges"""
HINT_CHANNELS = 64
"""of its principal components, that are learnt"""
CROP = 224
SHORT_SIDE = 256
"""of the photos while training, and what the runtime makes of a photo"""


class Teacher:
    """A segmentation net, and its features on the way."""

    def __init__(self, path: Path) -> None:
        model = onnx.load(path)
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(HINT))
        self.session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def answer(self, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) uint8 to soft masks (128, 128, 10) uint8 and features (32, 32, 256) float16, in a square."""
        square = cv2.resize(photo, (TEACHER_SIDE, TEACHER_SIDE), interpolation=cv2.INTER_AREA)
        pixels = square.transpose(2, 0, 1)[None].astype(np.float32)
        found: Any = self.session.run(None, {self.session.get_inputs()[0].name: pixels})
        logits, features = found
        shares = np.exp(logits[0] - logits[0].max(0, keepdims=True))
        shares /= shares.sum(0, keepdims=True)
        groups = np.stack([shares[CLASSES[group]].sum(0) for group in GROUPS], 2)
        return np.rint(groups * 255).astype(np.uint8), features[0].transpose(1, 2, 0).astype(np.float16)


def principal(features: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean (C,) of features (h, w, C), and what they are multiplied with, (C, HINT_CHANNELS).

    What comes out has HINT_CHANNELS channels, uncorrelated, and a variance of 1 over all of them together.
    """
    rows = np.concatenate([f[::4, ::4].reshape(-1, f.shape[2]) for f in features]).astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(rows.T))
    scale = np.sqrt(values[-HINT_CHANNELS:].mean())
    return rows.mean(0).astype(np.float32), (vectors[:, -HINT_CHANNELS:] / scale).astype(np.float32)


class Lessons:
    """Photos and what the teacher says of them."""

    def __init__(self, paths: tuple[Path, ...], teacher: Teacher, title: str) -> None:
        self.photos = [np.asarray(resize_short_side(load_rgb(path), SHORT_SIDE)) for path in paths]
        self.masks: list[np.ndarray] = []
        features: list[np.ndarray] = []
        for photo in tqdm(self.photos, desc=title, disable=None):
            masks, thoughts = teacher.answer(photo)
            self.masks.append(masks)
            features.append(thoughts)
        mean, axes = principal(features)
        self.hints = [(f.astype(np.float32) - mean) @ axes for f in features]

    def batch(self, step: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
        """Crops (size, 3, CROP, CROP) in [0, 1], their masks (size, 10, CROP / 4, CROP / 4), which add up to 1, and
        hints (size, HINT_CHANNELS, CROP / 8, CROP / 8)."""
        random = np.random.default_rng([2, step])
        parts = [self._crop(int(random.integers(len(self.photos))), random) for _ in range(size)]
        pixels, masks, hints = (torch.from_numpy(np.stack(part)) for part in zip(*parts, strict=True))
        return pixels, masks, hints

    def whole(self, index: int) -> tuple[Tensor, Tensor]:
        """A photo as the runtime sees it, and the teacher's masks at a quarter of its size."""
        photo = self.photos[index]
        height, width = (round(side / 32) * 32 for side in photo.shape[:2])
        pixels = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
        masks = cv2.resize(self.masks[index], (width // 4, height // 4), interpolation=cv2.INTER_LINEAR)
        return (
            torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255),
            torch.from_numpy(masks.transpose(2, 0, 1)[None].astype(np.float32) / 255),
        )

    def _crop(self, index: int, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        share = random.uniform(0.35, 1.0)
        aspect = np.exp(random.uniform(-0.25, 0.25))
        high, wide = (float(np.clip(share**0.5 * a, 0.2, 1.0)) for a in (aspect, 1 / aspect))
        top, left = random.uniform(0, 1 - high), random.uniform(0, 1 - wide)
        where = (top, left, high, wide)
        pixels = _part(self.photos[index], *where, CROP)
        labels = _part(self.masks[index], *where, CROP // 4).astype(np.float32)
        hints = _part(self.hints[index], *where, CROP // 8)
        if random.random() < 0.5:
            pixels, labels, hints = pixels[:, ::-1], labels[:, ::-1], hints[:, ::-1]
        pixels = _in_other_colours(pixels, random)
        labels = labels / np.maximum(labels.sum(2, keepdims=True), 1)
        return tuple(np.ascontiguousarray(x.transpose(2, 0, 1), np.float32) for x in (pixels, labels, hints))


def _in_other_colours(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(H, W, 3) uint8 to float32 about [0, 1], in another light and with noise."""
    gain = random.uniform(0.7, 1.35, 3) ** 0.6 * random.uniform(0.75, 1.3)
    shift, gamma, grain = random.uniform(-0.08, 0.08), random.uniform(0.7, 1.4), random.uniform(0, 0.03)
    levels = np.linspace(0, 1, 256)[:, None]
    table = (np.clip((levels - 0.45) * gain + 0.45 + shift, 0, 1) ** gamma).astype(np.float32)
    noise = random.standard_normal(pixels.shape, np.float32)
    return (
        np.take_along_axis(table, pixels.reshape(-1, 3), 0).reshape(pixels.shape) + np.float32(grain) * noise
    )


def _part(picture: np.ndarray, top: float, left: float, high: float, wide: float, side: int) -> np.ndarray:
    """A rectangle, in shares of the picture, at side x side."""
    height, width = picture.shape[:2]
    rows = slice(int(top * height), max(int((top + high) * height), int(top * height) + 2))
    columns = slice(int(left * width), max(int((left + wide) * width), int(left * width) + 2))
    # By area at most four channels are possible
    method = cv2.INTER_AREA if picture.shape[2] <= 4 else cv2.INTER_LINEAR
    return cv2.resize(picture[rows, columns], (side, side), interpolation=method)


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
    net.train()
    return same / total, {g: float(met[k] / joined[k]) for k, g in enumerate(GROUPS) if joined[k]}


class Student(nn.Module):
    """The net in training: how far its answers and its features at an eighth are from the teacher's."""

    def __init__(self, net: RegionNet) -> None:
        super().__init__()
        self.net = net
        self.as_hint = nn.Conv2d(WIDTH, HINT_CHANNELS, 1)
        self._features: list[Any] = []
        net.up[1].register_forward_hook(lambda _module, _inputs, output: self._features.append(output))

    def forward(self, pixels: Tensor, masks: Tensor, hints: Tensor) -> Tensor:
        """See `Lessons.batch`; returns the cross entropy with the soft masks plus the hints' mean squared error."""
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.net(pixels.to(memory_format=torch.channels_last))
            guess = self.as_hint(self._features.pop())
        self._features.clear()
        answers = -(masks * F.log_softmax(logits.float(), 1)).sum(1).mean()
        return answers + F.mse_loss(guess.float(), hints)


class RegionGraph(nn.Module):
    """The net between bytes: (1, H, W, 3) uint8 to (1, H / 4, W / 4, 10) uint8."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Tensor:
        shares = self.net(image.permute(0, 3, 1, 2).float() / 255).softmax(1)
        return (shares * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1)


def export_region_net(net: nn.Module, path: Path, about: dict[str, Any]) -> None:
    """Write the ONNX file, its weights in half precision."""
    dynamic = torch.export.Dim.DYNAMIC
    example = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    program = torch.onnx.export(
        RegionGraph(net).eval(), (example,), dynamo=True, opset_version=18, input_names=["image"],
        output_names=["regions"], dynamic_shapes=({1: dynamic, 2: dynamic},), verbose=False,
    )  # fmt: skip
    assert program is not None
    model = program.model_proto
    forget_machine(model)
    halve_weights(model)
    facts = {"contract": CONTRACT, "multiple": 32, "short_side": SHORT_SIDE, "groups": GROUPS, **about}
    model.metadata_props.add(key=METADATA_KEY, value=json.dumps(facts))
    with whole_file(path) as partial:
        onnx.save(model, partial)


@click.command()
@click.option("--content", type=click.Path(path_type=Path), required=True, help="A folder of photos.")
@click.option(
    "--held-out", type=click.Path(path_type=Path), required=True, help="Names of photos to judge by."
)
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
    run_dir.mkdir(parents=True, exist_ok=True)
    net = teach(lessons, exam, steps, batch, learning_rate, run_dir)
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


def teach(
    lessons: Lessons, exam: Lessons, steps: int, batch: int, learning_rate: float, run_dir: Path
) -> RegionNet:
    """Train to the end, from the checkpoint of run_dir where there is one, and log what the exam says."""
    net = RegionNet()
    net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    student = Student(net)
    optimizer = torch.optim.AdamW(student.parameters(), lr=learning_rate, weight_decay=1e-2)
    with (run_dir / "log.csv").open("a", newline="", encoding="utf-8") as file:
        log = csv.writer(file)
        for step in course(student, optimizer, steps, learning_rate, run_dir):
            loss = student(*lessons.batch(step, batch))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if is_milestone(step, steps):
                share, groups = agreement(net, exam)
                marks = [f"{group}={value:.3f}" for group, value in groups.items()]
                log.writerow([step + 1, f"{float(loss.detach()):.4f}", f"{share:.4f}", *marks])
                file.flush()
    return net


if __name__ == "__main__":
    main()
