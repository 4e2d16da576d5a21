"""Makes a sheet of one photo painted by every method.

python docs/make_methods_sheet.py docs/methods.jpg PAINTING [FOLDER]

PAINTING is a picture of The Great Wave (public domain, see models/recipes/README.md). The single pictures, as PNG, and
their times stay in FOLDER where one is given; pictures that are there already are not painted again. It takes half an
hour on two slow cores: Gatys et al. get half of their evaluations.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "tower.jpg"
SIZE = 300
CELL, COLUMNS, LINE = (200, 300), 3, 26
METHODS = {
    "photo": (),
    "AdaIN, 2017": ("--recipe", "adain"),
    "WCT, 2017": ("--recipe", "wct"),
    "Style swap, 2016": ("--recipe", "swap"),
    "Gatys et al., 2016": ("--recipe", "gatys", "--steps", "250"),
    "livebrush still": (),
    "Neural neighbours, 2022": ("--recipe", "neighbours"),
    "great_wave, a net": (),
    "Deep Dream, 2015": ("--dream",),
}


def paint(method: str, options: tuple[str, ...], painting: Path, photo: Path, target: Path) -> float:
    """returns: seconds of processor time"""
    if method == "photo":
        command = ["livebrush", "image", str(photo), "-s", "great_wave", "--strength", "0"]
    elif method.startswith("great_wave"):
        command = ["livebrush", "image", str(photo), "-s", "great_wave"]
    else:
        style = () if "--dream" in options else ("--style", str(painting))
        command = ["livebrush", "still", str(photo), *style, *options]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, "-o", str(target)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cell(picture: Path, title: str) -> np.ndarray:
    """The picture over its title."""
    pixels = np.asarray(
        Image.open(picture).convert("RGB").resize((CELL[1], CELL[0]), Image.Resampling.LANCZOS)
    )
    line = np.full((LINE, CELL[1], 3), 255, np.uint8)
    cv2.putText(line, title, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    return np.concatenate([pixels, line])


def main(target: Path, painting: Path, folder: Path) -> None:
    photo, times = folder / "input.png", folder / "seconds.json"
    Image.open(PHOTO).resize((SIZE, round(SIZE * CELL[0] / CELL[1])), Image.Resampling.LANCZOS).save(photo)
    seconds: dict[str, float] = json.loads(times.read_text()) if times.exists() else {}
    cells = []
    for number, (method, options) in enumerate(METHODS.items()):
        result = folder / f"{number}.png"
        if not result.exists():
            seconds[method] = paint(method, options, painting, photo, result)
            times.write_text(json.dumps(seconds, indent=1))
        cells.append(cell(result, method))
    rows = [np.concatenate(cells[k : k + COLUMNS], 1) for k in range(0, len(cells), COLUMNS)]
    Image.fromarray(np.concatenate(rows)).save(target, quality=88)
    print("\n".join(f"| {method} | {spent:.0f} s |" for method, spent in seconds.items()))  # noqa: T201


if __name__ == "__main__":
    if len(sys.argv) > 3:
        main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory() as kept:
            main(Path(sys.argv[1]), Path(sys.argv[2]), Path(kept))
