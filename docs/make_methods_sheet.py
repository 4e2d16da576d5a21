"""Makes a sheet of one photo painted by every method.

python docs/make_methods_sheet.py docs/methods.jpg PAINTING [FOLDER]

PAINTING is a picture of The Great Wave (public domain, see models/recipes/README.md). The single pictures, as PNG, and
their times stay in FOLDER where one is given; pictures that are there already are not painted again. It takes an hour
on two slow cores: Gatys et al. get half of their evaluations, the texture net (FOLDER/texture.onnx) is trained.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "tower.jpg"
CELL, COLUMNS, LINE = (200, 300), 4, 26
TEXTURE = "texture.onnx"
STILL = "still {photo} --style {painting} --recipe"
METHODS = {
    "Deep Dream, 2015": "still {photo} --dream",
    "Gatys et al., 2016": f"{STILL} gatys --steps 250",
    "Texture network, 2016": f"texture {{folder}}/{TEXTURE} --size 300x200",
    "A net, 2016 (great_wave)": "image {photo} -s great_wave",
    "Style swap, 2016": f"{STILL} swap",
    "AdaIN, 2017": f"{STILL} adain",
    "WCT, 2017": f"{STILL} wct",
    "Neural neighbours, 2022": f"{STILL} neighbours",
    "livebrush still": f"{STILL} livebrush",
    "A net for any picture": "image {photo} -s {painting}",
}
"""what is typed after `livebrush`, and before -o"""


def run(command: str, places: dict[str, Path], target: Path) -> float:
    """returns: seconds of processor time, of one thread where PyTorch works"""
    words = [word.format(**places) for word in command.split()]
    # A folder of its own: of a picture that was a style before, the net would be ready
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "LIVEBRUSH_HOME": str(places["folder"] / "home")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["livebrush", *words, "-o", str(target)], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def file_of(method: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in method) + ".png"


def cell(picture: Path, title: str) -> np.ndarray:
    """The picture, as large a part of it as has the cell's shape, over its title."""
    image = Image.open(picture).convert("RGB")
    scale = min(image.height / CELL[0], image.width / CELL[1])
    height, width = CELL[0] * scale, CELL[1] * scale
    left, top = (image.width - width) / 2, (image.height - height) / 2
    box = (left, top, left + width, top + height)
    pixels = np.asarray(image.resize((CELL[1], CELL[0]), Image.Resampling.LANCZOS, box=box))
    line = np.full((LINE, CELL[1], 3), 255, np.uint8)
    cv2.putText(line, title, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    return np.concatenate([pixels, line])


def main(target: Path, painting: Path, folder: Path) -> None:
    photo, times = folder / "input.png", folder / "seconds.json"
    Image.open(PHOTO).resize(CELL[::-1], Image.Resampling.LANCZOS).save(photo)
    places = {"photo": photo, "painting": painting, "folder": folder}
    seconds: dict[str, float] = json.loads(times.read_text()) if times.exists() else {}
    if not (folder / TEXTURE).exists():
        seconds["training of the texture network"] = run(
            "train texture {painting} --run-dir {folder}/texture --style-size 320 --device cpu",
            places,
            folder / TEXTURE,
        )
    cells = [cell(photo, "photo"), cell(painting, "painting")]
    for method, command in METHODS.items():
        result = folder / file_of(method)
        if not result.exists():
            seconds[method] = run(command, places, result)
            times.write_text(json.dumps(seconds, indent=1))
        cells.append(cell(result, method))
    rows = [np.concatenate(cells[k : k + COLUMNS], 1) for k in range(0, len(cells), COLUMNS)]
    Image.fromarray(np.concatenate(rows)).save(target, quality=85)
    print("\n".join(f"| {method} | {spent:.1f} s |" for method, spent in seconds.items()))  # noqa: T201


if __name__ == "__main__":
    if len(sys.argv) > 3:
        main(*map(Path, sys.argv[1:4]))
    else:
        with tempfile.TemporaryDirectory() as kept:
            main(Path(sys.argv[1]), Path(sys.argv[2]), Path(kept))
