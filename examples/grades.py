"""Photos graded by hand, where no free photo of a look was at hand: the style photos of autumn and film_stock.

python examples/grades.py autumn aitzgorri_by_Aitzol_Berasategi.jpg autumn.png
cd examples/photos
python ../grades.py film_stock dogs.jpg stream.jpg dandelions.jpg mountains.jpg film_stock.png

Several photos are graded side by side: a video stock has no place, and a sheet of all sorts of places no colours of
its own.
"""

import sys

import cv2
import numpy as np

from livebrush.models.looks import LUMA
from livebrush.realtime.engine.regions import RegionFinder

SKY, VEGETATION, TERRAIN = 0, 2, 3


def autumn(photo: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Green turns to gold and rust, the brighter the yellower; sky a little bluer, shadows deeper.

    photo: (H, W, 3) in [0, 1]; masks: (H, W, 10), of the ten regions
    """
    luma = (photo @ LUMA)[..., None]
    leaves = luma * np.array([1.55, 0.85, 0.35]) + luma**2 * np.array([-0.3, 0.3, 0.1]) + 0.7 * (photo - luma)
    ground = masks[..., [VEGETATION, TERRAIN]].sum(2)[..., None]
    green = np.clip(4 * (photo[..., 1:2] - photo[..., 2:]) + ground, 0, 1)
    around = photo * (1 + masks[..., SKY, None] * np.array([-0.12, -0.03, 0.06]))
    graded = np.clip(around + green * (leaves - around), 0, 1)
    graded = graded**2 * (2 - graded)  # deeper shadows
    grey = (graded @ LUMA)[..., None]
    return grey + 0.5 * (graded - grey)  # what is gold in leaves is loud in skin and walls


def film_stock(photo: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """A colour negative's print: blacks lifted, a soft shoulder, green-blue shadows, warm lights."""
    del masks
    luma = (photo @ LUMA)[..., None]
    vivid = luma + 1.1 * (photo - luma)
    curve = 0.06 + 0.86 * (vivid + 0.25 * (vivid**2 * (3 - 2 * vivid) - vivid))
    shadows, lights = (1 - luma) ** 2, luma**2
    return np.clip(curve + shadows * (-0.015, 0.012, 0.03) + lights * (0.05, 0.02, -0.05), 0, 1)


GRADES = {"autumn": autumn, "film_stock": film_stock}


def main(name: str, *paths: str) -> None:
    sources, target = paths[:-1], paths[-1]
    photos = [cv2.imread(source) for source in sources]
    if len(photos) > 1:
        photos = [cv2.resize(photo, (480, 320), interpolation=cv2.INTER_AREA) for photo in photos]
    pixels = cv2.cvtColor(np.concatenate(photos, 1), cv2.COLOR_BGR2RGB)
    graded = GRADES[name](pixels / 255, RegionFinder().masks(pixels))
    cv2.imwrite(target, cv2.cvtColor((graded * 255).round().astype(np.uint8), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main(*sys.argv[1:])
