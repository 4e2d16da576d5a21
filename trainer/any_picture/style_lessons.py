"""The pictures that a net for any picture learns to paint after: paintings, what can be made of them, and photos."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from livebrush.trainer.any_picture.renderings import rendering
from livebrush.trainer.runs.content_photos import load_rgb, resize_short_side

LEAST_SPREAD = 30
"""levels that colours deviate: darker and paler pictures teach nothing but their one colour"""


@dataclass(frozen=True)
class StyleLesson:
    """pixels: (H, W, 3) uint8; painting: the number of the one that it was made of, None for a photo"""

    pixels: np.ndarray
    painting: int | None

    def tensor(self) -> Tensor:
        """(1, 3, H, W) float32 in [0, 1]"""
        return torch.from_numpy(self.pixels.transpose(2, 0, 1)[None].copy()).float() / 255


def style_lessons(
    paintings: Sequence[Path],
    size: int,
    seed: int,
    variants: int = 0,
    photos: Sequence[Path] = (),
    rendered: Sequence[Path] = (),
) -> list[StyleLesson]:
    """The paintings themselves first; then `variants` of each; then changed photos, and renderings of photos.

    Those of hardly any contrast are left out.

    size: short side, pixels
    """
    originals = [load_rgb(path) for path in paintings]
    lessons = [
        StyleLesson(np.asarray(resize_short_side(p, size)), number) for number, p in enumerate(originals)
    ]
    for number, painting in enumerate(originals):
        for n in range(variants):
            random = np.random.default_rng([seed, 10, number, n])
            lessons.append(StyleLesson(changed(painting, size, random), number))
    for n, path in enumerate(photos):
        random = np.random.default_rng([seed, 11, n])
        lessons.append(StyleLesson(changed(load_rgb(path), size, random, closest=0.8), None))
    for n, path in enumerate(rendered):
        random = np.random.default_rng([seed, 12, n])
        photo = np.array(resize_short_side(load_rgb(path), size))
        lessons.append(StyleLesson(rendering(photo, random), None))
    return [lesson for lesson in lessons if lesson.pixels.std((0, 1)).max() > LEAST_SPREAD]


def changed(
    picture: Image.Image, size: int, random: np.random.Generator, closest: float = 0.45
) -> np.ndarray:
    """A part of the picture, in other colours, mirrored or not: (H, W, 3) uint8 of this short side.

    closest: the smallest share of the short side that the part has; smaller parts have larger strokes
    """
    share = random.uniform(closest, 1)
    width, height = (round(side * share) for side in picture.size)
    left, top = (
        int(random.integers(0, side - part, endpoint=True))
        for side, part in zip(picture.size, (width, height), strict=True)
    )
    part = resize_short_side(picture.crop((left, top, left + width, top + height)), size)
    if random.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    part = ImageEnhance.Color(part).enhance(random.uniform(0.4, 1.5))
    part = ImageEnhance.Contrast(part).enhance(random.uniform(0.7, 1.2))
    part = ImageEnhance.Brightness(part).enhance(random.uniform(0.7, 1.2))
    turn = random.uniform(-0.5, 0.5) if random.random() < 0.7 else 0.0
    return turned(np.asarray(part), turn)


def turned(pixels: np.ndarray, turn: float) -> np.ndarray:
    """All hues turned around the axis of greys, by a share of the circle."""
    angle = 2 * np.pi * turn
    to_yiq = np.array([colorsys.rgb_to_yiq(*row) for row in np.eye(3)]).T
    rotation = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    matrix = np.linalg.inv(to_yiq) @ rotation @ to_yiq
    return (pixels @ matrix.T).clip(0, 255).astype(np.uint8)
