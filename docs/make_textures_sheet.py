"""Makes a sheet of textures: for each the picture that its net learnt from, and a larger one that the net made.

python docs/make_textures_sheet.py docs/textures.jpg PICTURE NET [PICTURE NET …]

NET is what `livebrush train texture PICTURE` made. The last row is the last net's tileable picture, three times side by
side.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from livebrush.models.textures import read_texture_model
from livebrush.realtime.textures.painting import TexturePainter
from livebrush.trainer.runs.content_photos import load_rgb, resize_short_side

HEIGHT, LEFT, RIGHT, GAP = 256, 256, 768, 6


def row(picture: Path, net: Path) -> np.ndarray:
    """The middle of the picture, at the size that the net learnt it at, beside what the net makes."""
    model = read_texture_model(net)
    learnt = resize_short_side(load_rgb(picture), model.metadata.recipe["style_size"])
    left, top = (learnt.width - LEFT) // 2, (learnt.height - HEIGHT) // 2
    shown = np.asarray(learnt.crop((left, top, left + LEFT, top + HEIGHT)))
    return np.concatenate([shown, _gap(HEIGHT), TexturePainter(model).paint(HEIGHT, RIGHT)], 1)


def tiled(net: Path) -> np.ndarray:
    width = (LEFT + GAP + RIGHT) // 3
    tile = TexturePainter(read_texture_model(net)).paint(HEIGHT, width, 1, tileable=True)
    whole = np.tile(tile, (1, 3, 1))
    return np.pad(whole, ((0, 0), (0, LEFT + GAP + RIGHT - whole.shape[1]), (0, 0)), constant_values=255)


def _gap(height: int) -> np.ndarray:
    return np.full((height, GAP, 3), 255, np.uint8)


def main(target: Path, pairs: list[tuple[Path, Path]]) -> None:
    rows = [*(row(*pair) for pair in pairs), tiled(pairs[-1][1])]
    between = np.full((GAP, rows[0].shape[1], 3), 255, np.uint8)
    sheet = [part for one in rows for part in (one, between)][:-1]
    Image.fromarray(np.concatenate(sheet)).save(target, quality=85)


if __name__ == "__main__":
    paths = [Path(name) for name in sys.argv[2:]]
    main(Path(sys.argv[1]), list(zip(paths[::2], paths[1::2], strict=True)))
