"""The window on the screen: pictures in, keys and the mouse out. OpenCV wants it in the main thread."""

import os
import sys

import cv2
import numpy as np

from livebrush.realtime.letterbox import letterbox, letterbox_rect
from livebrush.realtime.live.screen.display import check_display, qt_platforms

_LEFT_BUTTON = cv2.EVENT_FLAG_LBUTTON
_POLLS_TO_APPEAR = 30  # each waits about a millisecond


class Window:
    """A window that shows pictures on black, whatever shape it is dragged to.

    title: in its title bar, and its name for OpenCV: one window of a title at a time
    size:  (height, width) of the picture area at the start, in pixels; the person may change it

    dragged_to: where the left button holds the picture, 0..1 of its width and of its height; None while it is not
                held. A click shorter than the time between two polls is seen as well
    raises: LivebrushError where no window can be opened
    """

    def __init__(self, title: str, size: tuple[int, int]) -> None:
        check_display()
        _keep_qt_quiet()
        self.dragged_to: tuple[float, float] | None = None
        self._title = title
        self._full_screen = self._closed = self._released = False
        self._inside = 0, 0, *size  # where the picture lies in what OpenCV shows: top, left, height and width
        # OpenCV's own way to keep the shape shows grey bars, and hides the size of the window
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(title, size[1], size[0])
        cv2.setMouseCallback(title, self._on_mouse)
        # Black at once, not what the system leaves there until the first frame: that may take seconds
        self.show(np.zeros((*size, 3), np.uint8))
        for _ in range(_POLLS_TO_APPEAR):
            cv2.pollKey()

    def show(self, picture: np.ndarray) -> None:
        """Put a picture into the window: scaled to it, centred on black; nothing once it is closed.

        picture: (H, W, 3) uint8 RGB
        """
        if self.closed:
            return
        height, width = picture.shape[:2]
        area = self._area()
        self._inside = 0, 0, height, width
        if area and not _same_shape((height, width), area):
            self._inside = letterbox_rect(height, width, *area)
            picture = letterbox(picture, *area)
        cv2.imshow(self._title, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    def poll(self) -> int | None:
        """Let the window live, and return the code of a key that was pressed (see keys.command_for), or None."""
        if self._released:
            self.dragged_to, self._released = None, False
        key = cv2.pollKey()
        return None if key == -1 or self.closed else key

    @property
    def closed(self) -> bool:
        """Closed by the person or by `close`; it does not open again."""
        if not self._closed:
            try:
                self._closed = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
            except cv2.error:  # OpenCV 5 forgets the last window once it is closed
                self._closed = True
        return self._closed

    def full_screen(self, on: bool) -> None:
        """Fill the screen, or go back to the size before; nothing where that is so already."""
        if on == self._full_screen or self.closed:
            return
        self._full_screen = on
        mode = cv2.WINDOW_FULLSCREEN if on else cv2.WINDOW_NORMAL
        cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, mode)

    @property
    def screen_size(self) -> tuple[int, int] | None:
        """(height, width) of the screen in pixels while it fills one, else None.

        The system takes a moment to enlarge a window: until then it is the size that it has.
        """
        return self._area() if self._full_screen and not self.closed else None

    def close(self) -> None:
        """May be called twice, and after the person closed it."""
        if not self.closed:
            cv2.destroyWindow(self._title)
            for _ in range(3):  # it goes when its last events are dealt with
                cv2.pollKey()
        self._closed, self.dragged_to = True, None

    def _area(self) -> tuple[int, int] | None:
        """(height, width) of the part that shows the picture; None where OpenCV does not tell."""
        _, _, width, height = cv2.getWindowImageRect(self._title)
        return (height, width) if height > 0 and width > 0 else None

    def _on_mouse(self, event: int, x: int, y: int, flags: int, _param: object) -> None:
        """OpenCV gives the place in pixels of the picture that it was handed, however large it shows it."""
        if event == cv2.EVENT_LBUTTONUP:
            self._released = True
        elif event == cv2.EVENT_LBUTTONDOWN or (event == cv2.EVENT_MOUSEMOVE and flags & _LEFT_BUTTON):
            self._released = False
            top, left, height, width = self._inside
            across, down = (x + 0.5 - left) / width, (y + 0.5 - top) / height
            self.dragged_to = min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0)


def _same_shape(picture: tuple[int, int], area: tuple[int, int]) -> bool:
    """Whether the picture fills the area without bars, give or take a pixel."""
    _, _, height, width = letterbox_rect(*picture, *area)
    return area[0] - height <= 1 and area[1] - width <= 1


def _keep_qt_quiet() -> None:
    """Under Wayland, Qt would say on stderr what it looked for and did not find before it takes X11."""
    if sys.platform.startswith("linux") and "xcb" in qt_platforms():
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
