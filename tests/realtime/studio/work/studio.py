"""Studios for the tests: their server in a thread, or in a process that can be killed, and who asks them."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

    from livebrush.realtime.studio.work.settings import Settings
    from livebrush.realtime.studio.work.work import Work

OWNER, OTHER = "o" * 32, "p" * 32
PATIENCE_S = 120.0


class Client:
    """One who asks a studio. http: for what has no method here"""

    def __init__(self, http: "httpx2.Client") -> None:
        self.http = http

    def upload(self, *paths: Path) -> list[str]:
        """The ids of files that are taken."""
        files = [("file", (path.name, path.read_bytes())) for path in paths]
        answer = self.http.post("/api/files", files=files)
        assert answer.status_code == 201, answer.text
        return [file["id"] for file in answer.json()["files"]]

    def order(self, files: list[str], styles: list[str], kind: str = "paint", **more: Any) -> dict[str, Any]:
        answer = self.http.post("/api/jobs", json={"kind": kind, "files": files, "styles": styles, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def job(self, job: str) -> dict[str, Any]:
        return self.http.get(f"/api/jobs/{job}").raise_for_status().json()

    def jobs(self) -> list[dict[str, Any]]:
        return self.http.get("/api/jobs").raise_for_status().json()["jobs"]

    def until(self, job: str, *states: str) -> dict[str, Any]:
        """The job in one of the states; those that end it where none is named."""
        return wait_for(
            lambda: told if (told := self.job(job))["state"] in (states or _ENDS) else None,
            f"{job} is never {states or _ENDS}",
        )


_ENDS = ("done", "failed", "cancelled")


def wait_for(ask: Callable[[], Any], otherwise: str) -> Any:
    """The first answer that is true."""
    ends_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_s:
        if answer := ask():
            return answer
        time.sleep(0.05)
    raise AssertionError(otherwise)


def client_of(port: int, owner: str | None = OWNER) -> Client:
    import httpx2

    headers = {"X-Livebrush-Owner": owner} if owner else {}
    return Client(httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE_S))


class Studio:
    """A server in a thread. client: of the owner; other: of somebody else; anybody: of one without a secret"""

    def __init__(self, work: "Work", port: int) -> None:
        self.work, self.port = work, port
        self.client, self.other, self.anybody = client_of(port), client_of(port, OTHER), client_of(port, None)


@contextmanager
def opened(settings: "Settings", *, start: bool = True) -> Iterator[Studio]:
    """start: whether the studio has workers"""
    from livebrush.realtime.studio.work.work import Work
    from tests.realtime.studio.work.serve import app_of, server_of

    work = Work(settings)
    server = server_of(app_of(work, start=start))
    server.config.port = 0
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started, "the server does not start")
    studio = Studio(work, server.servers[0].sockets[0].getsockname()[1])
    try:
        yield studio
    finally:
        for client in (studio.client, studio.other, studio.anybody):
            client.http.close()
        server.should_exit = True
        thread.join()


class ServerProcess:
    """A server in a process of its own, on a folder that outlives it."""

    def __init__(self, folder: Path, at_once: int = 1) -> None:
        command = [sys.executable, "-m", "tests.realtime.studio.work.serve", str(folder), str(at_once)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.client = client_of(int(self.process.stdout.readline()))
        wait_for(self._answers, "the server does not answer")

    def _answers(self) -> bool:
        import httpx2

        try:
            return self.client.http.get("/api/limits").status_code == 200
        except httpx2.TransportError:
            return False

    def end(self, *, kill: bool) -> None:
        """kill: by -9"""
        self.client.http.close()
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()
