"""What the region net is taught: photos, and what a large segmentation net says of them."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor
from tqdm import tqdm

from livebrush.models.regions import GROUPS
from livebrush.trainer.runs.content_photos import load_rgb, resize_short_side

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
        return _groups(logits[0]), features[0].transpose(1, 2, 0).astype(np.float16)

    def groups(self, photo: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 to soft masks (128, 128, 10) uint8, in a square."""
        return self.answer(photo)[0]


def _groups(logits: np.ndarray) -> np.ndarray:
    """(32, h, w) float32 to soft masks (h, w, 10) uint8."""
    shares = np.exp(logits - logits.max(0, keepdims=True))
    shares /= shares.sum(0, keepdims=True)
    groups = np.stack([shares[CLASSES[group]].sum(0) for group in GROUPS], 2)
    return np.rint(groups * 255).astype(np.uint8)


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

    def batch(self, step: int, size: int) -> tuple[np.ndarray, ...]:
        """Crops (size, 3, CROP, CROP) in [0, 1], their masks (size, 10, CROP / 4, CROP / 4), which add up to 1, and
        hints (size, HINT_CHANNELS, CROP / 8, CROP / 8); float32."""
        random = np.random.default_rng([2, step])
        parts = [self._crop(int(random.integers(len(self.photos))), random) for _ in range(size)]
        return tuple(np.stack(part) for part in zip(*parts, strict=True))

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
        pixels = part_of(self.photos[index], *where, (CROP, CROP))
        labels = part_of(self.masks[index], *where, (CROP // 4, CROP // 4)).astype(np.float32)
        hints = part_of(self.hints[index], *where, (CROP // 8, CROP // 8))
        if random.random() < 0.5:
            pixels, labels, hints = pixels[:, ::-1], labels[:, ::-1], hints[:, ::-1]
        pixels = in_other_colours(pixels, random)
        labels = labels / np.maximum(labels.sum(2, keepdims=True), 1)
        return tuple(np.ascontiguousarray(x.transpose(2, 0, 1), np.float32) for x in (pixels, labels, hints))


def in_other_colours(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(H, W, 3) uint8 to float32 about [0, 1], in another light and with noise."""
    gain = random.uniform(0.7, 1.35, 3) ** 0.6 * random.uniform(0.75, 1.3)
    shift, gamma, grain = random.uniform(-0.08, 0.08), random.uniform(0.7, 1.4), random.uniform(0, 0.03)
    levels = np.linspace(0, 1, 256)[:, None]
    table = (np.clip((levels - 0.45) * gain + 0.45 + shift, 0, 1) ** gamma).astype(np.float32)
    noise = random.standard_normal(pixels.shape, np.float32)
    return (
        np.take_along_axis(table, pixels.reshape(-1, 3), 0).reshape(pixels.shape) + np.float32(grain) * noise
    )


def part_of(
    picture: np.ndarray, top: float, left: float, high: float, wide: float, size: tuple[int, int]
) -> np.ndarray:
    """A rectangle, in shares of the picture, brought to a size (height, width)."""
    height, width = picture.shape[:2]
    rows = slice(int(top * height), max(int((top + high) * height), int(top * height) + 2))
    columns = slice(int(left * width), max(int((left + wide) * width), int(left * width) + 2))
    # By area at most four channels are possible
    method = cv2.INTER_AREA if picture.ndim == 2 or picture.shape[2] <= 4 else cv2.INTER_LINEAR
    return cv2.resize(picture[rows, columns], size[::-1], interpolation=method)
