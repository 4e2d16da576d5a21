"""Photos graded by hand, where no free photo of a look was at hand: the style photos of autumn and film_stock.

python examples/grades.py autumn aitzgorri_by_Aitzol_Berasategi.jpg autumn.png
python examples/grades.py film_stock examples/photos/tower.jpg film_stock.png
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from realtime.regions import RegionFinder

SKY, VEGETATION, TERRAIN = 0, 2, 3


def autumn(photo: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Green turns to gold and rust, the brighter the yellower; sky a little bluer, shadows deeper.

    photo: (H, W, 3) in [0, 1]; masks: (H, W, 10), of the ten regions
    """
    luma = (photo @ np.array([0.299, 0.587, 0.114]))[..., None]
    leaves = luma * np.array([1.55, 0.85, 0.35]) + luma**2 * np.array([-0.3, 0.3, 0.1]) + 0.7 * (photo - luma)
    ground = masks[..., [VEGETATION, TERRAIN]].sum(2)[..., None]
    green = np.clip(4 * (photo[..., 1:2] - photo[..., 2:]) + ground, 0, 1)
    around = photo * (1 + masks[..., SKY, None] * np.array([-0.12, -0.03, 0.06]))
    graded = np.clip(around + green * (leaves - around), 0, 1)
    return graded**1.8 * (1.8 - 0.8 * graded)  # deeper shadows


def film_stock(photo: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """A colour negative's print: blacks lifted, a soft shoulder, green-blue shadows, warm lights, less saturation."""
    del masks
    luma = (photo @ np.array([0.299, 0.587, 0.114]))[..., None]
    muted = luma + 0.78 * (photo - luma)
    curve = 0.06 + 0.86 * (muted + 0.25 * (muted**2 * (3 - 2 * muted) - muted))
    shadows, lights = (1 - luma) ** 2, luma**2
    return np.clip(curve + shadows * (-0.015, 0.012, 0.03) + lights * (0.05, 0.02, -0.05), 0, 1)


GRADES = {"autumn": autumn, "film_stock": film_stock}


def main(name: str, source: Path, target: Path) -> None:
    pixels = cv2.cvtColor(cv2.imread(str(source)), cv2.COLOR_BGR2RGB)
    graded = GRADES[name](pixels / 255, RegionFinder().masks(pixels))
    cv2.imwrite(str(target), cv2.cvtColor((graded * 255).round().astype(np.uint8), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
