"""A moving test picture: a landscape to paint where there is no camera, and the camera of benchmarks."""

import math
import time
from collections.abc import Callable

import cv2
import numpy as np

from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceLost

_LONGEST_WAIT_S = 0.1


class TestPattern(LiveSource):
    """A drifting sky over hills, two balloons, a windmill and a running clock: soft and fine, slow and fast.

    size:    (height, width); rate_hz: frames a second
    clock:   seconds, monotonic; sleep: waits that many
    raises:  ValueError for a size or rate that is not above 0

    Frame n is always the same picture, and due n / rate_hz seconds after the first `read`. Late frames are left
    out and counted in `skipped`.
    """

    name = "test pattern"
    rate_hz: float

    def __init__(
        self,
        size: tuple[int, int] = (480, 640),
        rate_hz: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if min(size) < 1 or rate_hz <= 0:
            raise ValueError(f"size and rate must be above 0, got {size} and {rate_hz}")
        self.rate_hz = rate_hz
        self.skipped = 0
        self._clock, self._sleep = clock, sleep
        self._started_s: float | None = None
        self._next, self._closed = 0, False
        self._landscape = _Landscape(*size, rate_hz)

    def open(self) -> None:
        """Starts again at frame 0."""
        self._started_s, self._next, self._closed = None, 0, False

    def read(self) -> Delivered | None:
        """The newest frame that is due, captured now; None when none is within a tenth of a second."""
        if self._closed:
            raise SourceLost(f"{self.name} is closed")
        if self._started_s is None:
            self._started_s = self._clock()
        wait_s = self._due_s(self._next) - self._clock()
        if wait_s > 0:
            self._sleep(min(wait_s, _LONGEST_WAIT_S))
            if self._clock() < self._due_s(self._next):
                return None
        newest = max(self._next, math.floor((self._clock() - self._started_s) * self.rate_hz))
        self.skipped += newest - self._next
        self._next = newest + 1
        return Delivered(self.picture(newest))

    def close(self) -> None:
        self._closed = True

    def picture(self, number: int) -> np.ndarray:
        """Frame `number`, (H, W, 3) uint8 RGB."""
        return self._landscape.draw(number)

    def _due_s(self, number: int) -> float:
        assert self._started_s is not None
        return self._started_s + number / self.rate_hz


class _Landscape:
    """Layers drawn once, wider than the frame; each frame cuts its part out of them."""

    def __init__(self, height: int, width: int, rate_hz: float) -> None:
        self.height, self.width, self.rate_hz = height, width, rate_hz
        self.period = 2 * width
        random = np.random.default_rng(2015)
        self.sky = self._endless(_sky(height, self.period, random))
        hills, cover = _hills(height, self.period, random)
        self.hills = self._endless(hills)
        self.uncovered = self._endless(255 - cover)
        self.balloons = [
            _balloon(max(8, height // 4), (214, 62, 48), (250, 214, 120)),
            _balloon(max(6, height // 6), (38, 112, 160), (240, 240, 228)),
        ]

    def _endless(self, layer: np.ndarray) -> np.ndarray:
        """With its beginning after its end: any part one frame wide is a plain slice."""
        return np.ascontiguousarray(np.concatenate([layer, layer[:, : self.width]], 1))

    def draw(self, number: int) -> np.ndarray:
        at = number // 2 % self.period
        frame = self.sky[:, at : at + self.width].copy()
        for which, sprite in enumerate(self.balloons):
            self._float(frame, sprite, number, which)
        self._windmill(frame, number)
        at = 2 * number % self.period
        land = frame[self.height - len(self.hills) :]
        _cover(land, self.hills[:, at : at + self.width], self.uncovered[:, at : at + self.width])
        self._count(frame, number)
        return frame

    def _float(
        self, frame: np.ndarray, sprite: tuple[np.ndarray, np.ndarray], number: int, which: int
    ) -> None:
        """A balloon on its own slow loop, never out of the frame."""
        pixels, uncovered = sprite
        height, width = pixels.shape[:2]
        x = 0.5 + 0.5 * math.sin(number / (97 + 60 * which) + 2.2 * which + 0.6)
        y = 0.35 + 0.35 * math.sin(number / (61 + 30 * which) + which)
        left, top = round(x * max(0, self.width - width)), round(y * max(0, self.height - height))
        _cover(frame[top : top + height, left : left + width], pixels, uncovered)

    def _windmill(self, frame: np.ndarray, number: int) -> None:
        """Four sails that turn once in two seconds at 30 frames a second."""
        hub, unit = np.array([0.78 * self.width, 0.5 * self.height]), self.height / 100
        tower = hub + unit * np.array([(-1, 0), (1, 0), (2.6, 35), (-2.6, 35)])
        _polygon(frame, tower, (236, 226, 208))
        for sail in range(4):
            angle = 2 * math.pi * (number / 60 + sail / 4)
            along = unit * np.array([math.cos(angle), math.sin(angle)])
            across = np.array([-along[1], along[0]])
            cloth = [3 * along, 16 * along, 16 * along + 3 * across, 3 * along + 3 * across]
            mast = [0.5 * across, -0.5 * across, 17 * along - 0.4 * across, 17 * along + 0.4 * across]
            _polygon(frame, hub + cloth, (246, 238, 222))
            for bar in range(4, 17, 3):
                lath = [
                    bar * along,
                    (bar + 0.5) * along,
                    (bar + 0.5) * along + 3 * across,
                    bar * along + 3 * across,
                ]
                _polygon(frame, hub + lath, (150, 104, 78))
            _polygon(frame, hub + mast, (92, 46, 34))

    def _count(self, frame: np.ndarray, number: int) -> None:
        scale = self.height / 600
        text = f"{number:06d}  {number / self.rate_hz:8.2f} s"
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 1)
        pad = max(1, height // 2)
        frame[-height - 3 * pad : -pad, pad : width + 3 * pad] //= 3
        place = (2 * pad, self.height - 2 * pad)
        cv2.putText(frame, text, place, cv2.FONT_HERSHEY_DUPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _polygon(frame: np.ndarray, corners: np.ndarray, colour: tuple[int, int, int]) -> None:
    """Filled and smooth; corners: (n, 2), x and y in pixels, taken in sixteenths so that it turns without jerks."""
    cv2.fillConvexPoly(frame, np.round(corners * 16).astype(np.int32), colour, cv2.LINE_AA, shift=4)


def _cover(part: np.ndarray, pixels: np.ndarray, uncovered: np.ndarray) -> None:
    """Lays premultiplied pixels over a part of a frame, in place; uncovered: 255 - alpha, three channels."""
    height, width = part.shape[:2]
    cv2.multiply(part, uncovered[:height, :width], part, 1 / 255)
    cv2.add(part, pixels[:height, :width], part)


def _noise(height: int, width: int, cell: float, random: np.random.Generator) -> np.ndarray:
    """(H, W) float32 in 0..1, smooth over `cell` pixels, going on without a seam at the sides."""
    rows, columns = math.ceil(height / cell) + 3, max(4, round(width / cell))
    grid = random.random((rows, columns), np.float32)
    wrapped = np.concatenate([grid[:, -2:], grid, grid[:, :2]], 1)
    scale = width / columns
    wide = cv2.resize(
        wrapped, (round((columns + 4) * scale), round(rows * cell)), interpolation=cv2.INTER_CUBIC
    )
    side = round(2 * scale)
    return np.clip(wide[:height, side : side + width], 0, 1)


def _clouds(height: int, width: int, cell: float, random: np.random.Generator) -> np.ndarray:
    """Noise of halving cells: large shapes with finer and finer edges."""
    total = np.zeros((height, width), np.float32)
    for octave in range(5):
        total += _noise(height, width, max(1.0, cell / 2**octave), random) / 2 ** (octave + 1)
    return total


def _ridge(width: int, cell: float, random: np.random.Generator) -> np.ndarray:
    """(W,) float32 in 0..1, a skyline without a seam."""
    return _clouds(1, width, cell, random)[0]


def _blend(below: np.ndarray, above: np.ndarray | tuple[int, int, int], share: np.ndarray) -> np.ndarray:
    return below + (np.asarray(above, np.float32) - below) * share[..., None]


def _sky(height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """(H, W, 3) uint8: evening colours, clouds, a sun, and far mountains in haze."""
    down = np.linspace(0, 1, height, dtype=np.float32)
    stops, colours = (
        (0, 0.35, 0.6, 1),
        np.array([(52, 92, 158), (128, 164, 200), (244, 200, 160), (250, 226, 196)]),
    )
    gradient = np.stack([np.interp(down, stops, channel) for channel in colours.T], 1).astype(np.float32)
    picture = np.repeat(gradient[:, None], width, 1)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    aside = (x + 0.2 * width) % width - 0.5 * width  # of the sun, the shorter way round
    away = np.hypot(aside, y - 0.3 * height) / height
    picture = _blend(picture, (255, 236, 190), np.clip(0.5 - 0.9 * away, 0, 1))
    picture = _blend(picture, (255, 250, 228), np.clip((0.06 - away) * height / 3, 0, 1))
    clouds = _clouds(height, width, height / 2.5, random)
    thick = np.clip((clouds - 0.5) * 5, 0, 1) * np.clip(1.3 - 2 * down, 0, 1)[:, None]
    shaded = _blend(picture * 0 + (255, 250, 242), (196, 184, 200), np.clip((clouds - 0.55) * 3, 0, 1))
    picture = _blend(picture, shaded, 0.9 * thick)
    for top, tall, colour in ((0.42, 0.22, (138, 150, 186)), (0.5, 0.2, (96, 108, 146))):
        line = height * (top + tall * (1 - _ridge(width, height / 2, random)))
        rock = np.clip(y - line, 0, 1)
        light = 0.85 + 0.3 * _clouds(height, width, height / 12, random)
        picture = _blend(picture, np.array(colour) * light[..., None], rock)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _hills(height: int, width: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Meadows and woods as a band (h, W, 3) uint8, premultiplied, and its alpha, both three channels."""
    band = max(1, round(0.42 * height))
    y = np.mgrid[:band, :width][0].astype(np.float32)
    picture, alpha = np.zeros((band, width, 3), np.float32), np.zeros((band, width), np.float32)
    for top, tall, dark, bright in (
        (0.02, 0.5, (30, 62, 50), (78, 116, 66)),
        (0.35, 0.45, (74, 96, 40), (176, 178, 84)),
    ):
        crowns = (0.5 - _ridge(width, band / 16, random)) * 0.1 * band
        line = band * (top + tall * (1 - _ridge(width, 1.6 * band, random))) + crowns
        blades = 0.6 * _noise(band, width, max(1.0, height / 240), random) + 0.4 * _clouds(
            band, width, band / 3, random
        )
        ground = _blend(
            np.zeros((band, width, 3), np.float32) + dark, bright, np.clip(1.6 * blades - 0.3, 0, 1)
        )
        covered = np.clip(y - line, 0, 1)
        picture, alpha = _blend(picture, ground, covered), np.maximum(alpha, covered)
    return np.clip(picture, 0, 255).astype(np.uint8), np.repeat(
        (255 * alpha).astype(np.uint8)[..., None], 3, 2
    )


def _balloon(
    height: int, red: tuple[int, int, int], pale: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A striped, woven balloon with its basket: premultiplied (h, w, 3) uint8, and 255 - alpha."""
    fine = 4  # drawn large, then shrunk: smooth edges
    width = round(0.72 * height)
    y, x = np.mgrid[: height * fine, : width * fine].astype(np.float32) / (height * fine)
    x -= 0.36
    radius = (
        0.35
        * np.sqrt(np.clip(1 - ((y - 0.36) / 0.36) ** 2, 0, 1))
        * np.where(y > 0.36, 1 - 0.5 * (y - 0.36), 1)
    )
    inside = np.abs(x) < radius
    around = np.arcsin(np.clip(x / np.maximum(radius, 1e-3), -1, 1))
    stripe = (np.floor(around * 12 / math.pi) % 2)[..., None]
    woven = 1 + 0.07 * np.sin(y * 150) * np.sin(around * 60)
    light = (0.72 + 0.36 * np.cos(around + 0.6)) * woven
    colour = (np.array(red) * stripe + np.array(pale) * (1 - stripe)) * light[..., None]
    basket = (np.abs(x) < 0.07) & (y > 0.86)
    ropes = (np.abs(np.abs(x) - 0.065) < 0.008) & (y > 0.68) & (y <= 0.86)
    colour[basket | ropes] = (96, 60, 34)
    shown = (inside | basket | ropes)[..., None]
    small = [
        cv2.resize(layer.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        for layer in (np.clip(colour, 0, 255) * shown, np.repeat(255.0 * shown, 3, 2))
    ]
    return small[0].astype(np.uint8), 255 - small[1].astype(np.uint8)
