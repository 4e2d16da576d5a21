"""Makes textures/marble.jpg, pebbles.jpg and bark.jpg, so that 'livebrush train texture' can be tried as it stands.

    python examples/make_textures.py examples/textures

Needs numpy, opencv-python and pillow. Each is computed from noise: marble is veins in bent layers (after Perlin, "An
Image Synthesizer", 1985), pebbles are the cells around points (after Worley, "A Cellular Texture Basis Function",
1996), bark is ridges that part and meet.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SIDE = 512
Map = np.ndarray  # (SIDE, SIDE) or (SIDE, SIDE, 3) float32


def clouds(
    random: np.random.Generator, cells: tuple[float, float], octaves: int = 5, rough: float = 0.5
) -> Map:
    """Smooth noise of several sizes, of mean 0 and deviation 1. cells: of the largest size, (down, across)"""
    total = np.zeros((SIDE, SIDE), np.float32)
    for octave in range(octaves):
        rows, columns = (max(4, round(count * 2**octave) + 3) for count in cells)
        grid = random.normal(0, 1, (rows, columns)).astype(np.float32)
        total += rough**octave * cv2.resize(grid, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return (total - total.mean()) / total.std()


def between(stops: list[tuple[float, tuple[int, int, int]]], values: Map) -> Map:
    """Colours of a scale. stops: (value, RGB), rising"""
    places = [value for value, _ in stops]
    return np.stack([np.interp(values, places, [rgb[c] for _, rgb in stops]) for c in range(3)], 2)


def lit(height: Map, depth: float) -> Map:
    """What light from the upper left makes of a surface: about 1 where it is level."""
    down, across = np.gradient(height * depth)
    return ((1 + 0.6 * (down + across)) / np.sqrt(1 + down**2 + across**2))[..., None]


def marble(random: np.random.Generator) -> Map:
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    bent = 5 * (rows + 0.6 * columns) + 0.55 * clouds(random, (3, 3), 6, 0.55)
    veins = 1 - np.abs(np.sin(np.pi * bent)) ** 0.35
    fine = 1 - np.abs(clouds(random, (5, 5), 5, 0.6)) ** 0.5
    stone = between(
        [(-2, (206, 204, 200)), (0, (233, 231, 226)), (2, (246, 244, 240))], clouds(random, (4, 4))
    )
    ink = np.clip(1.5 * veins + 0.35 * np.clip(fine - 0.3, 0, 1), 0, 1)[..., None]
    return stone * (1 - ink) + ink * between(
        [(-2, (52, 62, 70)), (2, (128, 112, 92))], clouds(random, (3, 3))
    )


def pebbles(random: np.random.Generator) -> Map:
    points = random.uniform(-0.1, 1.1, (420, 2)) * SIDE
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    rows, columns = rows + 5 * clouds(random, (10, 10), 3), columns + 5 * clouds(random, (10, 10), 3)
    squared = (rows[..., None] - points[:, 0]) ** 2 + (columns[..., None] - points[:, 1]) ** 2
    nearest = np.argpartition(squared, 1, axis=2)[..., :2]
    two = np.sort(np.sqrt(np.take_along_axis(squared, nearest, 2)), 2)
    stone = squared.argmin(2)
    rise = np.clip((two[..., 1] - two[..., 0]) / 16, 0, 1)
    height = np.sin(rise * np.pi / 2) ** 0.6
    warmth = random.normal(0, 1, len(points))[stone] + 0.25 * clouds(random, (40, 40), 3)
    colour = between(
        [(-2, (62, 70, 82)), (-0.3, (122, 124, 122)), (0.8, (176, 152, 122)), (2, (214, 200, 176))], warmth
    )
    return colour * lit(cv2.GaussianBlur(height, (0, 0), 1.2), 9) * (0.25 + 0.75 * height[..., None])


def bark(random: np.random.Generator) -> Map:
    bend = 0.35 * clouds(random, (3, 8), 3)
    ridges = np.abs(clouds(random, (4, 22), 4, 0.5) + bend)
    height = np.clip(ridges, 0, 1.4) ** 0.7 + 0.08 * clouds(random, (60, 90), 3)
    colour = between(
        [(0, (30, 22, 18)), (0.5, (92, 70, 54)), (1.0, (146, 120, 96)), (1.5, (186, 168, 146))], height
    )
    moss = np.clip(clouds(random, (5, 4), 5) - 0.9, 0, 1)[..., None]
    colour = colour * (1 - 0.7 * moss) + 0.7 * moss * (
        colour.mean(2, keepdims=True) * np.float32([0.85, 1.1, 0.5])
    )
    return colour * lit(cv2.GaussianBlur(height, (0, 0), 1.0), 6)


TEXTURES: dict[str, Callable[[np.random.Generator], Map]] = {
    "marble": marble,
    "pebbles": pebbles,
    "bark": bark,
}


def make(name: str) -> np.ndarray:
    """returns: (SIDE, SIDE, 3) uint8 RGB"""
    pixels = TEXTURES[name](np.random.default_rng(list(TEXTURES).index(name)))
    return np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEXTURES:
        Image.fromarray(make(name)).save(folder / f"{name}.jpg", quality=88)


if __name__ == "__main__":
    main()
