"""What travels through the WebSocket besides text: pictures with a few bytes before them.

From the page: kind (0 a frame, 1 a wish for one of the server's own camera) and the frame's number. Then comes a JPEG;
in a wish, two bytes: the lines that the frame has at most, or 0 for the last one once more. To the page: kind, the same
number (of a thumbnail the style's place in the deck, from 0) and the milliseconds that the server took, of its own
camera since the capture; then a JPEG, or a PNG for a snapshot.
"""

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from livebrush.models.errors import LivebrushError

FRAME, WISH = 0, 1
PAINTING, SNAPSHOT, THUMBNAIL = 0, 1, 2
MOST_BYTES = 2 * 1024 * 1024
"""of a message"""
MOST_PIXELS, MOST_SIDE, LEAST_SIDE = 1920 * 1088, 4096, 16
_FROM_PAGE, _TO_PAGE = struct.Struct(">BxxxI"), struct.Struct(">BxxxIf")
_LINES = struct.Struct(">H")
_MOST_SCANS = 4
"""a JPEG may ask for thousands, each as long as a whole picture; browsers write one"""
_QUALITY = 88


@dataclass(frozen=True)
class Received:
    """A frame as it came. number: by which the page knows it; jpeg: checked, not decoded"""

    number: int
    jpeg: bytes


@dataclass(frozen=True)
class Wish:
    """A frame of the server's own camera is to be painted.

    number: under which its painting is sent
    lines:  that it has at most; 0: the last frame is painted once more
    """

    number: int
    lines: int


def received(message: bytes) -> Received | Wish:
    """raises: LivebrushError for what is no frame and no wish, or a picture too large to decode"""
    if len(message) <= _FROM_PAGE.size:
        raise LivebrushError(f"a frame has more than {len(message)} bytes", code="invalid")
    kind, number = _FROM_PAGE.unpack_from(message)
    if kind == WISH and len(message) == _FROM_PAGE.size + _LINES.size:
        return Wish(number, *_LINES.unpack_from(message, _FROM_PAGE.size))
    if kind != FRAME:
        raise LivebrushError(f"a frame's first byte is {FRAME}, got {kind}", code="invalid")
    jpeg = message[_FROM_PAGE.size :]
    check_jpeg(jpeg)
    return Received(number, jpeg)


def check_jpeg(data: bytes) -> None:
    """Look at the header of a JPEG, before anything is decoded.

    raises: LivebrushError for what is none, is too large or too small, or would take too long
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(BytesIO(data), formats=("JPEG",)) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise LivebrushError("a frame must be a JPEG", code="unreadable") from error
    if (
        width * height > MOST_PIXELS
        or not LEAST_SIDE <= min(width, height) <= max(width, height) <= MOST_SIDE
    ):
        raise LivebrushError(
            f"a frame is {width}x{height}: it must have sides of {LEAST_SIDE} to {MOST_SIDE} and at most {MOST_PIXELS} "
            "pixels",
            code="invalid",
        )
    if data.count(b"\xff\xda") > _MOST_SCANS:
        raise LivebrushError("a frame must be a baseline JPEG", code="invalid")


def decoded(jpeg: bytes) -> np.ndarray:
    """(H, W, 3) uint8, RGB, of a JPEG that was checked.

    raises: LivebrushError for a damaged one
    """
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise LivebrushError("a frame is damaged", code="unreadable")
    return pixels


def as_jpeg(pixels: np.ndarray, quality: int = _QUALITY) -> bytes:
    """pixels: (H, W, 3) uint8, RGB"""
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, quality)
    )
    return data.tobytes()


def as_png(pixels: np.ndarray) -> bytes:
    """pixels: (H, W, 3) uint8, RGB"""
    return cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()


def to_page(kind: int, number: int, took_s: float, picture: bytes) -> bytes:
    """A message for the page."""
    return _TO_PAGE.pack(kind, number, 1e3 * took_s) + picture
