"""A studio for a test, with a style that inverts colours, a photo and a clip."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.realtime.studio.work.studio import Studio, opened
from tests.realtime.video.clips import make_clip
from tests.tiny_models import write_tiny_model

if TYPE_CHECKING:
    from livebrush.realtime.studio.work.settings import Settings


@pytest.fixture(autouse=True)
def studio_extra() -> None:
    for package in ("fastapi", "uvicorn", "huey", "python_multipart", "httpx2"):
        pytest.importorskip(package, reason="the studio extra is not installed")


@pytest.fixture(autouse=True)
def invert(own_user_folder: Path) -> Path:
    """The style of that name in the folder of whoever has the studio."""
    path = own_user_folder / "styles" / "invert.onnx"
    path.parent.mkdir(parents=True)
    write_tiny_model(path)
    return path


@pytest.fixture
def settings(tmp_path: Path) -> "Settings":
    from livebrush.realtime.studio.work.settings import Settings

    return Settings(tmp_path / "studio", device="cpu")


@pytest.fixture
def studio(settings: "Settings") -> Iterator[Studio]:
    """With a worker."""
    with opened(settings) as made:
        yield made


@pytest.fixture
def idle_studio(settings: "Settings") -> Iterator[Studio]:
    """Without: jobs wait."""
    with opened(settings, start=False) as made:
        yield made


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path := tmp_path / "holiday.png")
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """One second, 64x48, 25 frames."""
    return make_clip(tmp_path / "beach.mp4")
