"""What tests of the studio share: its application on tiny styles, asked as a browser asks it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from livebrush.models.contract import Style
from tests.realtime.studio.pages import HOST, ORIGIN
from tests.tiny_models import INVERTED, write_tiny_model

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

Studio = Callable[..., "TestClient"]


@pytest.fixture
def styles(tmp_path: Path) -> list[str]:
    """Two styles that invert colours."""
    from dataclasses import replace

    paths = [tmp_path / "first.onnx", tmp_path / "second.onnx"]
    for path in paths:
        write_tiny_model(path, replace(INVERTED, styles=(Style(path.stem, path.stem.title(), "Nobody"),)))
    return [str(path) for path in paths]


@pytest.fixture
def studio(styles: list[str]) -> Iterator[Studio]:
    """Opens a studio; keywords are those of `access_for` and `studio_app`."""
    pytest.importorskip("fastapi", reason="the studio extra is not installed")
    pytest.importorskip("httpx2", reason="the test extra is not installed")
    from fastapi.testclient import TestClient

    from livebrush.realtime.studio.access import access_for
    from livebrush.realtime.studio.app import studio_app
    from livebrush.realtime.studio.shared_deck import SharedDeck

    with ExitStack() as opened:

        def begin(host: str = "127.0.0.1", token: str | None = None, **options: Any) -> TestClient:
            shared = SharedDeck(styles, only=True, device="cpu", threads=1)
            app = studio_app(access_for(host, token=token), shared, **options)
            return opened.enter_context(
                TestClient(app, f"http://{HOST}", headers={"origin": ORIGIN}, follow_redirects=False)
            )

        yield begin
