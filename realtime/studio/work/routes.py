"""The API of the studio's work, below /api. docs/studio_api.md tells it to those who call it."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from livebrush.models.writing import DISK_FULL
from livebrush.realtime.studio.work.blobs import FULL
from livebrush.realtime.studio.work.incoming import boundary_of, drain, receive
from livebrush.realtime.studio.work.jobs import UNFINISHED
from livebrush.realtime.studio.work.orders import Order, Publication
from livebrush.realtime.studio.work.owners import HEADER, owner_of
from livebrush.realtime.studio.work.refused import Refused, not_there
from livebrush.realtime.studio.work.sent_file import sent_file, sent_picture
from livebrush.realtime.studio.work.work import Work
from livebrush.realtime.studio.work.zipped import zipped

POLL_S, PING_S = 0.25, 15.0
ORDER_BYTES = 100_000
"""of a body in JSON, which is held in memory"""
_Json = dict[str, Any]
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _Route(APIRoute):
    """Answers every refusal with one sentence: {"error": …}."""

    def get_route_handler(self) -> _Handler:
        handle, streams = super().get_route_handler(), self.path.endswith("/files")

        async def answer(request: Request) -> Response:
            try:
                return await handle(request if streams else _bounded(request))
            except Refused as error:
                return _error(error.status, str(error))
            except RequestValidationError as error:
                return _error(422, _sentence(error))
            except HTTPException as error:
                if isinstance(error.__cause__, Refused):  # while the body was read
                    return _error(error.__cause__.status, str(error.__cause__))
                raise
            except sqlite3.OperationalError as error:
                if "full" in str(error):
                    return _error(507, FULL)
                raise
            except OSError as error:
                if error.errno in DISK_FULL:
                    return _error(507, FULL)
                raise

        return answer


def _bounded(request: Request) -> Request:
    """The same, of whose body no more than ORDER_BYTES are read."""
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > ORDER_BYTES:
            raise Refused(413, f"The order has more than {ORDER_BYTES} bytes.")
        return message

    return Request(request.scope, receive)


def _told_bytes(request: Request) -> int | None:
    """The size of the body, as the request announces it."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _error(status: int, sentence: str, **more: Any) -> JSONResponse:
    return JSONResponse({"error": sentence, **more}, status)


