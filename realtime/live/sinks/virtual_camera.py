"""A camera that other programs can choose: shows them the painted frames, through pyvirtualcam."""

import sys
import threading
import time
from types import ModuleType
from typing import Any

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.letterbox import letterbox, pad_to_even
from livebrush.realtime.live.frame import PaintedFrame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.sinks.sink import Sink

_POLL_S = 0.5
_WITH_OBS = "install OBS (obsproject.com), start its virtual camera once, stop it and close OBS"
_DEVICES = {
    "linux": "install v4l2loopback ('apt-get install v4l2loopback-dkms') and run "
    "'modprobe v4l2loopback exclusive_caps=1 card_label=livebrush'",
    "darwin": _WITH_OBS,
    "win32": _WITH_OBS,
}


class VirtualCamera(Sink):
    """Sends the newest painted frame at a steady rate, the same one again where no new one came.

    device:  its name, /dev/video10 or "OBS Virtual Camera"; None takes the first that is free
    rate_hz: frames a second that it sends, more than 0
    backend: of pyvirtualcam; None tries all of them
    raises:  LivebrushError when pyvirtualcam is missing or has no such backend

    It has a thread of its own. The first frame's size is the camera's, made even; frames of other sizes are
    letterboxed into it.

    opened:  the device that other programs find it under; empty before the first frame
    """

    name = "virtual camera"

    def __init__(self, device: str | None = None, rate_hz: float = 30, backend: str | None = None) -> None:
        self._library = _pyvirtualcam(backend)
        self._device, self._rate_hz, self._backend = device, rate_hz, backend
        self._newest: Mailbox[np.ndarray] = Mailbox()
        self._closing = threading.Event()
        self.opened, self.target = "", device or ""
        self._thread = threading.Thread(target=self._run, name="livebrush-virtual-camera", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Frames that a newer one replaced before they were sent."""
        return self._newest.dropped

    def show(self, painted: PaintedFrame) -> None:
        if not self.problem and not self._closing.is_set():
            self._newest.put(painted.painted)

    def close(self) -> None:
        self._closing.set()
        self._newest.close()
        self._thread.join()

    def _run(self) -> None:
        first = None
        while first is None and not self._closing.is_set():
            first = self._newest.take(_POLL_S)
        if first is None:
            return
        try:
            camera = self._open(pad_to_even(first))
        except LivebrushError as error:
            self.problem = str(error)
            return
        try:
            self.opened = self.target = camera.device
            self._send_steadily(camera, first)
        except Exception as error:  # backends raise what they like when a device goes away
            self.problem = f"{self.opened or 'the device'} failed ({_one_line(error)}); start livebrush again"
        finally:
            camera.close()

    def _open(self, first: np.ndarray) -> Any:
        height, width = first.shape[:2]
        try:
            return self._library.Camera(
                width, height, self._rate_hz, fmt=self._library.PixelFormat.RGB, device=self._device,
                backend=self._backend,
            )  # fmt: skip
        except Exception as error:  # RuntimeError with every backend's reason, or what a backend raises
            reason = _one_line(error)
            raise LivebrushError(
                f"could not be opened at {width}x{height} ({reason}); {_advice(reason)}",
                code="unavailable",
            ) from error

    def _send_steadily(self, camera: Any, first: np.ndarray) -> None:
        fitted, due_s = pad_to_even(first), time.monotonic()
        height, width = fitted.shape[:2]
        # Consumers give up on a camera that falls silent: while nothing new is painted, the last one goes again
        while not self._closing.wait(max(0.0, due_s - time.monotonic())):
            newest = self._newest.take(0)
            if newest is not None:
                fitted = (
                    pad_to_even(newest) if newest.shape == first.shape else letterbox(newest, height, width)
                )
            camera.send(fitted)
            due_s = max(due_s + 1 / self._rate_hz, time.monotonic())  # late frames are not made up for


def _pyvirtualcam(backend: str | None) -> ModuleType:
    try:
        import pyvirtualcam
        from pyvirtualcam.camera import BACKENDS
    except ImportError as error:
        raise LivebrushError(
            f"needs the package pyvirtualcam ({error}): pip install -c constraints.txt -e '.[virtualcam]'",
            code="not_installed",
        ) from error
    if backend is not None and backend not in BACKENDS:
        known = ", ".join(BACKENDS) or "none on this system"
        raise LivebrushError(
            f"pyvirtualcam has no backend {backend!r}, expected one of: {known}", code="not_found"
        )
    return pyvirtualcam


def _advice(reason: str) -> str:
    if "in use" in reason or "busy" in reason.lower():
        return "close the program that feeds it, or name another device"
    return _DEVICES.get(sys.platform, "pyvirtualcam knows no virtual camera for this system")


def _one_line(error: Exception) -> str:
    return "; ".join(str(error).splitlines()) or type(error).__name__
