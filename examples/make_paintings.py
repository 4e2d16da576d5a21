"""Makes paintings/night.jpg and paintings/noon.jpg, so that training and stills can be tried as they stand.

    python examples/make_paintings.py examples/paintings

Needs numpy and opencv-python. Each painting is a landscape made up here: a colour and a direction for every point.
Brushes follow the directions, broad ones first; each brush is a row of bristles with colours and heights of their own,
and the heights are lit from the upper left, as thick paint is (after Hertzmann, "Painterly Rendering with Curved Brush
Strokes of Multiple Sizes", 1998, and "Fast Paint Texture", 2002).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

HEIGHT, WIDTH = 1536, 2048  # as painted; kept at half of that, which smooths the bristles
STEP = 6.0  # pixels of a brush's path that are straight

Map = np.ndarray  # (HEIGHT, WIDTH) or (HEIGHT, WIDTH, 3) float32


@dataclass(frozen=True)
class Scene:
    """What is painted.

    colour:    (HEIGHT, WIDTH, 3) float32 RGB, 0..1
    direction: (HEIGHT, WIDTH) radians: where strokes go
    """

    colour: Map
    direction: Map


@dataclass(frozen=True)
class Brush:
    """`width` and `length` in pixels, `coverage`: how many strokes lie on each point, `bristles` side by side."""

    width: float
    length: float
    coverage: float
    bristles: int
    hue_jitter: float = 0.03
    light_jitter: float = 0.08


def paint(scene: Scene, brushes: list[Brush], ground: tuple[float, float, float], seed: int) -> np.ndarray:
    """returns: (HEIGHT / 2, WIDTH / 2, 3) uint8 RGB"""
    random = np.random.default_rng(seed)
    canvas = np.full((HEIGHT, WIDTH, 3), ground, np.float32)
    relief = np.zeros((HEIGHT, WIDTH), np.float32)
    for brush in brushes:
        strokes = int(brush.coverage * HEIGHT * WIDTH / (brush.width * brush.length))
        for x, y in random.uniform((0, 0), (WIDTH, HEIGHT), (strokes, 2)):
            draw_stroke(canvas, relief, scene, brush, (x, y), random)
    painting = cv2.resize(lit(canvas, relief), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.rint(255 * np.clip(painting, 0, 1)).astype(np.uint8)


def draw_stroke(
    canvas: Map,
    relief: Map,
    scene: Scene,
    brush: Brush,
    middle: tuple[float, float],
    random: np.random.Generator,
) -> None:
    path = follow(scene.direction, middle, brush.length * random.uniform(0.6, 1.3))
    along = np.gradient(path, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(
        np.linalg.norm(along, axis=1, keepdims=True), 1e-6
    )
    colour = jittered(at(scene.colour, middle), brush, random)
    swell = (
        np.sin(np.linspace(0.35, np.pi - 0.15, len(path)))[:, None] ** 0.5
    )  # narrow where a brush lands and leaves
    thickness = round(1.6 * brush.width / brush.bristles)
    for offset in random.permutation(np.linspace(-0.5, 0.5, brush.bristles)):
        skip = random.integers(0, 3)  # bristles neither land nor leave together
        points = (path + across * (offset * brush.width * swell))[skip : len(path) - random.integers(0, 3)]
        line = np.rint(points).astype(np.int32)[None]
        bristle = np.clip(colour + random.normal(0, 0.25 * brush.light_jitter), 0, 1)
        cv2.polylines(canvas, line, False, bristle.tolist(), thickness)
        cv2.polylines(
            relief, line, False, random.uniform(0.2, 1.0) + abs(offset), thickness
        )  # paint piles up at edges


def follow(direction: Map, middle: tuple[float, float], length: float) -> np.ndarray:
    """The path that a brush takes through this point; returns: (P, 2) x and y."""
    halves = []
    for step in (-STEP, STEP):
        point, half = np.array(middle), []
        for _ in range(max(3, round(length / 2 / STEP))):
            half.append(point)
            angle = at(direction, point)
            point = point + step * np.array([np.cos(angle), np.sin(angle)])
        halves.append(half)
    return np.array(halves[0][:0:-1] + halves[1])


def at(of: Map, point: tuple[float, float] | np.ndarray) -> np.ndarray:
    """What it holds at x, y; beyond the border, what it holds there."""
    return of[int(np.clip(point[1], 0, HEIGHT - 1)), int(np.clip(point[0], 0, WIDTH - 1))]


def jittered(colour: np.ndarray, brush: Brush, random: np.random.Generator) -> np.ndarray:
    """A colour near this one, as a painter mixes it: another hue first, another light second."""
    hue, light, saturation = cv2.cvtColor(np.float32(colour)[None, None], cv2.COLOR_RGB2HLS)[0, 0]
    hue = (hue + 360 * random.normal(0, brush.hue_jitter)) % 360
    light = np.clip(light + random.normal(0, brush.light_jitter), 0, 1)
    saturation = np.clip(saturation * random.uniform(0.85, 1.25), 0, 1)
    return cv2.cvtColor(np.float32([[[hue, light, saturation]]]), cv2.COLOR_HLS2RGB)[0, 0]


def lit(canvas: Map, relief: Map) -> Map:
    """Thick paint under a light from the upper left, over a weave of canvas."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    weave = 0.08 * np.sin(x * 2 * np.pi / 9) * np.sin(y * 2 * np.pi / 9)
    height = cv2.GaussianBlur(relief, (0, 0), 1.2) + weave.astype(np.float32)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8) + cv2.Sobel(
        height, cv2.CV_32F, 0, 1, scale=1 / 8
    )
    return canvas * (1 + np.clip(0.6 * slope, -0.25, 0.35))[..., None]