def _sentence(error: RequestValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(
        str(part) for part in first["loc"] if part not in ("body", "query", "paint", "still", "train")
    )
    return f"{where or 'The order'}: {first['msg'][:1].lower()}{first['msg'][1:]}."


def _owner(header: Annotated[str | None, Header(alias=HEADER)] = None) -> str:
    return owner_of(header)


def _maybe_owner(header: Annotated[str | None, Header(alias=HEADER)] = None) -> str | None:
    return owner_of(header) if header else None


Owner = Annotated[str, Depends(_owner)]
MaybeOwner = Annotated[str | None, Depends(_maybe_owner)]
Key = Annotated[str | None, Query(max_length=100)]


def work_router(work: Work) -> APIRouter:
    """The routes below /api. `work` is started and closed by whoever serves them."""
    router = APIRouter(prefix="/api", route_class=_Route)
    _add_files(router, work)
    _add_jobs(router, work)
    _add_results(router, work)
    _add_gallery(router, work)
    return router


def _add_files(router: APIRouter, work: Work) -> None:
    @router.get("/limits")
    def limits() -> dict[str, Any]:
        bounds = work.settings.limits
        return {
            **{name: getattr(bounds, name) for name in ("file_bytes", "files", "styles", "seconds")},
            "picture_pixels": bounds.picture_pixels,
            "video_pixels": bounds.video_pixels,
            "trains": work.settings.trains,
            "mails": work.settings.smtp is not None,
            "uploads_s": work.settings.keep.uploads_s,
            "results_s": work.settings.keep.results_s,
        }

    @router.post("/files")
    async def upload(request: Request, owner: Owner) -> Response:
        body = request.stream()
        try:
            taken, refused = await _received(request, body, work, owner)
        except (Refused, OSError):
            await drain(body)
            raise
        except ClientDisconnect as error:
            raise Refused(400, "The upload was cut short: send it again.") from error
        if not taken:
            return _error(refused[0]["status"], refused[0]["error"], refused=refused)
        return JSONResponse({"files": taken, "refused": refused}, 201)

    @router.get("/files")
    def files(owner: Owner) -> dict[str, Any]:
        return {"files": work.uploads.all_of(owner)}

    @router.delete("/files/{file}", status_code=204)
    def remove_file(file: str, owner: Owner) -> None:
        work.uploads.remove(file, owner)


async def _received(
    request: Request, body: AsyncIterator[bytes], work: Work, owner: str
) -> tuple[list[_Json], list[_Json]]:
    """What was taken of the files of a request, and what was refused."""
    size = _told_bytes(request)
    incoming = work.uploads.incoming(boundary_of(request.headers.get("content-type")), size)
    taken: list[_Json] = []
    refused: list[_Json] = []
    try:
        await receive(body, incoming, size)
        for arrived in incoming.files:
            try:
                taken.append(await run_in_threadpool(work.uploads.take, arrived, owner))
            except Refused as error:
                told = f"{arrived.name}: {str(error)[:1].lower()}{str(error)[1:]}"
                refused.append({"name": arrived.name, "error": told, "status": error.status})
    finally:
        await run_in_threadpool(incoming.discard)
    return taken, refused


def _add_jobs(router: APIRouter, work: Work) -> None:
    @router.post("/jobs", status_code=201)
    def order(order: Annotated[Order, Body()], owner: Owner) -> dict[str, Any]:
        return work.ordering.order(order, owner)

    @router.get("/jobs")
    def jobs(owner: Owner) -> dict[str, Any]:
        return {"jobs": work.ordering.jobs_of(owner)}

    @router.get("/jobs/{job}")
    def job(job: str, owner: MaybeOwner, key: Key = None) -> dict[str, Any]:
        return work.ordering.job(job, owner, key)

    @router.get("/jobs/{job}/events")
    async def events(job: str, owner: MaybeOwner, key: Key = None) -> Response:
        first = await run_in_threadpool(work.ordering.job, job, owner, key)
        return StreamingResponse(
            _events(work, first, owner, key),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @router.get("/jobs/{job}/preview")
    def preview(job: str, owner: MaybeOwner, key: Key = None) -> Response:
        path = work.ordering.preview(job, owner, key)
        return sent_picture(path)

    @router.get("/jobs/{job}/zip")
    def all_in_one(job: str, owner: MaybeOwner, key: Key = None) -> Response:
        files = work.ordering.results(job, owner, key)
        if not files:
            raise not_there("result")
        return StreamingResponse(
            zipped(files),
            media_type="application/zip",
            headers={"Content-Disposition": 'attachment; filename="paintings.zip"'},
        )

    @router.delete("/jobs/{job}")
    def end(job: str, owner: Owner) -> Response:
        told = work.ordering.end(job, owner)
        return Response(status_code=204) if told is None else JSONResponse(told)


async def _events(work: Work, told: dict[str, Any], owner: str | None, key: str | None) -> AsyncIterator[str]:
    """The job at once, whenever it has changed, and at its end."""
    loop = asyncio.get_running_loop()
    spoken_s = loop.time()
    yield _event(told)
    while told["state"] in UNFINISHED and not work.closing.is_set():
        await asyncio.sleep(POLL_S)
        try:
            now = await run_in_threadpool(work.ordering.job, told["id"], owner, key)
        except Refused:
            return  # removed meanwhile
        if now != told:
            told, spoken_s = now, loop.time()
            yield _event(told)
        elif loop.time() - spoken_s > PING_S:
            spoken_s = loop.time()
            yield ": still there\n\n"


def _event(told: dict[str, Any]) -> str:
    return f"data: {json.dumps(told)}\n\n"


def _add_results(router: APIRouter, work: Work) -> None:
    @router.get("/results/{result}/{name}")
    def result(
        result: str, name: str, owner: MaybeOwner, key: Key = None, download: bool = False
    ) -> Response:
        row, path = work.ordering.result(result, owner, key)
        return sent_file(path, row["name"], download=download)

    @router.get("/results/{result}/renditions/{role}")
    def rendition(result: str, role: str, owner: MaybeOwner, key: Key = None) -> Response:
        name, path = work.ordering.rendition(result, role, owner, key)
        return sent_file(path, name, changes=False)


def _add_gallery(router: APIRouter, work: Work) -> None:
    @router.post("/gallery", status_code=201)
    def publish(publication: Publication, owner: Owner) -> dict[str, Any]:
        return work.gallery.publish(
            publication.result, publication.title, owner, original=publication.original
        )

    @router.get("/gallery")
    def gallery(owner: MaybeOwner, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> dict[str, Any]:
        return work.gallery.page(page, owner)

    @router.get("/gallery/{publication}/{name}")
    def published(publication: str, name: str, download: bool = False) -> Response:
        row, path = work.gallery.file(publication)
        return sent_file(path, row["name"], download=download)

    @router.get("/gallery/{publication}/renditions/{role}")
    def published_rendition(publication: str, role: str) -> Response:
        name, path = work.gallery.rendition(publication, role)
        return sent_file(path, name, changes=False)

    @router.delete("/gallery/{publication}", status_code=204)
    def remove(publication: str, owner: Owner) -> None:
        work.gallery.remove(publication, owner)
