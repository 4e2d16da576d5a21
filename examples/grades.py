"""Photos graded by hand, where no free photo of a look was at hand: the style photos of night_city and film_stock.

python examples/grades.py night_city examples/photos/tower.jpg night_city.png
python examples/grades.py film_stock examples/photos/tower.jpg film_stock.png
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from realtime.regions import RegionFinder

SKY, WATER, BUILDING = 0, 1, 5


def night_city(photo: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Three stops darker; navy sky with a glow above the horizon; buildings lit warm where they were bright.

    photo: (H, W, 3) in [0, 1]; masks: (H, W, 10), of the ten regions
    """
    light = photo**2.2
    luma = light @ np.array([0.21, 0.72, 0.07])
    night = light * 2.0**-3 * np.array([0.8, 0.95, 1.5])
    lamps = np.clip((luma - 0.12) / 0.5, 0, 1)[..., None] * np.array([0.85, 0.45, 0.12])
    night += lamps * (0.25 + masks[..., BUILDING, None])
    height = np.linspace(0, 1, len(photo))[:, None, None]
    texture = 0.7 + 0.6 * luma[..., None]
    navy = texture * ((1 - height) * np.array([0.004, 0.01, 0.04]) + height * np.array([0.03, 0.03, 0.09]))
    sky = masks[..., SKY, None]
    reflected = 0.5 * masks[..., WATER, None]
    night = night * (1 - sky - reflected) + (sky + reflected) * navy
    return np.clip(night, 0, 1) ** (1 / 2.2)


def film_stock(photo: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """A colour negative's print: blacks lifted, a soft shoulder, green-blue shadows, warm lights, less saturation."""
    del masks
    luma = (photo @ np.array([0.299, 0.587, 0.114]))[..., None]
    muted = luma + 0.78 * (photo - luma)
    curve = 0.06 + 0.86 * (muted + 0.25 * (muted**2 * (3 - 2 * muted) - muted))
    shadows, lights = (1 - luma) ** 2, luma**2
    return np.clip(curve + shadows * (-0.015, 0.012, 0.03) + lights * (0.05, 0.02, -0.05), 0, 1)


GRADES = {"night_city": night_city, "film_stock": film_stock}


def main(name: str, source: Path, target: Path) -> None:
    pixels = cv2.cvtColor(cv2.imread(str(source)), cv2.COLOR_BGR2RGB)
    graded = GRADES[name](pixels / 255, RegionFinder().masks(pixels))
    cv2.imwrite(str(target), cv2.cvtColor((graded * 255).round().astype(np.uint8), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
