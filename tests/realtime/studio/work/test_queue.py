"""Queues other than the one in SQLite."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from livebrush.models.errors import LivebrushError
from tests.realtime.studio.work.studio import opened

if TYPE_CHECKING:
    from livebrush.realtime.studio.work.settings import Settings


def test_an_address_of_something_else(tmp_path: Path) -> None:
    from livebrush.realtime.studio.work.queue import Queue

    with pytest.raises(LivebrushError, match="'amqp://host' is unknown, expected sqlite or redis"):
        Queue("amqp://host", tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("redis") is not None, reason="the package redis is installed")
def test_redis_without_its_package(tmp_path: Path) -> None:
    from livebrush.realtime.studio.work.queue import Queue

    with pytest.raises(LivebrushError, match="needs the package redis: run pip install redis"):
        Queue("redis://127.0.0.1:1/0", tmp_path)


def test_jobs_by_redis(settings: "Settings", photo: Path) -> None:
    """On a stand-in for the server, which speaks its protocol."""
    fakeredis = pytest.importorskip("fakeredis", reason="fakeredis, a stand-in for Redis, is not installed")
    import threading

    server = fakeredis.TcpFakeServer(("127.0.0.1", 0))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"redis://127.0.0.1:{server.server_address[1]}/0"
        with opened(replace(settings, queue=address)) as studio:
            client = studio.client
            jobs = [client.order(client.upload(photo), ["invert"])["id"] for _ in range(3)]
            assert [client.until(job)["state"] for job in jobs] == ["done"] * 3
            assert not (settings.folder / "queue.db").exists()
    finally:
        server.shutdown()
        server.server_close()
