"""A backend for pyvirtualcam that keeps what it is sent, as its register_backend takes it."""

from typing import ClassVar

import numpy as np


class KeptFrames:
    """Keeps frames; fails where it is told to.

    refusal:      what it says when it is opened, "" where it opens
    breaks_after: frames
    """

    opened: ClassVar[list["KeptFrames"]] = []
    refusal, breaks_after = "", 10**6

    def __init__(self, *, width, height, fps, fourcc, device):
        if self.refusal:
            raise RuntimeError(self.refusal)
        self.size, self.rate_hz, self.name = (height, width, 3), fps, device or "fake camera"
        self.frames: list[np.ndarray] = []
        self.closed = 0
        self.opened.append(self)

    def send(self, frame):
        if len(self.frames) >= self.breaks_after:
            raise RuntimeError("the device was removed")
        self.frames.append(frame.reshape(self.size).copy())

    def device(self):
        return self.name

    def native_fourcc(self):
        return None

    def close(self):
        self.closed += 1
