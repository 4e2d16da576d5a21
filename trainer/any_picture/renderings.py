"""Paintings made of photos by rule: strokes, dots, tiles, planes, ink. There are more of them than paintings to be had.

After Haeberli 1990, Paint by Numbers, and Hertzmann 1998, Painterly Rendering with Curved Brush Strokes.
"""

import cv2
import numpy as np

Random = np.random.Generator


def rendering(photo: np.ndarray, random: Random) -> np.ndarray:
    """A photo, (H, W, 3) uint8 RGB, as a painting of a kind, of colours and strokes drawn by chance: the same."""
    kinds = [strokes, strokes, dots, tiles, planes, ink]  # most paintings are made of strokes
    return kinds[int(random.integers(len(kinds)))](in_few_colours(photo, random), random)


def in_few_colours(photo: np.ndarray, random: Random) -> np.ndarray:
    """Of four to fourteen colours: the photo's own, all turned and each moved a little."""
    count = int(random.integers(4, 15))
    smooth = cv2.GaussianBlur(photo, (0, 0), random.uniform(0.5, 2.5))
    flat = smooth.reshape(-1, 3).astype(np.float32)
    some = flat[random.integers(0, len(flat), 4000)]
    cv2.setRNGSeed(int(random.integers(2**31)))
    _, _, centres = cv2.kmeans(some, count, None, (3, 12, 1.0), 1, cv2.KMEANS_PP_CENTERS)  # pyright: ignore[reportCallIssue, reportArgumentType]
    nearest = ((flat[:, None] - centres[None]) ** 2).sum(2).argmin(1)
    hsv = cv2.cvtColor(centres[None].clip(0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV)[0].astype(float)
    hsv[:, 0] = (
        hsv[:, 0] + random.uniform(0, 180) * (random.random() < 0.5) + random.normal(0, 6, count)
    ) % 180
    hsv[:, 1] = hsv[:, 1] * random.uniform(0.5, 2.2) + random.uniform(0, 30)
    hsv[:, 2] = (hsv[:, 2] - 128) * random.uniform(0.8, 1.4) + 128 + random.uniform(-25, 25)
    palette = cv2.cvtColor(hsv[None].clip(0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)[0]
    return palette[nearest].reshape(photo.shape)


def strokes(flat: np.ndarray, random: Random) -> np.ndarray:
    """Brush strokes, long or short, along the forms or all one way."""
    length = random.uniform(6, 40)
    return _dabs(flat, random, length, random.uniform(2, 5) if length < 14 else random.uniform(3, 9))


def dots(flat: np.ndarray, random: Random) -> np.ndarray:
    """Round dots, as pointillists set them, each of a colour of its own."""
    radius = random.uniform(1.5, 6)
    return _dabs(flat, random, radius, radius, apart=1.5 * radius, jitter=random.uniform(15, 60))


def _dabs(
    flat: np.ndarray, random: Random, length: float, width: float, apart: float = 0.0, jitter: float = 0.0
) -> np.ndarray:
    canvas = np.empty_like(flat)
    canvas[:] = flat.reshape(-1, 3).mean(0)
    angles = _angles(flat, random)
    jitter = jitter or random.uniform(4, 30)
    for scale in (2.0, 1.0):
        step = (apart or max(2.0, 0.7 * width)) * scale
        rows, columns = np.mgrid[0 : flat.shape[0] : step, 0 : flat.shape[1] : step]
        places = np.stack([rows.ravel(), columns.ravel()], 1) + random.uniform(-step, step, (rows.size, 2))
        places = places.clip(0, np.array(flat.shape[:2]) - 1).astype(int)
        random.shuffle(places)
        colours = flat[places[:, 0], places[:, 1]] + random.normal(0, jitter, (len(places), 3))
        stretch = random.uniform(0.6, 1.4, len(places))
        for (row, column), colour, s in zip(
            places.tolist(), colours.clip(0, 255).tolist(), stretch.tolist(), strict=True
        ):
            axes = (max(1, round(length * scale * s / 2)), max(1, round(width * scale / 2)))
            cv2.ellipse(
                canvas, (column, row), axes, float(angles[row, column]), 0, 360, colour, -1, cv2.LINE_AA
            )
    return canvas


def _angles(flat: np.ndarray, random: Random) -> np.ndarray:
    """Degrees: along edges, swirling, or one direction everywhere."""
    kind = random.integers(3)
    if kind == 0:
        grey = cv2.GaussianBlur(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY), (0, 0), 4).astype(np.float32)
        across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
        return np.degrees(np.arctan2(down, across)) + 90
    swirl = random.normal(0, 1, flat.shape[:2]).astype(np.float32)
    swirl = cv2.GaussianBlur(swirl, (0, 0), random.uniform(15, 60))
    swirl /= max(float(swirl.std()), 1e-6)
    return random.uniform(0, 180) + swirl * (random.uniform(20, 80) if kind == 1 else 6)


def tiles(flat: np.ndarray, random: Random) -> np.ndarray:
    """A mosaic, with joints."""
    seeds = np.ones(flat.shape[:2], np.uint8)
    step = int(random.integers(6, 26))
    rows, columns = np.mgrid[0 : flat.shape[0] : step, 0 : flat.shape[1] : step]
    move = random.uniform(-step / 2, step / 2, (2, *rows.shape)) * random.uniform(0.2, 1)
    rows = (rows + move[0]).clip(0, flat.shape[0] - 1).astype(int)
    columns = (columns + move[1]).clip(0, flat.shape[1] - 1).astype(int)
    seeds[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    labels = np.asarray(labels, np.int32)
    colours = np.zeros((labels.max() + 1, 3))
    colours[labels[rows, columns]] = flat[rows, columns]
    painted = (
        (colours + random.normal(0, random.uniform(3, 25), colours.shape))
        .clip(0, 255)
        .astype(np.uint8)[labels]
    )
    joint = (
        np.abs(np.diff(labels, axis=0, append=labels[-1:]))
        + np.abs(np.diff(labels, axis=1, append=labels[:, -1:]))
    ) > 0
    joint = cv2.dilate(joint.astype(np.uint8), np.ones((int(random.integers(1, 4)),) * 2, np.uint8)) > 0
    painted[joint] = random.choice([20, 235]) + random.integers(-15, 16, 3)
    return painted


def planes(flat: np.ndarray, random: Random) -> np.ndarray:
    """Flat planes of colour, upright or at all angles, with or without lines around."""
    canvas = cv2.GaussianBlur(flat, (0, 0), 12)
    upright, line = random.random() < 0.4, int(random.integers(0, 5))
    ink = (random.choice([15, 240]) + random.integers(-15, 16, 3)).clip(0, 255).tolist()
    height, width = flat.shape[:2]
    for size in np.geomspace(random.uniform(90, 200), random.uniform(14, 40), 260):
        row, column = int(random.integers(height)), int(random.integers(width))
        corners = random.uniform(0.3, 1, (4, 1)) * size / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        if upright:
            corners = (
                random.uniform(0.3, 1, (1, 2)) * size / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
            )
        turn = 0.0 if upright else random.uniform(0, np.pi)
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = (corners @ matrix + (column, row)).round().astype(np.int32)
        colour = (flat[row, column] + random.normal(0, 10, 3)).clip(0, 255).tolist()
        cv2.fillConvexPoly(canvas, points, colour, cv2.LINE_AA)
        if line:
            cv2.polylines(canvas, [points], True, ink, line, cv2.LINE_AA)
    return canvas


def ink(flat: np.ndarray, random: Random) -> np.ndarray:
    """Lines around forms on paper, with washes of colour, and hatching where it is dark."""
    paper = random.uniform(200, 250, 3) * [1, random.uniform(0.9, 1), random.uniform(0.75, 1)]
    grey = cv2.GaussianBlur(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY), (0, 0), 1.2).astype(np.float32)
    share = random.uniform(0, 0.9)
    canvas = paper + share * (flat.astype(float) - paper)
    lines = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    drawn = (lines > np.quantile(lines, random.uniform(0.85, 0.95))).astype(np.uint8)
    drawn = cv2.dilate(drawn, np.ones((int(random.integers(1, 4)),) * 2, np.uint8))
    rows, columns = np.mgrid[: flat.shape[0], : flat.shape[1]]
    period, turn = random.uniform(4, 10), random.uniform(0, np.pi)
    hatch = np.sin(2 * np.pi * (rows * np.cos(turn) + columns * np.sin(turn)) / period) > 0.4
    drawn = np.maximum(drawn, (hatch & (grey < np.quantile(grey, random.uniform(0.1, 0.5)))).astype(np.uint8))
    colour = random.uniform(5, 70, 3)
    alpha = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), 0.6)[..., None]
    return (canvas + alpha * (colour - canvas)).clip(0, 255).astype(np.uint8)