# The landscapes


def night() -> Scene:
    """Moon and stars whirl above blue hills and a lit village."""
    y, x = grid()
    depth = np.clip(y / 0.72, 0, 1)
    colour = mixed((0.03, 0.08, 0.28), (0.20, 0.47, 0.62), depth)
    direction = 0.35 * np.sin(5 * x + 3 * y) - 0.1
    vector = np.stack([np.cos(direction), np.sin(direction)], -1)
    lights = [
        (0.77, 0.2, 0.125, (1.0, 0.83, 0.3)),
        (0.16, 0.15, 0.06, (0.98, 0.95, 0.72)),
        (0.42, 0.3, 0.075, (0.95, 0.9, 0.6)),
    ]
    lights += [
        (0.31, 0.09, 0.035, (1.0, 0.9, 0.6)),
        (0.56, 0.12, 0.04, (0.93, 0.97, 0.85)),
        (0.95, 0.36, 0.04, (1.0, 0.85, 0.5)),
    ]
    lights += [(0.07, 0.41, 0.04, (1.0, 0.92, 0.65)), (0.63, 0.4, 0.03, (0.95, 0.95, 0.8))]
    for place_x, place_y, radius, shine in lights:
        from_x, from_y = (x - place_x) * WIDTH / HEIGHT, y - place_y
        distance = np.hypot(from_x, from_y)
        near = np.exp(-((distance / (2.3 * radius)) ** 2))
        whirl = np.stack([-from_y, from_x], -1) / np.maximum(distance, 1e-3)[..., None]
        vector = vector * (1 - near[..., None]) + whirl * near[..., None]
        ring = 0.5 + 0.5 * np.cos(distance / radius * 2 * np.pi)
        glow = np.clip(np.exp(-((distance / radius) ** 2)) * (0.65 + 0.35 * ring) * 1.3, 0, 1)
        colour = mixed(colour, shine, glow)
    colour, vector = with_hill(
        colour, vector, y, 0.60 + 0.06 * np.sin(6 * x + 1) - 0.05 * x, (0.10, 0.20, 0.42), 6 * x + 1
    )
    colour, vector = with_hill(
        colour, vector, y, 0.70 + 0.05 * np.sin(5 * x + 4), (0.07, 0.27, 0.33), 5 * x + 4
    )
    colour, vector = with_hill(
        colour, vector, y, 0.83 + 0.04 * np.sin(7 * x + 2), (0.12, 0.22, 0.14), 7 * x + 2
    )
    houses = np.random.default_rng(5)
    for left in np.arange(0.18, 0.8, 0.062):
        top, wide, high = 0.765 + 0.03 * houses.random(), 0.045, 0.06
        wall = (abs(x - left) < wide / 2) & (y > top) & (y < top + high)
        roof = (y < top) & (y > top - 0.035 + abs(x - left) * 1.3)
        window = (abs(x - left) < 0.009) & (abs(y - top - 0.025) < 0.013)
        for part, shade in (
            (wall, (0.22, 0.25, 0.35)),
            (roof, (0.42, 0.17, 0.14)),
            (window, (1.0, 0.75, 0.2)),
        ):
            colour[part] = shade
            vector[part] = (0.2, 1.0) if part is wall else (1.0, 0.1)
    return Scene(colour, np.arctan2(vector[..., 1], vector[..., 0]))


