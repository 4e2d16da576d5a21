"""The virtual camera, with a backend of pyvirtualcam that keeps what it is sent."""

import sys
import threading
import time

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.outputs import Outputs
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sinks.virtual_camera import VirtualCamera

pyvirtualcam = pytest.importorskip("pyvirtualcam", reason="the virtualcam extra is not installed")


@pytest.fixture
def backend(camera_backend):
    yield camera_backend
    assert not [thread for thread in threading.enumerate() if "virtual" in thread.name]


def painted(pixels: np.ndarray) -> PaintedFrame:
    return PaintedFrame(Frame(pixels, 0.0, 0), pixels, "style", 0.0)


def plain(height: int, width: int, level: int) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_the_same_frame_goes_again_until_a_new_one_comes(backend):
    camera = VirtualCamera(rate_hz=200, backend="fake")
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    camera.show(painted(pixels))
    wait_for(lambda: backend.opened and len(backend.opened[0].frames) >= 5)
    camera.show(painted(plain(48, 64, 9)))
    wait_for(lambda: backend.opened[0].frames[-1].max() == 9)
    camera.close()
    np.testing.assert_array_equal(backend.opened[0].frames[:5], [pixels] * 5)
    assert (camera.problem, camera.opened, camera.name) == ("", "fake camera", "virtual camera")
    assert backend.opened[0].closed == 1 and backend.opened[0].rate_hz == 200


def test_the_newest_frame_wins_and_the_rate_is_kept(backend):
    camera = VirtualCamera(rate_hz=20, backend="fake")
    started = time.monotonic()
    for level in range(100):
        camera.show(painted(plain(8, 8, level)))
        time.sleep(0.005)
    wait_for(lambda: backend.opened[0].frames[-1].max() == 99)
    camera.close()
    most = (time.monotonic() - started) * 20 + 2
    levels = [int(frame.max()) for frame in backend.opened[0].frames]
    assert levels == sorted(levels) and len(levels) <= most
    assert camera.dropped >= 100 - most


def test_an_odd_size_is_made_even_and_others_are_letterboxed_into_it(backend):
    camera = VirtualCamera(rate_hz=200, backend="fake")
    camera.show(painted(plain(47, 63, 200)))
    wait_for(lambda: backend.opened and backend.opened[0].frames)
    camera.show(painted(plain(16, 64, 100)))
    wait_for(lambda: backend.opened[0].frames[-1].max() == 100)
    camera.close()
    first, last = backend.opened[0].frames[0], backend.opened[0].frames[-1]
    np.testing.assert_array_equal(first, plain(48, 64, 200))
    np.testing.assert_array_equal(last[16:32], plain(16, 64, 100))
    assert not last[:16].any() and not last[32:].any()


def test_closing_without_a_frame_opens_nothing(backend):
    camera = VirtualCamera(backend="fake")
    camera.close()
    camera.close()
    assert backend.opened == []


def test_the_named_device_is_asked_for(backend):
    camera = VirtualCamera("/dev/video10", backend="fake")
    camera.show(painted(plain(8, 8, 1)))
    wait_for(lambda: camera.opened)
    camera.close()
    assert camera.opened == "/dev/video10"


def test_a_missing_package_is_said_before_the_first_frame(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(LivebrushError, match=r"pip install -c constraints\.txt -e '\.\[virtualcam\]'"):
        VirtualCamera()


def test_an_unknown_backend_is_refused(backend):
    with pytest.raises(LivebrushError, match=r"no backend 'obsolete', expected one of: .*fake"):
        VirtualCamera(backend="obsolete")


@pytest.mark.parametrize(
    "platform, advice",
    [
        ("linux", "modprobe v4l2loopback exclusive_caps=1 card_label=livebrush"),
        ("darwin", "install OBS"),
        ("win32", "install OBS"),
    ],
)
def test_without_a_device_it_says_what_to_install(backend, monkeypatch, platform, advice):
    monkeypatch.setattr(sys, "platform", platform)
    backend.refusal = "No device found.\nDid you install one?"
    assert_fails(["64x48", "'fake' backend: No device found.; Did you install one?", advice])


def test_a_device_in_use_is_no_reason_to_install_one(backend):
    backend.refusal = "Device /dev/video10 is already in use."
    assert_fails(["already in use", "close the program that feeds it"], ["install"])


def test_a_device_that_goes_away_ends_it(backend):
    backend.breaks_after = 3
    assert_fails(["fake camera failed (the device was removed)"])
    assert backend.opened[0].closed == 1


def test_the_show_goes_on_when_the_device_goes_away(backend, tmp_path):
    """Nothing is said while it works, one thing when it fails; what is recorded meanwhile goes on to the last frame."""
    backend.breaks_after = 3
    said: list[str] = []
    camera = VirtualCamera(rate_hz=200, backend="fake")
    recording = Recording(tmp_path / "night.mkv", 25)
    outputs = Outputs([camera, recording], Notices(said.append))
    outputs.show(painted(plain(48, 64, 0)))
    outputs.report_problems()
    assert said == [] and camera.trouble == ""
    wait_for(lambda: camera.problem)
    for level in (20, 120, 220):
        outputs.show(painted(plain(48, 64, level)))
        outputs.report_problems()
    outputs.close()
    lost = f"virtual camera stopped: {camera.problem}"
    assert lost in said and "fake camera failed (the device was removed)" in lost
    assert outputs.lost_one and camera.trouble == "" and len(said) == 2
    with av.open(str(tmp_path / "night.mkv")) as video:
        *_, last = video.decode(video=0)
        assert abs(float(last.to_ndarray(format="rgb24").mean()) - 220) < 5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a device has no path")
def test_a_file_is_no_device_and_stays_as_it_is(tmp_path):
    file = tmp_path / "video.mkv"
    file.write_bytes(b"no device" * 100)
    camera = VirtualCamera(str(file))
    camera.show(painted(plain(48, 64, 1)))
    wait_for(lambda: camera.problem)
    camera.close()
    assert (
        f"could not be opened at 64x48 ('v4l2loopback' backend: Device capabilities of {file}"
        in camera.problem
    )
    assert (camera.trouble, camera.opened) == ("", "") and file.read_bytes() == b"no device" * 100


def assert_fails(words, without=()):
    camera = VirtualCamera(rate_hz=200, backend="fake")
    camera.show(painted(plain(48, 64, 1)))
    wait_for(lambda: camera.problem)
    camera.show(painted(plain(48, 64, 2)))
    camera.close()
    assert all(word in camera.problem for word in words) and "\n" not in camera.problem
    assert not any(word in camera.problem for word in without)
