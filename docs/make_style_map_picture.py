"""Pictures styles mixed with the mouse: python docs/make_style_map_picture.py docs/style_map.jpg

Above, the window with the map at two places of its handle; below, the way from one style to another.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import livebrush
from livebrush.realtime.live.deck import Deck, other_styles
from livebrush.realtime.live.screen.style_map import StyleMap
from livebrush.realtime.live.settings import Shares
from livebrush.realtime.live.thumbnails import thumbnail

PHOTOS = Path(__file__).parents[1] / "examples" / "photos"
HEIGHT, WIDTH = 480, 640
PLACES = ((1 / 6, 0.5), (0.34, 0.42))
WAY, STEPS = ("composition_vii", "night"), (1.0, 0.7, 0.5, 0.3, 0.0)


def main(target: Path) -> None:
    deck = Deck(other_styles()[0][:9])
    styles, frame = StyleMap(deck.names), photo("dogs.jpg")
    small = {name: thumbnail(frame, deck.layers(name)) for name in deck.names}
    above = []
    for place in PLACES:
        shares = styles.at(*place)
        picture = painted(frame, shares)
        styles.draw(picture, small.get, styles.place(shares))
        above.append(picture)
    first, last = WAY
    below = [painted(photo("tower.jpg"), ((first, share), (last, 1 - share))) for share in STEPS]
    rows = [Image.fromarray(np.concatenate(row, 1)) for row in (above, below)]
    width = 960
    fitted = [
        row.resize((width, round(row.height * width / row.width)), Image.Resampling.LANCZOS) for row in rows
    ]
    Image.fromarray(np.concatenate([np.asarray(row) for row in fitted])).save(target, quality=85)


def photo(name: str) -> np.ndarray:
    with Image.open(PHOTOS / name) as picture:
        scale = max(HEIGHT / picture.height, WIDTH / picture.width)
        size = round(picture.width * scale), round(picture.height * scale)
        return np.asarray(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS))[:HEIGHT, :WIDTH]


def painted(frame: np.ndarray, shares: Shares) -> np.ndarray:
    return livebrush.load(",".join(f"{name}:{share:g}" for name, share in shares))(frame)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
