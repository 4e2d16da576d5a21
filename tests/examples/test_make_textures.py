"""The example textures: what ships comes from the script."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["marble", "pebbles", "bark"])
def test_what_ships_is_what_the_script_makes(name: str) -> None:
    spec = importlib.util.spec_from_file_location("make_textures", EXAMPLES / "make_textures.py")
    assert spec and spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    made = maker.make(name).astype(int)
    with Image.open(EXAMPLES / "textures" / f"{name}.jpg") as image:
        shipped = np.asarray(image.convert("RGB")).astype(int)
    assert made.std() > 30
    assert np.abs(shipped - made).mean() < 8  # JPEG
