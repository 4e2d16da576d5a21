"""The queue between the server and its workers, by huey: a message says that there is something to do.

What there is to do, and in which order, is in the tables, so a message that is lost or comes twice does no harm.
"""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey
from huey.exceptions import ConfigurationError

from livebrush.models.errors import LivebrushError
from livebrush.models.events import logger

_POLLED_S = 0.5  # a queue in SQLite at most
_NAME = "livebrush"


class Queue:
    """address: "sqlite", in the folder, or redis://…

    raises: LivebrushError for another, or where the package redis is missing
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._huey = _open(address, folder)
        self._do: Callable[[], object] | None = None
        self._message: Any = self._huey.task(name="work")(self._work)

    def wake(self) -> None:
        """One worker looks what there is to do. Where the queue is away, `Work.tidy` sends the message later."""
        try:
            self._message()
        except Exception:  # of SQLite or Redis
            logger.exception("the queue could not be reached")

    @property
    def messages(self) -> int:
        return self._huey.pending_count()

    def serve(self, do: Callable[[], object], stop: threading.Event) -> None:
        """Does it for every message, until `stop` is set and what is being done has ended."""
        self._do = do
        consumer = self._huey.create_consumer(
            workers=1, periodic=False, check_worker_health=False, max_delay=_POLLED_S
        )
        consumer.start()
        for number in (signal.SIGINT, signal.SIGTERM):  # of which huey would only take a note
            signal.signal(number, lambda *_: stop.set())
        stop.wait()
        consumer.stop(graceful=True)

    def close(self) -> None:
        self._huey.storage.close()

    def _work(self) -> None:
        if self._do:
            self._do()


def _open(address: str, folder: Path) -> Huey:
    if address == "sqlite":
        return SqliteHuey(_NAME, filename=str(folder / "queue.db"), results=False)
    if not address.startswith(("redis://", "rediss://", "unix://")):
        raise LivebrushError(
            f"the queue {address!r} is unknown, expected sqlite or redis://…", code="invalid"
        )
    try:
        return RedisHuey(_NAME, url=address, results=False)
    except ConfigurationError as error:
        raise LivebrushError(
            "a queue on Redis needs the package redis: run pip install redis", code="not_installed"
        ) from error
