"""Ways to enlarge the painting of a small copy, held against the painting of the frame itself.

python -m tests.benchmarks.upsampling
python -m tests.benchmarks.upsampling --photos FOLDER --style starry_night --sheet sheet.png
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from PIL import Image

from livebrush.models.catalogue import find_style
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.guided_upsample import GAIN, guided_upsample
from livebrush.realtime.engine.providers import providers
from livebrush.realtime.engine.super_resolution import shared_super_resolution
from livebrush.realtime.loaded_style import LoadedStyle

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
STYLES = ("starry_night", "great_wave", "composition_vii")
SUFFIXES = {".jpg", ".jpeg", ".png"}
SCALES = (0.35, 0.5, 0.7)
RUNS = 15  # timed, per picture

Method = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Score:
    """How near an enlarged painting comes to the one made at full size.

    edges:     SSIM of the gradient magnitudes of luma, 1 = the same
    luma:      SSIM of luma
    sharpness: mean gradient, 1 = the same
    ms:        median time
    """

    edges: float
    luma: float
    sharpness: float
    ms: float


def bilinear(painted: np.ndarray, _small: np.ndarray, frame: np.ndarray) -> np.ndarray:
    return cv2.resize(painted, frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def bicubic(painted: np.ndarray, _small: np.ndarray, frame: np.ndarray) -> np.ndarray:
    return cv2.resize(painted, frame.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def detail_alone(painted: np.ndarray, small: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Bilinear and the frame's detail, unlimited, at one gain everywhere."""
    detail = luma(frame) - cv2.resize(luma(small), frame.shape[1::-1])
    return _to_uint8(bilinear(painted, small, frame) + GAIN * detail[..., None])


def fast_guided_filter(painted: np.ndarray, small: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """He & Sun 2015: each channel a locally linear function of the frame's luma."""
    radius, epsilon = 2, 25.0

    def mean(of: np.ndarray) -> np.ndarray:
        return cv2.blur(of, (2 * radius + 1, 2 * radius + 1))

    def enlarged(of: np.ndarray) -> np.ndarray:
        return cv2.resize(of, frame.shape[1::-1])

    guide, picture = luma(small), painted.astype(np.float32)
    guide_mean, picture_mean = mean(guide), mean(picture)
    variance = mean(guide * guide) - guide_mean**2
    covariance = mean(guide[..., None] * picture) - guide_mean[..., None] * picture_mean
    slope = covariance / (variance + epsilon)[..., None]
    offset = picture_mean - slope * guide_mean[..., None]
    return _to_uint8(enlarged(mean(slope)) * luma(frame)[..., None] + enlarged(mean(offset)))


def by_the_net(painted: np.ndarray, small: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """As files and photos are enlarged, where the live window takes `guided_upsample` alone."""
    return guided_upsample(
        painted, small, frame, shared_super_resolution(providers()["cpu"], usable_cores()).doubled
    )


METHODS: dict[str, Method] = {
    "bilinear": bilinear,
    "bicubic": bicubic,
    "fast guided filter": fast_guided_filter,
    "detail alone": detail_alone,
    "guided_upsample": guided_upsample,
    "super-resolution": by_the_net,
}


def _to_uint8(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def luma(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8, RGB -> (H, W) float32, 0..255."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)


def gradient(picture: np.ndarray) -> np.ndarray:
    """(H, W) float32 -> the magnitude of its Sobel gradient, levels a pixel."""
    return np.hypot(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)) / 8


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    """Mean structural similarity of two (H, W) float32 maps in 0..255 (Wang et al. 2004)."""

    def mean(of: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(of, (11, 11), 1.5)

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean1, mean2 = mean(first), mean(second)
    variances = mean(first * first) - mean1**2 + mean(second * second) - mean2**2
    covariance = mean(first * second) - mean1 * mean2
    similar = (2 * mean1 * mean2 + c1) * (2 * covariance + c2)
    return float(np.mean(similar / ((mean1**2 + mean2**2 + c1) * (variances + c2))))


def score(
    method: Method, painted: np.ndarray, small: np.ndarray, frame: np.ndarray, full: np.ndarray
) -> Score:
    """One picture; `full` is the frame's own painting."""
    taken_ms = []
    for _ in range(RUNS):
        start_s = time.perf_counter()
        enlarged = method(painted, small, frame)
        taken_ms.append(1000 * (time.perf_counter() - start_s))
    got, expected = luma(enlarged), luma(full)
    edges_got, edges_expected = gradient(got), gradient(expected)
    sharpness = float(edges_got.mean() / edges_expected.mean())
    return Score(ssim(edges_got, edges_expected), ssim(got, expected), sharpness, statistics.median(taken_ms))


def compare(style: str, photos: list[np.ndarray], scale: float) -> tuple[dict[str, Score], list[np.ndarray]]:
    """Scores by method, averaged over photos, and rows for the sheet: the painting at full size, then each method's."""
    paint = LoadedStyle(find_style(style), "cpu")
    scores: dict[str, list[Score]] = {name: [] for name in METHODS}
    rows = []
    for frame in photos:
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        painted, full = paint(small), paint(frame)
        for name, method in METHODS.items():
            scores[name].append(score(method, painted, small, frame, full))
        rows.append(_row([full, *(method(painted, small, frame) for method in METHODS.values())]))
    return {name: _average(of_method) for name, of_method in scores.items()}, rows


def _average(scores: list[Score]) -> Score:
    columns = zip(*((s.edges, s.luma, s.sharpness, s.ms) for s in scores), strict=True)
    return Score(*(statistics.fmean(column) for column in columns))


def _row(pictures: list[np.ndarray], side: int = 240) -> np.ndarray:
    """Crops of the middle, pixel for pixel; black where a picture is smaller."""
    height, width = pictures[0].shape[:2]
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    row = np.zeros((side, side * len(pictures), 3), np.uint8)
    for n, picture in enumerate(pictures):
        crop = picture[top : top + side, left : left + side]
        row[: crop.shape[0], n * side : n * side + crop.shape[1]] = crop
    return row


@click.command()
@click.option("--photos", type=click.Path(exists=True, file_okay=False, path_type=Path), default=PHOTOS)
@click.option("--style", "styles", multiple=True, default=STYLES)
@click.option(
    "--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Crops side by side, at scale 0.5."
)
def main(photos: Path, styles: tuple[str, ...], sheet: Path | None) -> None:
    """Edge SSIM, SSIM and time of each method, by style and scale."""
    paths = sorted(path for path in photos.iterdir() if path.suffix.lower() in SUFFIXES)
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    rows = []
    for style in styles:
        for scale in SCALES:
            scores, crops = compare(style, pictures, scale)
            rows += crops if scale == 0.5 else []
            for name, s in scores.items():
                numbers = (
                    f"edges {s.edges:.3f}  luma {s.luma:.3f}  sharpness {s.sharpness:.2f}  {s.ms:6.2f} ms"
                )
                click.echo(f"{style:16} {scale:.2f}  {name:20} {numbers}")
    if sheet:
        Image.fromarray(np.concatenate(rows)).save(sheet)


if __name__ == "__main__":
    main()
