"""What the person net is taught: photos, and where a large segmentation net sees persons in them."""

from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from livebrush.models.regions import PERSON
from livebrush.trainer.distillation.lessons import Teacher, in_other_colours, part_of
from livebrush.trainer.runs.content_photos import load_rgb, resize_short_side

SIDES = ((192, 256), (256, 192), (224, 224))
"""(height, width) of what the net sees, in turn"""
SHORT_SIDE = 288
"""of the photos that it is cut from"""
SHOWS_PERSONS = 0.02
"""of a photo, from which on it counts as one with persons"""
WITH_PERSONS = 0.65
"""of all lessons, cut from photos with persons"""


VIEWS = ((0.65, False), (0.5, True))
"""in which the teacher sees a photo: how much of its square the long side fills, and whether it is mirrored. It was
taught scenes where persons are small: of photos that fill the square it calls flowers persons, and faces none"""


def persons_seen(teacher: Teacher, photo: np.ndarray) -> np.ndarray:
    """The share that a teacher gives persons, the mean of its views of a photo; the first alone where it shows none.

    photo:   (H, W, 3) uint8, RGB
    returns: (128, 128) uint8, of the photo in a square
    """
    seen: list[np.ndarray] = []
    for size, mirrored in VIEWS:
        shares = _seen_at(teacher, np.ascontiguousarray(photo[:, ::-1]) if mirrored else photo, size)
        seen.append(shares[:, ::-1] if mirrored else shares)
        if seen[0].mean() < 255 * SHOWS_PERSONS:
            break
    return np.rint(np.mean(seen, 0)).astype(np.uint8)


def _seen_at(teacher: Teacher, photo: np.ndarray, size: float) -> np.ndarray:
    """What it sees in the photo as a part of a larger square of the photo's mean colour."""
    height, width = photo.shape[:2]
    side = round(max(height, width) / size)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.full((side, side, 3), photo.mean((0, 1)), np.uint8)
    square[top : top + height, left : left + width] = photo
    shares = teacher.groups(square)[..., PERSON]
    place = (
        slice(round(k * len(shares) / side), round((k + long) * len(shares) / side))
        for k, long in ((top, height), (left, width))
    )
    return cv2.resize(shares[*place], shares.shape[::-1], interpolation=cv2.INTER_LINEAR)


class PersonLessons:
    """Photos, and the share that the teacher gives persons in them: (128, 128) uint8, in a square.

    kept: where its answers are kept, so that it is asked once; None: nowhere
    """

    def __init__(
        self, paths: tuple[Path, ...], teacher: Teacher, title: str, kept: Path | None = None
    ) -> None:
        self.photos = [np.asarray(resize_short_side(load_rgb(path), SHORT_SIDE)) for path in paths]
        if kept and kept.is_file():
            self.masks = np.load(kept)["masks"]
        else:
            self.masks = np.stack([persons_seen(teacher, p) for p in tqdm(self.photos, title, disable=None)])
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                np.savez_compressed(kept, masks=self.masks)
        shares = self.masks.mean((1, 2)) / 255
        self._with = np.flatnonzero(shares >= SHOWS_PERSONS)
        self._without = np.flatnonzero(shares < SHOWS_PERSONS)

    def batch(self, step: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Crops (size, 3, H, W) in [0, 1] and masks (size, 1, H / 4, W / 4) in [0, 1]; float32."""
        random = np.random.default_rng([3, step])
        height, width = SIDES[random.choice(len(SIDES), p=(0.5, 0.2, 0.3))]
        parts = [self._crop(self._index(random), height, width, random) for _ in range(size)]
        pixels, masks = zip(*parts, strict=True)
        return np.stack(pixels), np.stack(masks)

    def _index(self, random: np.random.Generator) -> int:
        some, others = (
            (self._with, self._without) if random.random() < WITH_PERSONS else (self._without, self._with)
        )
        return int(random.choice(some if len(some) else others))

    def _crop(
        self, index: int, height: int, width: int, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        photo = self.photos[index]
        # Of the crop's shape, but for a little; as large as the photo allows, or down to a third of that
        wanted = width / height * photo.shape[0] / photo.shape[1] * np.exp(random.uniform(-0.25, 0.25))
        largest = min(1.0, 1 / wanted)
        high = largest * random.uniform(0.3, 1.0) ** 0.5
        wide = min(1.0, high * wanted)
        top, left = random.uniform(0, 1 - high), random.uniform(0, 1 - wide)
        pixels = part_of(photo, top, left, high, wide, (height, width))
        mask = part_of(self.masks[index], top, left, high, wide, (height // 4, width // 4))
        if random.random() < 0.5:
            pixels, mask = pixels[:, ::-1], mask[:, ::-1]
        pixels = np.ascontiguousarray(pixels)
        if random.random() < 0.15:  # out of focus, or a poor camera
            pixels = cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.5, 1.5))
        if random.random() < 0.15:  # a dark room
            pixels = (pixels * random.uniform(0.1, 0.6)).astype(np.uint8)
        seen = in_other_colours(pixels, random)
        return (
            np.ascontiguousarray(seen.transpose(2, 0, 1), np.float32),
            np.ascontiguousarray(mask[None], np.float32) / 255,
        )
