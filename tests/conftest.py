"""What tests of several folders share: tiny style models, tiny photos, a user folder of their own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny_models import write_tiny_model


@pytest.fixture(autouse=True)
def own_user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the person who runs the tests is read or written."""
    home = tmp_path / "home"
    monkeypatch.setenv("LIVEBRUSH_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def onnx_runtime_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same engine on every machine, unless a test asks for another."""
    monkeypatch.setattr(
        "livebrush.realtime.engine.providers.openvino.Device.gains_by_bfloat16", lambda _: False
    )


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard() -> Iterator[None]:
    """Shells start what runs in the background with Ctrl-C ignored, and programs inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A style model that inverts colours: real ONNX, a few hundred bytes."""
    path = tmp_path / "invert.onnx"
    write_tiny_model(path)
    return path


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six noisy gradients of unequal sizes."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for n in range(6):
        height, width = 90 + 7 * n, 130 - 5 * n
        rows, columns = np.mgrid[:height, :width]
        colour = random.uniform(0, 1, (2, 3))
        pixels = (
            rows[..., None] * colour[0]
            + columns[..., None] * colour[1]
            + random.normal(60, 20, (height, width, 3))
        )
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / f"photo{n}.png")
    return folder
