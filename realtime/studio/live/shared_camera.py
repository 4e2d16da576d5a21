"""The camera of the machine that paints, for all visitors: one capture, which runs while somebody wants its frames."""

import asyncio
import time
from contextlib import suppress

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.capture import Capture
from livebrush.realtime.live.frame import Frame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.sources.source import LiveSource

IDLE_S = 5.0
"""after the last wish for a frame the camera goes off"""
_PATIENCE_S = 3.0  # with a camera that is on
_OVER = ("ended", "failed")


class SharedCamera:
    """Used in one event loop.

    source: not open; it was once, so that the system has been asked for permission
    """

    def __init__(self, source: LiveSource) -> None:
        self._source = source
        self._capture: Capture | None = None
        self._board: _Board | None = None
        self._opening = asyncio.Lock()
        self._waiting, self._wanted_s = 0, 0.0
        self._idle: asyncio.Task[None] | None = None

    def about(self) -> dict[str, object]:
        """What a page is told of it."""
        return {"name": self._source.name, "faces_viewer": self._source.faces_viewer}

    async def frame(self, after_s: float) -> Frame:
        """The newest frame that was captured after this time, on the monotonic clock; turns the camera on.

        raises: LivebrushError where it cannot be opened, or delivers nothing
        """
        self._waiting += 1
        try:
            return await self._next(after_s)
        finally:
            self._waiting -= 1
            self._wanted_s = time.monotonic()

    async def close(self) -> None:
        """The camera goes off; may be called twice."""
        if self._idle:
            self._idle.cancel()
            with suppress(asyncio.CancelledError):
                await self._idle
        async with self._opening:
            await self._turn_off()

    async def _next(self, after_s: float) -> Frame:
        # Who goes while the camera opens leaves nothing half open
        capture, board = await asyncio.shield(asyncio.create_task(self._running()))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await board.frame(after_s)
        except TimeoutError:
            told = capture.trouble or f"{self._source.name} delivers no picture"
            raise LivebrushError(told, code="unavailable") from None

    async def _running(self) -> tuple[Capture, "_Board"]:
        async with self._opening:
            if self._capture is None or self._capture.state in _OVER:
                await self._turn_on()
            assert self._capture and self._board
            return self._capture, self._board

    async def _turn_on(self) -> None:
        await self._turn_off()
        board = _Board(asyncio.get_running_loop())
        capture = Capture(self._source, board)
        await asyncio.to_thread(capture.open)
        capture.start()
        self._capture, self._board = capture, board
        if self._idle is None or self._idle.done():
            self._idle = asyncio.create_task(self._turn_off_when_idle())

    async def _turn_off(self) -> None:
        if self._capture:
            capture, self._capture = self._capture, None
            await asyncio.to_thread(capture.close)

    async def _turn_off_when_idle(self) -> None:
        while self._capture:
            left_s = self._wanted_s + IDLE_S - time.monotonic()
            await asyncio.sleep(IDLE_S if self._waiting else max(0.0, left_s))
            async with self._opening:
                if not self._waiting and time.monotonic() - self._wanted_s >= IDLE_S:
                    await self._turn_off()


class _Board(Mailbox[Frame]):
    """Shows the newest frame to everybody who waits in the loop; it is put up by the thread of the capture."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._shown: Frame | None = None
        self._came = asyncio.Event()

    def put(self, item: Frame) -> None:
        self._loop.call_soon_threadsafe(self._show, item)

    async def frame(self, after_s: float) -> Frame:
        while self._shown is None or self._shown.captured_s <= after_s:
            await self._came.wait()
        return self._shown

    def _show(self, frame: Frame) -> None:
        self._shown = frame
        came, self._came = self._came, asyncio.Event()
        came.set()
