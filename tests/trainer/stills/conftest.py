"""A photo, a style and a loss network, all small."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.trainer.small_vgg import write_npz


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[:72, :96]
    pixels = np.stack([x * 2, y * 3, 255 - x * 2], 2).astype(np.uint8)
    pixels[20:50, 30:60] = [200, 180, 40]
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def style(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (10, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((64, 80), Image.Resampling.BICUBIC).save(tmp_path / "style.png")
    return tmp_path / "style.png"


@pytest.fixture
def loss_net(tmp_path: Path) -> Path:
    return write_npz(tmp_path / "vgg.npz", last="4_2")
