"""A camera as a live source."""

import sys
import time
from collections.abc import Callable

import cv2
import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.camera_device import (
    Camera,
    agreed_mode,
    closed_error,
    likely_reason,
    open_device,
    quiet_opencv,
    request_mode,
)
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceLost

_PERMISSION_S = 20  # macOS asks the person at the first opening, and lets nothing through until the answer
_FIRST_FRAME_S = 2.0
_BAD_PICTURES, _BAD_S = 10, 0.5  # a damaged picture now and then is no loss: so many in a row, or for so long


class CameraSource(LiveSource):
    """Reads a camera by OpenCV.

    size:    (height, width) to ask for; rate_hz: frames a second to ask for; None leaves it to the camera
    sleep:   waits seconds

    The camera takes what it has that comes nearest: `size` and `rate_hz` say what that is once it is open.
    """

    faces_viewer = True

    def __init__(
        self,
        camera: Camera,
        size: tuple[int, int] | None = (720, 1280),
        rate_hz: float | None = 30,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = camera.name
        self._camera, self._asked = camera, (size, rate_hz)
        self._sleep = sleep
        self._device: cv2.VideoCapture | None = None
        self._size, self._rate_hz = size, rate_hz
        self._permitted = sys.platform != "darwin"
        self._bad_pictures, self._good_s = 0, 0.0

    @property
    def rate_hz(self) -> float | None:
        """What the camera announces; before it is open, what it will be asked for."""
        return self._rate_hz

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) of the last picture; before the first, what will be asked for."""
        return self._size

    def open(self) -> None:
        """Opens it, asks for size and rate, and waits for a first picture.

        raises: LivebrushError: not there, no permission, busy
        """
        self.close()
        device = self._open_patiently()
        request_mode(device, *self._asked)
        with quiet_opencv():
            # Two, not one: with a single buffer the driver has nowhere to put the next frame while one is
            # decoded, and the rate halves. The reading thread keeps them empty, so none grows old.
            device.set(cv2.CAP_PROP_BUFFERSIZE, 2)
            first = self._first_picture(device)
        if first is None:
            device.release()
            raise closed_error(self._camera)
        self._device, self._permitted = device, True
        self._size, self._rate_hz = first.shape[:2], agreed_mode(device).rate_hz
        self._bad_pictures, self._good_s = 0, time.monotonic()

    def read(self) -> Delivered | None:
        """The next frame, of the size that the camera delivers; None for a damaged one.

        raises: SourceLost when it stops
        """
        delivered, picture = self._device.read() if self._device else (False, None)
        now_s = time.monotonic()
        if not delivered or picture is None or not picture.size:
            self._bad_pictures += 1
            few = self._bad_pictures < _BAD_PICTURES and now_s - self._good_s < _BAD_S
            if few and self._device:
                return None
            raise SourceLost(f"{self.name} was unplugged or stopped: {likely_reason(self._camera)}")
        self._bad_pictures, self._good_s = 0, now_s
        self._size = picture.shape[:2]
        return Delivered(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))

    def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            device.release()

    def _open_patiently(self) -> cv2.VideoCapture:
        for _ in range(0 if self._permitted else _PERMISSION_S):
            try:
                return open_device(self._camera)
            except LivebrushError:
                self._sleep(1)
        return open_device(self._camera)

    def _first_picture(self, device: cv2.VideoCapture) -> np.ndarray | None:
        """Some cameras need a few tries while they start."""
        until = time.monotonic() + _FIRST_FRAME_S
        while True:
            delivered, picture = device.read()
            if delivered and picture is not None and picture.size:
                return picture
            if time.monotonic() >= until:
                return None
            self._sleep(0.05)
