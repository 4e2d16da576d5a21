"""One camera as OpenCV opens it, and in words why it does not open."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2

from livebrush.models.errors import LivebrushError

_MJPG = cv2.VideoWriter.fourcc(*"MJPG")


@dataclass(frozen=True)
class Camera:
    """A camera that the system knows.

    index:   its number, as OpenCV counts
    backend: one of OpenCV's CAP_*, which the number belongs to
    path:    /dev/video0 or what the system has in its place, "" where that is not known
    """

    index: int
    name: str
    backend: int
    path: str


@dataclass(frozen=True)
class Mode:
    """A size and rate that a camera agrees to; rate_hz is None where it does not say."""

    height: int
    width: int
    rate_hz: float | None


def open_device(camera: Camera) -> cv2.VideoCapture:
    """The opened camera, in its own default mode.

    raises: LivebrushError that says why it does not open, and what to do
    """
    # V4L2 waits ten seconds for a camera that has stopped, and cannot be told otherwise: read at its first wait
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "5")
    with quiet_opencv():
        device = cv2.VideoCapture(camera.index, camera.backend)
    if not device.isOpened():
        device.release()
        raise closed_error(camera)
    return device


def request_mode(device: cv2.VideoCapture, size: tuple[int, int] | None, rate_hz: float | None) -> None:
    """Asks for a (height, width) and a rate; the camera takes what comes nearest.

    JPEG pictures first: raw ones at 1280x720 are more than USB 2 carries at 30 a second, and the order counts.
    """
    with quiet_opencv():
        device.set(cv2.CAP_PROP_FOURCC, _MJPG)
        if size:
            device.set(cv2.CAP_PROP_FRAME_WIDTH, size[1])
            device.set(cv2.CAP_PROP_FRAME_HEIGHT, size[0])
        if rate_hz:
            device.set(cv2.CAP_PROP_FPS, rate_hz)


def agreed_mode(device: cv2.VideoCapture) -> Mode:
    """What the camera announces now."""
    rate_hz = device.get(cv2.CAP_PROP_FPS)
    return Mode(
        int(device.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        int(device.get(cv2.CAP_PROP_FRAME_WIDTH)),
        rate_hz if 0 < rate_hz <= 1000 else None,  # drivers also say 0, -1 and not a number
    )


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Without OpenCV's own lines on stderr: what fails is told by an error of ours."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def closed_error(camera: Camera) -> LivebrushError:
    """The error for a camera that does not open, or opens and delivers nothing."""
    return LivebrushError(
        f"{camera.name} (camera {camera.index}) does not open: {likely_reason(camera)}",
        code="unavailable",
        remedy="list_cameras" if _missing_device(camera) else "",
    )


def _device_file(camera: Camera) -> str:
    return camera.path or f"/dev/video{camera.index}"


def _missing_device(camera: Camera) -> str:
    """The camera's file, where this is Linux and there is none."""
    path = _device_file(camera)
    return path if sys.platform not in ("darwin", "win32") and not Path(path).exists() else ""


def likely_reason(camera: Camera) -> str:
    """Why a camera delivers nothing, as far as this system tells, and what to do."""
    if sys.platform == "darwin":
        return (
            "allow it to your terminal in System Settings > Privacy & Security > Camera, start the terminal again, "
            "and close other programs that use the camera"
        )
    if sys.platform == "win32":
        return (
            "close other programs that use it (browser, meeting), and let desktop apps use it in "
            "Settings > Privacy & security > Camera"
        )
    if path := _missing_device(camera):
        return f"there is no {path}; plug it in"
    path = _device_file(camera)
    if not os.access(path, os.R_OK | os.W_OK):
        return (
            f"no permission for {path}; add yourself to the group 'video' (sudo usermod -aG video $USER), "
            "then log in again"
        )
    return f"close other programs that use it (browser, meeting); 'fuser {path}' shows which"
