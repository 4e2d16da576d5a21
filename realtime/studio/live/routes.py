"""What the live page asks the server for: the WebSocket, the table of commands, and styles of one's own."""

import asyncio
import re
import time
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, WebSocket
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from livebrush.models.errors import LivebrushError
from livebrush.realtime.studio.gate import refused
from livebrush.realtime.studio.live.own_style import MOST_PICTURE_BYTES, StyleMaker
from livebrush.realtime.studio.live.page_commands import page_commands
from livebrush.realtime.studio.live.shared_camera import SharedCamera
from livebrush.realtime.studio.live.socket import TRY_LATER, LiveSocket
from livebrush.realtime.studio.live.visitor import Visitor
from livebrush.realtime.studio.live.workers import Workers, rate_for
from livebrush.realtime.studio.rate_limit import RateLimit
from livebrush.realtime.studio.shared_deck import SharedDeck

_BUSY_S = 2.0  # who sent a frame within this is at work
_LOADING_EVERY_S = 0.1


class LiveRoom:
    """All visitors of the live page.

    shared: the deck, which may be loading still
    most:   visitors at a time
    camera: of this machine, for all of them
    """

    def __init__(self, shared: SharedDeck, most: int = 16, camera: SharedCamera | None = None) -> None:
        self.shared, self._most, self._camera = shared, most, camera
        self._workers, self._maker = Workers(), StyleMaker()
        self._sockets: dict[str, tuple[LiveSocket, Visitor]] = {}
        self._waiting = 0

    async def close(self) -> None:
        if self._camera:
            await self._camera.close()
        self._workers.close()
        self._maker.close()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/api")
        pictures = RateLimit(1 / 3, 12)

        @router.get("/commands")
        async def commands() -> list[dict[str, Any]]:
            """The commands that the page may give, with their keys."""
            return page_commands()

        @router.websocket("/live")
        async def live(socket: WebSocket) -> None:
            await self._welcome(socket)

        @router.post("/live/{key}/styles", status_code=201)
        async def add_style(key: str, request: Request, name: str = "picture") -> Response:
            """A picture (JPEG, PNG or WebP, as the body) becomes a style of this visitor's deck."""
            if key not in self._sockets:
                return refused(404, "there is no such visitor")
            if not pictures.allows(key):
                return refused(429, "too many pictures at once: wait a little", wait_s=pictures.wait_s(key))
            body = await _body(request, MOST_PICTURE_BYTES)
            if body is None:
                return refused(413, f"a picture may have {MOST_PICTURE_BYTES // 2**20} MB")
            try:
                return await self._add(key, _fit_name(name), body)
            except LivebrushError as error:
                return refused(422, str(error))

        return router

    async def _welcome(self, socket: WebSocket) -> None:
        await socket.accept()
        if len(self._sockets) + self._waiting >= self._most:
            await socket.close(TRY_LATER, f"{self._most} visitors are painting already: try again later")
            return
        self._waiting += 1
        try:
            await self._wait_for_deck(socket)
        except WebSocketDisconnect:
            return
        finally:
            self._waiting -= 1
        if self.shared.deck is None:
            await socket.close(1011, self.shared.problem[:120])
            return
        visitor = Visitor(self.shared.deck)
        live = LiveSocket(socket, visitor, self._workers, self.shared, self._rate_hz, self._camera)
        self._sockets[visitor.key] = live, visitor
        try:
            with suppress(WebSocketDisconnect):
                await live.run()
        finally:
            del self._sockets[visitor.key]

    async def _wait_for_deck(self, socket: WebSocket) -> None:
        told = None
        while self.shared.deck is None and not self.shared.problem:
            if self.shared.progress != told:
                told = done, of = self.shared.progress
                await socket.send_json({"event": "loading", "done": done, "of": of})
            await asyncio.sleep(_LOADING_EVERY_S)

    async def _add(self, key: str, name: str, picture: bytes) -> Response:
        model = await self._maker.style_of(picture, name)
        if key not in self._sockets:  # gone meanwhile
            return refused(404, "there is no such visitor")
        live, visitor = self._sockets[key]
        name = await self._workers.picture(visitor.add, model)
        with suppress(WebSocketDisconnect):
            await live.deck_changed()
        return JSONResponse({"ok": True, "style": name}, 201)

    def _rate_hz(self) -> float:
        since = time.monotonic() - _BUSY_S
        return rate_for(sum(live.painted_s >= since for live, _ in self._sockets.values()))


async def _body(request: Request, most: int) -> bytes | None:
    """None where there is more of it."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return bytes(body)


def _fit_name(name: str) -> str:
    """A name that can be a file's, on every system."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())[:40].strip("_") or "picture"
