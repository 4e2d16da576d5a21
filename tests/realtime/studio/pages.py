"""What a page of the studio sends and gets, written by hand: the tests do not take it from what they test."""

import json
import struct
from typing import Any

import cv2
import numpy as np

HOST = "127.0.0.1:8420"
ORIGIN = f"http://{HOST}"
LIVE = f"ws://{HOST}/api/live"


def jpeg(height: int = 48, width: int = 64, grey: int = 60, **flags: Any) -> bytes:
    parameters = [number for pair in flags.get("flags", ()) for number in pair]
    return cv2.imencode(".jpg", np.full((height, width, 3), grey, np.uint8), parameters)[1].tobytes()


def frame(number: int, picture: bytes | None = None, kind: int = 0) -> bytes:
    return struct.pack(">BxxxI", kind, number) + (jpeg() if picture is None else picture)


def wish(number: int, lines: int = 480) -> bytes:
    """For a frame of the server's own camera."""
    return struct.pack(">BxxxIH", 1, number, lines)


def answer(message: bytes) -> tuple[int, int, float, np.ndarray]:
    """Kind, number, milliseconds and picture."""
    kind, number, took_ms = struct.unpack_from(">BxxxIf", message)
    pixels = cv2.imdecode(np.frombuffer(message[12:], np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return kind, number, took_ms, pixels


def next_picture(socket: Any, kind: int = 0) -> tuple[int, np.ndarray]:
    """The next picture of a kind: number and pixels."""
    while True:
        message = socket.receive()
        if message["type"] == "websocket.close":
            raise AssertionError(f"closed: {message}")
        if message.get("bytes"):
            got, number, _, pixels = answer(message["bytes"])
            if got == kind:
                return number, pixels
        elif "event" not in (told := json.loads(message["text"])):
            raise AssertionError(f"refused: {told}")


def next_text(socket: Any, event: str | None = None) -> dict[str, Any]:
    """The next text of an event; None: the next refusal without one."""
    while True:
        message = socket.receive()
        if message["type"] == "websocket.close":
            raise AssertionError(f"closed: {message}")
        if message.get("text"):
            told = json.loads(message["text"])
            if told.get("event") == event:
                return told


def command(socket: Any, name: str, value: Any = None) -> dict[str, Any]:
    socket.send_text(json.dumps({"command": name, "value": value}))
    return next_text(socket, "answer")
