"""Nothing that somebody did is lost, whatever is killed, and whenever."""

import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.realtime.studio.work.studio import ServerProcess, Studio, wait_for
from tests.realtime.video.clips import Clip, make_clip
from tests.tiny_models import write_endless_model

if TYPE_CHECKING:
    from livebrush.realtime.studio.work.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals")


def children_of(pid: int, module: str) -> list[psutil.Process]:
    """The processes below it that run a module of the studio's work."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        try:
            if f"livebrush.realtime.studio.work.{module}" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def photos(folder: Path, count: int) -> list[Path]:
    paths = []
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path := folder / f"photo{number}.png")
        paths.append(path)
    return paths


def test_a_worker_is_killed(studio: Studio, tmp_path: Path) -> None:
    """Its command ends with it, another worker does the job, and there is one result."""
    client = studio.client
    film = make_clip(tmp_path / "film.mp4", Clip(pts=tuple(range(2000))))
    job = client.order(client.upload(film), ["invert"])["id"]
    wait_for(lambda: client.job(job)["done"] > 0, "it does not begin")
    me = psutil.Process().pid
    (worker,), commands = children_of(me, "worker"), children_of(me, "command")
    worker.kill()
    wait_for(lambda: all(map(ended, commands)), "a command outlives its worker")
    told = client.until(job)
    assert (told["state"], len(told["results"])) == ("done", 1)
    assert [one for one in children_of(me, "worker") if one != worker]


def test_a_silent_command_ends_with_its_worker(studio: Studio, photo: Path, invert: Path) -> None:
    """One that would paint on for ever, and tells nothing meanwhile, by which it could notice."""
    client, me = studio.client, psutil.Process().pid
    write_endless_model(invert.with_name("endless.onnx"))
    job = client.order(client.upload(photo), ["endless"])["id"]
    (command,) = wait_for(lambda: children_of(me, "command"), "nothing is painted")
    wait_for(lambda: command.cpu_times().user > 2, "it does not paint")  # longer than its start takes
    (worker,) = children_of(me, "worker")
    try:
        worker.kill()
        wait_for(lambda: ended(command), "it outlives its worker")
    finally:
        client.http.delete(f"/api/jobs/{job}").raise_for_status()
        if not ended(command):
            command.kill()


def test_the_server_is_killed_in_the_middle_of_jobs(tmp_path: Path) -> None:
    """All of it ends with it; the next one does what was ordered."""
    folder, paths = tmp_path / "studio", photos(tmp_path, 4)
    server = ServerProcess(folder)
    files = [server.client.upload(path)[0] for path in paths]
    jobs = [server.client.order([file], ["invert"])["id"] for file in files]
    wait_for(lambda: children_of(server.process.pid, "command"), "nothing is painted")
    below = psutil.Process(server.process.pid).children(recursive=True)
    assert len(below) >= 2
    server.end(kill=True)
    wait_for(lambda: all(map(ended, below)), "a process outlives the server")
    server = ServerProcess(folder)
    try:
        told = [server.client.until(job) for job in jobs]
        assert [(job["state"], len(job["results"])) for job in told] == [("done", 1)] * 4
        for job, path in zip(told, paths, strict=True):
            content = server.client.http.get(job["results"][0]["url"]).raise_for_status().content
            (tmp_path / "got.png").write_bytes(content)
            got, wanted = np.asarray(Image.open(tmp_path / "got.png")), 255 - np.asarray(Image.open(path))
            assert np.array_equal(got, wanted)
    finally:
        server.end(kill=False)


def test_a_server_that_is_closed_gives_its_job_back(tmp_path: Path) -> None:
    folder, film = tmp_path / "studio", make_clip(tmp_path / "film.mp4", Clip(pts=tuple(range(3000))))
    server = ServerProcess(folder)
    job = server.client.order(server.client.upload(film), ["invert"])["id"]
    wait_for(lambda: server.client.job(job)["done"] > 0, "it does not begin")
    server.end(kill=False)
    with sqlite3.connect(folder / "studio.db") as connection:
        assert connection.execute("SELECT state, worker FROM jobs").fetchone() == ("queued", None)
    connection.close()
    server = ServerProcess(folder)
    try:
        assert server.client.until(job)["state"] == "done"
    finally:
        server.end(kill=False)


def test_an_end_between_the_files_and_the_tables(
    idle_studio: Studio, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when the results are kept and the job is not yet done: it is done again, and nothing comes twice."""
    import threading

    from livebrush.realtime.studio.work import jobs
    from livebrush.realtime.studio.work.jobs import this_worker
    from livebrush.realtime.studio.work.running import Run

    class Killed(BaseException):
        pass

    def killed() -> str:
        raise Killed

    parts, client = idle_studio.work.parts, idle_studio.client
    job = client.order(client.upload(photo), ["invert"])["id"]
    row = parts.jobs.claim(this_worker())
    assert row
    run = Run(parts.jobs, row, this_worker(), parts.job_folder(job), threading.Event())
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "new_id", killed)
        with pytest.raises(Killed):
            run()
    assert (client.job(job)["state"], client.job(job)["results"]) == ("running", [])
    with parts.database.writing() as connection:
        connection.execute("UPDATE jobs SET worker = worker || '1'")  # a process that there is not
    idle_studio.work.start()
    told = client.until(job)
    assert (told["state"], len(told["results"])) == ("done", 1)
    kept = [path for path in (idle_studio.work.settings.folder / "blobs").rglob("*") if path.is_file()]
    assert len(kept) == 4  # the upload, the painting, its thumbnail and its original


def test_two_workers_never_have_one_job(idle_studio: Studio, photo: Path) -> None:
    """One that was taken for dead can neither tell of the job nor end it."""
    from livebrush.realtime.studio.work.jobs import Progress

    parts, client = idle_studio.work.parts, idle_studio.client
    job = client.order(client.upload(photo), ["invert"])["id"]
    assert parts.jobs.claim("elsewhere 1 1.0")
    assert parts.jobs.claim("elsewhere 2 1.0") is None
    assert parts.jobs.beat(job, "elsewhere 1 1.0", Progress(0)) == "on"
    assert parts.jobs.take_from_the_dead() == 0
    with parts.database.writing() as connection:
        connection.execute("UPDATE jobs SET beat_s = ?", (time.time() - 3600,))
    assert parts.jobs.take_from_the_dead() == 1
    assert parts.jobs.claim("elsewhere 2 1.0")
    assert parts.jobs.beat(job, "elsewhere 1 1.0", Progress(1)) == "lost"
    assert not parts.jobs.finish(job, "elsewhere 1 1.0", "done", [])
    assert client.job(job)["state"] == "running"


def test_messages_that_were_lost(settings: "Settings", idle_studio: Studio, photo: Path) -> None:
    """The queue is emptied: the tables know what there is to do."""
    client = idle_studio.client
    jobs = [client.order(client.upload(photo), ["invert"])["id"] for _ in range(3)]
    idle_studio.work.queue._huey.storage.flush_queue()
    idle_studio.work.start()
    assert [client.until(job)["state"] for job in jobs] == ["done"] * 3


def test_a_queue_that_is_away(studio: Studio, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order is taken all the same, and done when the queue is back."""

    def away(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    from livebrush.realtime.studio.work import work

    client = studio.client
    (file,) = client.upload(photo)
    with monkeypatch.context() as patch:
        patch.setattr(studio.work.queue._huey.storage, "enqueue", away)
        job = client.order([file], ["invert"])["id"]
        time.sleep(work.TIDY_S + 1)
        assert client.job(job)["state"] == "queued"
    assert client.until(job)["state"] == "done"
