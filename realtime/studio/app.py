"""The studio as an application: the page, the live room, and the gate in front of both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from livebrush.models.errors import LivebrushError
from livebrush.realtime.studio.access import Access
from livebrush.realtime.studio.gate import OPEN, Gate
from livebrush.realtime.studio.live.routes import LiveRoom
from livebrush.realtime.studio.live.shared_camera import SharedCamera
from livebrush.realtime.studio.shared_deck import SharedDeck
from livebrush.realtime.studio.sign_in import sign_in_router
from livebrush.realtime.studio.work.routes import work_router
from livebrush.realtime.studio.work.work import Work

PAGE = Path(__file__).parent / "page"


def studio_app(
    access: Access,
    shared: SharedDeck,
    work: Work | None = None,
    most_visitors: int = 16,
    camera: SharedCamera | None = None,
) -> ASGIApp:
    """An ASGI application. It loads the deck and starts the work when it starts, and ends both when it ends.

    access: who may come in
    work:   uploads, jobs and the gallery; None: the live page alone
    most_visitors: who paint live at a time
    camera: of this machine, which visitors may have painted, too
    """
    room = LiveRoom(shared, most_visitors, camera)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        shared.start()
        if work:
            await run_in_threadpool(work.start)
        yield
        await room.close()
        shared.close()
        if work:
            await run_in_threadpool(work.close)

    app = FastAPI(
        title="livebrush studio", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )  # fmt: skip
    app.include_router(room.router())
    app.include_router(sign_in_router(access, PAGE))
    if work:
        app.include_router(work_router(work))
    else:

        @app.get("/api/limits")
        async def nothing_is_kept() -> None:
            """What the page asks to find out whether there are other pages."""

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(PAGE / "index.html")

    @app.exception_handler(LivebrushError)
    async def refuse(_: Request, error: Exception) -> Response:
        return JSONResponse({"ok": False, "error": str(error)}, 422)

    app.mount(OPEN, _PageFiles(directory=PAGE), "page")
    return Gate(app, access)


class _PageFiles(StaticFiles):
    """Files of the page; browsers ask whether they have changed, and are told no in a few bytes."""

    def file_response(
        self, full_path: object, stat_result: object, scope: Scope, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)  # type: ignore[arg-type]
        answer.headers["Cache-Control"] = "no-cache"
        return answer
