"""CameraSource: what it asks of a camera, what it delivers, and what it says when there is none."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources import camera as camera_module
from livebrush.realtime.live.sources.camera import CameraSource
from livebrush.realtime.live.sources.source import SourceLost
from tests.realtime.live.fake_camera import CAMERA, FakeCamera
from tests.realtime.video.clips import frames as clip_frames
from tests.realtime.video.clips import make_clip


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_FIRST_FRAME_S", 0.0)
    monkeypatch.setattr(sys, "platform", "linux")


def opened(**options) -> CameraSource:
    source = CameraSource(CAMERA, **options)
    source.open()
    return source


def taken(source: CameraSource) -> np.ndarray:
    delivered = source.read()
    assert delivered is not None
    return delivered.pixels


def test_jpeg_is_asked_for_before_size_and_rate(monkeypatch):
    fake = FakeCamera().install(monkeypatch)
    opened(size=(720, 1280), rate_hz=60)
    assert fake.asked[:4] == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 60),
    ]
    assert fake.opened == [(CAMERA.index, CAMERA.backend)]


def test_what_is_not_wanted_is_left_to_the_camera(monkeypatch):
    fake = FakeCamera().install(monkeypatch)
    source = opened(size=None, rate_hz=None)
    asked = {what for what, _ in fake.asked}
    assert not asked & {cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS}
    assert source.size == (480, 640)


def test_size_and_rate_are_what_the_camera_really_has(monkeypatch):
    FakeCamera(modes=((480, 640, 25.0),)).install(monkeypatch)
    source = CameraSource(CAMERA, (720, 1280), 60)
    assert (source.size, source.rate_hz) == ((720, 1280), 60)
    source.open()
    assert (source.size, source.rate_hz) == ((480, 640), 25.0)


@pytest.mark.parametrize("says", [0.0, -1.0, math.nan, math.inf, 90000.0])
def test_a_senseless_rate_is_no_rate(monkeypatch, says):
    FakeCamera(says_hz=says).install(monkeypatch)
    assert opened().rate_hz is None


def test_pictures_come_in_order_in_rgb_and_in_their_own_memory(monkeypatch, tmp_path):
    stored = [frame.to_ndarray(format="rgb24") for frame in clip_frames(make_clip(tmp_path / "loop.mp4"))][:4]
    FakeCamera(pictures=stored, modes=((48, 64, 30.0),)).install(monkeypatch)
    source = opened()
    read = [taken(source) for _ in range(7)]  # the first picture was used up by opening
    for number, pixels in enumerate(read, 1):
        assert np.array_equal(pixels, stored[number % 4])
    assert not np.shares_memory(read[0], read[4])


def test_a_new_size_midway_is_delivered_as_it_is(monkeypatch):
    FakeCamera(resized={2: (240, 320)}).install(monkeypatch)
    source = opened(size=(480, 640))
    assert taken(source).shape == (480, 640, 3)
    assert taken(source).shape == (240, 320, 3) and source.size == (240, 320)


@pytest.mark.parametrize("broken", [{"failing": range(3, 13)}, {"empty": range(3, 13)}])
def test_a_camera_that_stops_is_lost_and_can_be_opened_again(monkeypatch, broken):
    fake = FakeCamera(**broken).install(monkeypatch)
    source = opened()
    for _ in range(2):
        assert taken(source).shape == (720, 1280, 3)
    assert [source.read() for _ in range(9)] == [None] * 9
    with pytest.raises(SourceLost, match=r"Testcam was unplugged or stopped: .*/dev/video0"):
        source.read()
    source.open()
    assert source.read() is not None
    assert fake.released == 1


def test_a_damaged_picture_now_and_then_is_no_loss(monkeypatch):
    FakeCamera(failing=[2, 4, 5]).install(monkeypatch)
    source = opened()
    assert [source.read() is None for _ in range(6)] == [False, True, False, True, True, False]


def test_reading_a_closed_camera_is_an_error_and_closing_twice_is_not(monkeypatch):
    fake = FakeCamera().install(monkeypatch)
    source = CameraSource(CAMERA)
    source.close()
    source.open()
    source.close()
    source.close()
    assert fake.released == 1
    with pytest.raises(SourceLost):
        source.read()


def failing_open(camera) -> str:
    with pytest.raises(LivebrushError) as caught:
        CameraSource(camera, sleep=lambda _: None).open()
    assert "\n" not in str(caught.value) and "Testcam" in str(caught.value)
    return str(caught.value)


def test_linux_says_that_there_is_no_such_device(monkeypatch, tmp_path):
    FakeCamera(refused=1).install(monkeypatch)
    missing = str(tmp_path / "video7")
    assert f"there is no {missing}" in failing_open(replace(CAMERA, path=missing))


def test_linux_says_that_permission_is_missing(monkeypatch, tmp_path):
    FakeCamera(refused=1).install(monkeypatch)
    (tmp_path / "video7").touch()
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "group 'video'" in failing_open(replace(CAMERA, path=str(tmp_path / "video7")))


@pytest.mark.parametrize("fake", [FakeCamera(refused=1), FakeCamera(failing=range(1000))])
def test_linux_says_that_another_program_has_the_camera(monkeypatch, tmp_path, fake):
    fake.install(monkeypatch)
    path = tmp_path / "video7"
    path.touch()
    assert f"fuser {path}" in failing_open(replace(CAMERA, path=str(path)))
    assert fake.released == fake.reads  # a camera that opened is let go of again


def test_windows_names_privacy_and_other_programs(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    FakeCamera(refused=1).install(monkeypatch)
    said = failing_open(replace(CAMERA, path=""))
    assert "Settings > Privacy" in said and "other programs" in said


def test_macos_is_given_time_for_the_permission_at_the_first_opening_only(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    fake = FakeCamera(refused=5).install(monkeypatch)
    waits: list[float] = []
    source = CameraSource(CAMERA, sleep=waits.append)
    source.open()
    assert waits == [1] * 5
    fake.refused = 100
    with pytest.raises(LivebrushError, match="System Settings > Privacy & Security > Camera"):
        source.open()
    assert len(waits) == 5


def test_macos_gives_up_after_twenty_seconds(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    FakeCamera(refused=1000).install(monkeypatch)
    waits: list[float] = []
    with pytest.raises(LivebrushError, match="System Settings"):
        CameraSource(CAMERA, sleep=waits.append).open()
    assert sum(waits) == 20


def test_opencv_itself_stays_quiet_and_gets_its_log_level_back(capfd):
    """No fake: the real OpenCV, and a camera that cannot be there."""
    level = cv2.utils.logging.getLogLevel()
    assert not Path("/dev/video97").exists()
    failing_open(replace(CAMERA, index=97, path="/dev/video97"))
    told = capfd.readouterr()
    assert told.err == told.out == ""
    assert cv2.utils.logging.getLogLevel() == level
