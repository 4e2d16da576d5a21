"""The server's own camera: one capture for all visitors, on while somebody looks. The test pattern is the camera."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources import test_pattern
from livebrush.realtime.live.sources.source import Delivered
from tests.realtime.studio.conftest import Studio
from tests.realtime.studio.pages import LIVE, command, next_picture, next_text, wish


class Camera(test_pattern.TestPattern):
    """Remembers what it delivered, and how often it was opened and closed; may be broken."""

    name, faces_viewer = "studio camera", True

    def __init__(self) -> None:
        super().__init__((96, 128), 30.0)
        self.delivered: list[np.ndarray] = []
        self.opened = self.closed = 0
        self.broken = ""

    def open(self) -> None:
        if self.broken:
            raise LivebrushError(self.broken, code="unavailable")
        super().open()
        self.opened += 1

    def read(self) -> Delivered | None:
        delivered = super().read()
        if delivered:
            self.delivered.append(delivered.pixels)
        return delivered

    def close(self) -> None:
        super().close()
        self.closed += 1

    def has_delivered(self, painted: np.ndarray) -> bool:
        """Whether one of its frames looks like that, inverted (in BGR, as the tests read pictures)."""
        wanted = 255 - painted[..., ::-1].astype(int)
        return any(np.abs(pixels.astype(int) - wanted).mean() < 12 for pixels in list(self.delivered))


@pytest.fixture
def camera() -> Camera:
    return Camera()


def opened(studio: Studio, camera: Camera) -> Any:
    from livebrush.realtime.studio.live.shared_camera import SharedCamera

    return studio(camera=SharedCamera(camera))


def wait_until(happens: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def test_frames_of_the_camera_come_painted_under_the_numbers_of_the_wishes(
    studio: Studio, camera: Camera
) -> None:
    with opened(studio, camera).websocket_connect(LIVE) as socket:
        hello = next_text(socket, "hello")
        assert hello["camera"] == {"name": "studio camera", "faces_viewer": True}
        assert camera.opened == 0, "it is on before anybody asked"
        seen = []
        for number in (5, 9):
            socket.send_bytes(wish(number))
            got, painted = next_picture(socket)
            assert got == number and painted.shape == (96, 128, 3) and camera.has_delivered(painted)
            seen.append(painted)
        assert not np.array_equal(*seen), "a frame was painted twice"
        socket.send_bytes(wish(10, 0))
        held = next_picture(socket)[1].astype(int)
        assert np.abs(held - seen[1]).mean() < 3, "the last frame is not held"
        socket.send_bytes(wish(11, 48))
        assert next_picture(socket)[1].shape == (48, 64, 3)


def test_visitors_share_one_capture_and_keep_their_own_settings(studio: Studio, camera: Camera) -> None:
    client = opened(studio, camera)
    with client.websocket_connect(LIVE) as one, client.websocket_connect(LIVE) as other:
        next_text(one, "hello")
        next_text(other, "hello")
        command(one, "strength", 0)
        one.send_bytes(wish(1))
        other.send_bytes(wish(1))
        original, painted = next_picture(one)[1], next_picture(other)[1]
    assert camera.has_delivered(painted) and camera.has_delivered(255 - original)
    assert camera.opened == 1


def test_it_goes_off_when_nobody_looks_and_on_again(
    studio: Studio, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livebrush.realtime.studio.live.shared_camera.IDLE_S", 0.2)
    with opened(studio, camera).websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        for times in (1, 2):
            socket.send_bytes(wish(times))
            assert next_picture(socket)[0] == times
            assert camera.opened == times
            wait_until(lambda times=times: camera.closed >= times)  # type: ignore[misc]


def test_the_camera_ends_with_the_server(styles: list[str], camera: Camera) -> None:
    pytest.importorskip("fastapi", reason="the studio extra is not installed")
    from fastapi.testclient import TestClient

    from livebrush.realtime.studio.access import access_for
    from livebrush.realtime.studio.app import studio_app
    from livebrush.realtime.studio.live.shared_camera import SharedCamera
    from livebrush.realtime.studio.shared_deck import SharedDeck
    from tests.realtime.studio.pages import HOST, ORIGIN

    shared = SharedDeck(styles, only=True, device="cpu", threads=1)
    app = studio_app(access_for("127.0.0.1"), shared, camera=SharedCamera(camera))
    with (
        TestClient(app, f"http://{HOST}", headers={"origin": ORIGIN}) as client,
        client.websocket_connect(LIVE) as socket,
    ):
        next_text(socket, "hello")
        socket.send_bytes(wish(1))
        next_picture(socket)
    assert camera.closed >= 1


def test_a_camera_that_does_not_open_is_told_and_may_come_back(studio: Studio, camera: Camera) -> None:
    camera.broken = "studio camera is used by another program"
    with opened(studio, camera).websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        socket.send_bytes(wish(1))
        told = next_text(socket)
        assert (told["ok"], told["error"], told["number"]) == (False, camera.broken, 1)
        camera.broken = ""
        socket.send_bytes(wish(2))
        assert next_picture(socket)[0] == 2


def test_a_studio_without_a_camera_says_so(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        assert next_text(socket, "hello")["camera"] is None
        socket.send_bytes(wish(1))
        assert next_text(socket)["error"] == "this studio shares no camera of its own"
