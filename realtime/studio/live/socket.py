"""The WebSocket of the live page: frames in, paintings out, commands and their answers between."""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import anyio.abc
import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.finish import resized
from livebrush.realtime.studio.live import messages
from livebrush.realtime.studio.live.messages import (
    PAINTING,
    SNAPSHOT,
    THUMBNAIL,
    Received,
    Wish,
    as_jpeg,
    decoded,
    to_page,
)
from livebrush.realtime.studio.live.shared_camera import SharedCamera
from livebrush.realtime.studio.live.visitor import Visitor
from livebrush.realtime.studio.live.workers import Workers
from livebrush.realtime.studio.rate_limit import RateLimit
from livebrush.realtime.studio.shared_deck import SharedDeck

LONGEST_COMMAND = 4096  # characters
_COMMANDS_HZ, _COMMANDS_AT_ONCE = 60.0, 120
_FRAMES_HZ, _FRAMES_AT_ONCE = 120.0, 240
_BAD_MESSAGES = 20
"""after which the connection is closed: that is no page of ours"""
_STATE_EVERY_S = 0.5
_SILENT_S = 600.0
"""without a message, somebody else may have the place"""
TRY_LATER = 1013  # close code, RFC 6455's registry
POLICY = 1008


class LiveSocket:
    """One visitor's connection, from the greeting to the end.

    rate_hz:   asked before each frame, see `Visitor.paint`
    camera:    of this machine, None where visitors have their own only
    painted_s: when a frame was last taken to be painted, on the monotonic clock
    """

    def __init__(
        self,
        socket: WebSocket,
        visitor: Visitor,
        workers: Workers,
        shared: SharedDeck,
        rate_hz: Callable[[], float],
        camera: SharedCamera | None = None,
    ) -> None:
        self._camera = camera
        self._socket, self._visitor, self._workers = socket, visitor, workers
        self._shared, self._rate_hz = shared, rate_hz
        self._newest: tuple[Received | Wish, float] | None = None
        self._came, self._heard_s = asyncio.Event(), time.monotonic()
        self._sending = asyncio.Lock()
        self._group: anyio.abc.TaskGroup
        self._thumbnails = anyio.CancelScope()
        self._limit = RateLimit(_COMMANDS_HZ, _COMMANDS_AT_ONCE)
        self._frame_limit = RateLimit(_FRAMES_HZ, _FRAMES_AT_ONCE)
        self._bad = 0
        self._seen_s = -math.inf
        self.painted_s = 0.0

    async def run(self) -> None:
        """Until the visitor goes, or is sent away."""
        await self._greet()
        async with anyio.create_task_group() as self._group:
            for work in (self._receive, self._paint, self._tell):
                self._group.start_soon(self._until_gone, work)

    async def _until_gone(self, work: Callable[[], Awaitable[None]]) -> None:
        """Where one of them ends, all end."""
        try:
            await work()
        except WebSocketDisconnect:
            pass
        finally:
            self._group.cancel_scope.cancel()

    async def deck_changed(self) -> None:
        """Tell the page of the styles that there are now."""
        await self._say({"event": "deck", **self._deck(), **self._state()})

    async def _close(self, code: int, reason: str) -> None:
        async with self._sending:
            self._check_open()
            await self._socket.close(code, reason)

    async def _greet(self) -> None:
        await self._say(
            {
                "event": "hello", "key": self._visitor.key, "most_pixels": messages.MOST_PIXELS,
                "camera": self._camera.about() if self._camera else None, **self._deck(), **self._state(),
            }
        )  # fmt: skip

    async def _receive(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._heard_s = time.monotonic()
            if (data := message.get("bytes")) is not None:
                await self._take_frame(data)
            elif (text := message.get("text")) is not None:
                await self._obey(text)
            if self._bad > _BAD_MESSAGES:
                await self._close(POLICY, "too many messages that are not understood")
                return

    async def _take_frame(self, data: bytes) -> None:
        if not self._frame_limit.allows(""):
            self._bad += 1
            return
        try:
            self._newest = messages.received(data), time.monotonic()
        except LivebrushError as error:
            self._bad += 1
            await self._say({"ok": False, "error": str(error)})
        else:
            self._came.set()

    async def _paint(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            if self._newest is None:
                continue
            (frame, came_s), self._newest = self._newest, None
            try:
                if isinstance(frame, Wish):
                    pixels, came_s = await self._of_camera(frame)
                else:
                    pixels = await self._workers.picture(decoded, frame.jpeg)
            except LivebrushError as error:
                self._bad += isinstance(frame, Received)
                await self._say({"ok": False, "error": str(error), "number": frame.number})
                continue
            self.painted_s = time.monotonic()
            painted = await self._workers.net(
                self._visitor.paint, pixels, frame.number, came_s, self._rate_hz()
            )
            jpeg = await self._workers.picture(as_jpeg, painted.painted)
            await self._send(to_page(PAINTING, frame.number, time.monotonic() - came_s, jpeg))
            await self._send_snapshot()

    async def _of_camera(self, wish: Wish) -> tuple[np.ndarray, float]:
        """A frame of this machine's camera, and when it was captured.

        raises: LivebrushError where there is none
        """
        last = self._visitor.last
        if wish.lines == 0 and last:
            return last.frame.pixels, time.monotonic()
        if self._camera is None:
            raise LivebrushError("this studio shares no camera of its own", code="unavailable")
        frame = await self._camera.frame(self._seen_s)
        self._seen_s = frame.captured_s
        scale = min(1.0, max(wish.lines, messages.LEAST_SIDE) / min(frame.pixels.shape[:2]))
        return await self._workers.picture(resized, frame.pixels, scale), frame.captured_s

    async def _tell(self) -> None:
        """The state, while something is painted, and once afterwards."""
        told: dict[str, Any] = {}
        while time.monotonic() - self._heard_s < _SILENT_S:
            await asyncio.sleep(_STATE_EVERY_S)
            if self._shared.deck and self._visitor.deck.take_in(self._shared.deck):
                await self.deck_changed()
            state = self._state()
            if state != told:
                await self._say({"event": "state", **state})
                told = state
        await self._close(TRY_LATER, "nothing came for ten minutes")

    async def _obey(self, text: str) -> None:
        request = _request(text)
        if request is None:
            self._bad += 1
            await self._say(
                {"ok": False, "error": 'expected an object such as {"command": "strength", "value": 0.5}'}
            )
            return
        if not self._limit.allows(""):
            await self._say({"ok": False, "error": "too many commands at once"})
            return
        if request["command"] == "thumbnails":
            self._begin_thumbnails()
            return
        answer: dict[str, Any] = {"event": "answer", "ok": True, "command": request["command"]}
        try:
            await self._workers.picture(self._visitor.obey, request)  # persons only loads a net
        except LivebrushError as error:
            answer |= {"ok": False, "error": str(error)}
        await self._say(answer | self._state())
        if not self._came.is_set():
            await self._send_snapshot()

    async def _send_snapshot(self) -> None:
        actions = self._visitor.actions
        if not actions.wants_snapshot:
            return
        actions.wants_snapshot = False
        started = time.monotonic()
        try:
            picture = await self._workers.net(self._visitor.snapshot)
        except LivebrushError as error:
            await self._say({"ok": False, "error": str(error)})
        else:
            await self._send(to_page(SNAPSHOT, 0, time.monotonic() - started, picture))

    def _begin_thumbnails(self) -> None:
        """Those that are asked for while others are made replace them."""
        self._thumbnails.cancel()
        self._thumbnails = anyio.CancelScope()
        self._group.start_soon(self._make_thumbnails, self._thumbnails)

    async def _make_thumbnails(self, until: anyio.CancelScope) -> None:
        """One style at a time, so that frames go on between them."""
        with until, suppress(WebSocketDisconnect):
            for place, name in enumerate(self._visitor.deck.names):
                started = time.monotonic()
                jpeg = await self._workers.net(self._visitor.thumbnail, name)
                if jpeg:
                    await self._send(to_page(THUMBNAIL, place, time.monotonic() - started, jpeg))

    async def _send(self, data: bytes) -> None:
        """raises: WebSocketDisconnect where the visitor has gone"""
        async with self._sending:
            self._check_open()
            await self._socket.send_bytes(data)

    async def _say(self, message: dict[str, Any]) -> None:
        """raises: WebSocketDisconnect where the visitor has gone"""
        async with self._sending:
            self._check_open()
            await self._socket.send_text(json.dumps(message))

    def _check_open(self) -> None:
        socket, connected = self._socket, WebSocketState.CONNECTED
        if socket.client_state is not connected or socket.application_state is not connected:
            raise WebSocketDisconnect(1006)

    def _deck(self) -> dict[str, Any]:
        """loading: whether more styles will come by themselves"""
        return {"styles": self._visitor.styles(), "loading": self._shared.is_loading}

    def _state(self) -> dict[str, Any]:
        return {"state": self._visitor.state().as_json()}


def _request(text: str) -> dict[str, Any] | None:
    if len(text) > LONGEST_COMMAND:
        return None
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(request, dict) or not isinstance(request.get("command"), str):
        return None
    return request
