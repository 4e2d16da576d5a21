"""Which cameras there are, found by number or by name, and the sizes and rates that they know."""

import re
import sys
from pathlib import Path
from types import ModuleType

import cv2

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.camera_device import (
    Camera,
    Mode,
    agreed_mode,
    open_device,
    quiet_opencv,
    request_mode,
)

__all__ = ["Camera", "Mode", "find_camera", "list_cameras", "modes", "no_camera"]

# The first that lists any: DirectShow opens at once and knows virtual cameras, Media Foundation needs seconds.
# The numbers of one mean other cameras to the other, so they are never mixed.
_BACKENDS = {
    "linux": (cv2.CAP_V4L2,),
    "darwin": (cv2.CAP_AVFOUNDATION,),
    "win32": (cv2.CAP_DSHOW, cv2.CAP_MSMF),
}
_SIZES = ((240, 320), (480, 640), (600, 800), (720, 1280), (1080, 1920), (1440, 2560), (2160, 3840))
_ASKED_HZ = 240.0  # more than cameras have: they answer with their highest


def list_cameras() -> list[Camera]:
    """The cameras that are plugged in, by number; empty when there are none.

    raises: LivebrushError when this system's cameras cannot be listed
    """
    library = _library()
    for backend in _BACKENDS.get(sys.platform, ()):
        with quiet_opencv():
            found = sorted(library.enumerate_cameras(backend), key=lambda info: info.index)
        cameras: dict[str, Camera] = {}
        for info in found:
            camera = Camera(info.index, info.name or f"camera {info.index}", backend, info.path or "")
            cameras.setdefault(_device(camera), camera)
        if cameras:
            return list(cameras.values())
    return []


def find_camera(wanted: str | None) -> Camera:
    """The camera with this number, or with this in its name, whatever the case; None: the first.

    A number that is not listed is taken all the same: the system may know more than the list.

    raises: LivebrushError when there is no camera at all, or none or several of the name
    """
    number = 0 if wanted is None else int(wanted) if re.fullmatch(r"\d{1,9}", wanted) else None
    try:
        cameras = list_cameras()
    except LivebrushError:
        if number is None:
            raise
        return _unlisted(number)
    if wanted is None:
        if not cameras:
            raise no_camera()
        return cameras[0]
    if number is not None:
        return next((camera for camera in cameras if camera.index == number), None) or _unlisted(number)
    return _by_name(wanted, cameras)


def no_camera() -> LivebrushError:
    """The error for a machine without a camera."""
    return LivebrushError("no camera found", code="unavailable", remedy="no_camera")


def modes(camera: Camera) -> list[Mode]:
    """The common sizes that the camera agrees to, each with its highest rate, smallest first.

    raises: LivebrushError when it does not open
    """
    device = open_device(camera)
    agreed: set[Mode] = set()
    try:
        for size in _SIZES:
            request_mode(device, size, _ASKED_HZ)
            agreed.add(agreed_mode(device))
    finally:
        device.release()
    sizes = [mode for mode in agreed if mode.height and mode.width]
    return sorted(sizes, key=lambda mode: (mode.height, mode.width, mode.rate_hz or 0))


def _by_name(wanted: str, cameras: list[Camera]) -> Camera:
    if not cameras:
        raise no_camera()
    matches = [camera for camera in cameras if wanted.casefold() in camera.name.casefold()]
    exact = [camera for camera in matches if camera.name.casefold() == wanted.casefold()]
    if len(exact) == 1:
        return exact[0]
    if not matches:
        raise LivebrushError(f"no camera is called '{wanted}'; there are {_names(cameras)}", code="not_found")
    if len(matches) > 1:
        raise LivebrushError(
            f"'{wanted}' fits several cameras: {_names(matches)}",
            code="invalid",
            remedy="camera_number",
            number=matches[0].index,
        )
    return matches[0]


def _names(cameras: list[Camera]) -> str:
    return ", ".join(f"{camera.index} ({camera.name})" for camera in cameras)


def _unlisted(number: int) -> Camera:
    backend = _BACKENDS.get(sys.platform, (cv2.CAP_ANY,))[0]
    return Camera(
        number, f"camera {number}", backend, f"/dev/video{number}" if sys.platform == "linux" else ""
    )


def _device(camera: Camera) -> str:
    """What is the same for all nodes of one camera: on Linux it may have several that capture."""
    if sys.platform == "linux":
        parent = Path(f"/sys/class/video4linux/{Path(camera.path).name}/device")
        if parent.exists():
            return str(parent.resolve())
    return f"{camera.index}"


def _library() -> ModuleType:
    """cv2_enumerate_cameras, which needs parts that a system may lack."""
    try:
        import cv2_enumerate_cameras
    except ImportError as error:
        raise LivebrushError(
            f"cameras cannot be listed here ({error})", code="not_installed", remedy="camera_list"
        ) from error
    return cv2_enumerate_cameras
