"""A studio's API as a program, to be killed: python -m tests.realtime.studio.work.serve FOLDER [JOBS_AT_ONCE]

Prints the port that it listens on.
"""

import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from livebrush.realtime.studio.work.routes import work_router
from livebrush.realtime.studio.work.settings import Settings
from livebrush.realtime.studio.work.work import Work


def app_of(work: Work, *, start: bool = True) -> FastAPI:
    @contextlib.asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        if start:
            work.start()
        yield
        work.close()

    app = FastAPI(lifespan=alive)
    app.include_router(work_router(work))
    return app


def server_of(app: FastAPI) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1))


def main() -> None:
    folder, at_once = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    server = server_of(app_of(Work(Settings(folder, jobs_at_once=at_once, device="cpu"))))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        server.run(sockets=[listening])


if __name__ == "__main__":
    main()
