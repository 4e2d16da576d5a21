"""Puts a few words on what each style looks like into the style models that ship; nothing else in them changes.

python models/recipes/looks_like.py [folder]

To be run again after a style was trained or made anew.
"""

import json
import sys
from pathlib import Path

import onnx

from livebrush.models.catalogue import packaged_folder
from livebrush.models.contract import METADATA_KEY
from livebrush.models.writing import whole_file

WORDS = {
    "any_picture": "whatever picture it is given",
    "autumn": "pale skies, leaves and ground in rust and gold",
    "blue_hour": "dusk: cool blue shade, pink where the sky is bright",
    "clear_day": "clear and cool: blue skies, muted ground",
    "composition_vii": "blue, violet and orange, loose brush strokes",
    "contrast_of_forms": "bold ink hatching on cream, red and ochre",
    "film_stock": "a print from film: deep shade, quiet colours",
    "golden_hour": "low warm sun, cream and rose skies",
    "great_wave": "a woodcut: cream paper, dark blue lines, teal skies",
    "metzinger": "a mosaic of dabs: pale blue and pink, dark blue shade",
    "minotaur": "storm: olive and black, golden light",
    "night": "deep blue night, curved brush strokes",
    "night_city": "night: orange lamplight, brown and dark blue",
    "noon": "bright noon: dabs of orange, yellow and green",
    "pastorales": "glowing orange and rose, dark contours",
    "sainte_victoire": "blue, green and ochre, a weave of brush strokes",
    "starry_night": "thick paint in blue, gold and brown, brush strokes that follow forms",
    "udnie": "planes of grey, black and pale rose, sharp contours; oranges stay",
    "water_lilies": "dusk: grey violet water, glints of rose and orange",
}


def main(folder: Path) -> None:
    for name, words in WORDS.items():
        describe(folder / f"{name}.onnx", words)


def describe(path: Path, words: str) -> None:
    """Tell in a style model of one style what it looks like."""
    model = onnx.load(path)
    graph = model.graph.SerializeToString(deterministic=True)
    (entry,) = (entry for entry in model.metadata_props if entry.key == METADATA_KEY)
    metadata = json.loads(entry.value)
    (style,) = metadata["styles"]
    if style.get("looks_like") == words:
        return
    style["looks_like"] = words
    entry.value = json.dumps(metadata, ensure_ascii=False)
    written = model.SerializeToString()
    if onnx.load_from_string(written).graph.SerializeToString(deterministic=True) != graph:
        raise ValueError(f"{path}: the graph would change")
    with whole_file(path) as partial:
        partial.write_bytes(written)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else packaged_folder())