def noon() -> Scene:
    """A low sun over the sea, a poppy field and cypresses."""
    y, x = grid()
    colour = mixed((0.98, 0.62, 0.28), (0.99, 0.87, 0.52), np.clip(y / 0.36, 0, 1))
    colour = mixed(
        colour, (0.93, 0.48, 0.46), 0.5 * np.clip(np.sin(9 * y + 2 * np.sin(3 * x)), 0, 1) * (y < 0.36)
    )
    vector = np.stack([np.ones_like(x), 0.12 * np.sin(4 * x + 10 * y)], -1)
    from_x, from_y = (x - 0.34) * WIDTH / HEIGHT, y - 0.2
    distance = np.hypot(from_x, from_y)
    rays = np.stack([from_x, from_y], -1) / np.maximum(distance, 1e-3)[..., None]
    near = np.exp(-((distance / 0.22) ** 2))[..., None]
    vector = vector * (1 - near) + rays * near
    colour = mixed(colour, (1.0, 0.98, 0.8), np.clip(1.6 * np.exp(-((distance / 0.075) ** 2)), 0, 1))
    sea = y > 0.36
    waves = 0.5 + 0.5 * np.sin(90 * y + 3 * np.sin(11 * x))
    water = mixed((0.10, 0.42, 0.60), (0.36, 0.70, 0.68), waves)
    water = mixed(water, (1.0, 0.82, 0.5), 0.8 * np.exp(-(((x - 0.34) / 0.05) ** 2)) * (waves > 0.45))
    colour[sea] = water[sea]
    vector[sea] = (1.0, 0.0)
    colour, vector = with_hill(
        colour,
        vector,
        y,
        0.47 - 0.1 * np.clip(x - 0.45, 0, 1) + 0.012 * np.sin(14 * x),
        (0.48, 0.36, 0.55),
        14 * x,
    )
    colour, vector = with_hill(
        colour, vector, y, 0.56 + 0.04 * np.sin(4 * x + 2), (0.62, 0.66, 0.22), 4 * x + 2
    )
    field = y > 0.56 + 0.04 * np.sin(4 * x + 2)
    rows = np.sin((x - 0.6) / (y - 0.42) * 9)
    meadow = mixed((0.30, 0.52, 0.16), (0.80, 0.74, 0.25), 0.5 + 0.5 * rows)
    colour[field] = meadow[field]
    vector[field] = np.stack([x - 0.6, (y - 0.42) * 0.8], -1)[field]
    poppies = np.random.default_rng(3)
    for _ in range(520):
        place_y = 0.6 + 0.4 * poppies.random() ** 0.8
        size = 0.004 + 0.016 * (place_y - 0.56)
        place_x = poppies.random()
        flower = np.hypot((x - place_x) * WIDTH / HEIGHT, y - place_y) < size * 1.3
        colour[flower] = (0.86, 0.13 + 0.15 * poppies.random(), 0.08)
    for place_x, foot, high in ((0.88, 0.78, 0.56), (0.80, 0.70, 0.34), (0.965, 0.70, 0.4)):
        up = np.clip((foot - y) / high, 0, 1)
        half = 0.035 * np.sqrt(up) * (1 - up) * 2.2 * high / 0.5 + 0.006 * np.sin(40 * y)
        tree = (abs(x - place_x) < half) & (y < foot) & (y > foot - high)
        colour[tree] = mixed((0.06, 0.20, 0.14), (0.20, 0.38, 0.16), np.clip((place_x - x) / 0.03, 0, 1))[
            tree
        ]
        vector[tree] = np.stack([0.35 * np.sin(30 * y + 20 * x), -np.ones_like(x)], -1)[tree]
    return Scene(colour, np.arctan2(vector[..., 1], vector[..., 0]))


def with_hill(
    colour: Map, vector: Map, y: Map, ridge: Map, shade: tuple[float, float, float], phase: Map
) -> tuple[Map, Map]:
    """A hill in front: lighter at its ridge, strokes along it."""
    below, hill = y - ridge, y > ridge
    lit_side = np.exp(-((below / 0.035) ** 2))
    body = mixed(shade, tuple(min(1.0, 1.7 * part + 0.1) for part in shade), 0.8 * lit_side)
    furrows = 0.5 + 0.5 * np.sin(below * 110 + 2 * np.sin(phase))
    body = mixed(body, tuple(0.6 * part for part in shade), 0.35 * furrows)
    slope = np.stack([np.ones_like(y), 0.35 * np.cos(phase)], -1)
    return np.where(hill[..., None], body, colour), np.where(hill[..., None], slope, vector)


def mixed(one: Map | tuple[float, ...], other: Map | tuple[float, ...], share: Map) -> Map:
    """`share` 0..1 of the other."""
    return (
        np.asarray(one, np.float32) * (1 - share[..., None])
        + np.asarray(other, np.float32) * share[..., None]
    )


def grid() -> tuple[Map, Map]:
    """y and x, 0..1."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return y / HEIGHT, x / WIDTH


PAINTINGS: dict[str, tuple[Callable[[], Scene], list[Brush], tuple[float, float, float]]] = {
    "night": (
        night,
        [Brush(56, 270, 2.2, 14), Brush(28, 150, 2.0, 9), Brush(15, 80, 1.5, 6)],
        (0.10, 0.16, 0.30),
    ),
    "noon": (
        noon,
        [Brush(52, 130, 2.5, 13), Brush(26, 66, 2.2, 8, 0.04), Brush(16, 40, 1.6, 5, 0.05)],
        (0.62, 0.35, 0.2),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, (scene, brushes, ground)) in enumerate(PAINTINGS.items()):
        painting = paint(scene(), brushes, ground, seed=number)
        cv2.imwrite(str(folder / f"{name}.jpg"), painting[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
