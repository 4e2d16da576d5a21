"""Workers on a Ray cluster: an actor a GPU or a group of cores, each with a process like those of this machine.

The actor is a messenger. What it passes tasks to is a process of its own, so that a net that crashes takes neither the
actor nor the other tasks along, and tasks are stopped in the same way everywhere.
"""

import logging
import os
import socket
import time
import warnings
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from livebrush.models.errors import LivebrushError
from livebrush.realtime.workers.local import LocalWorkers
from livebrush.realtime.workers.port import Lost, Message, Task, Told, message_as_json, message_of

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # before it is imported: nothing is sent home

try:
    import ray
    from ray._private import worker as ray_worker
    from ray.exceptions import RayError
except ImportError as missing:
    raise LivebrushError(
        "the package ray is missing", code="not_installed", remedy="scale_extra"
    ) from missing

MOST_CORES = 4
"""of an actor, unless told otherwise: more paint one film hardly faster than several films side by side"""
_ANSWERS_S = 2.0
"""how long an actor waits for messages before it answers with none"""
_GROWS_EVERY_S = 5.0
"""looks for machines that have joined or left"""
_STARTS = 3
"""of actors that fail one after the other, before it is given up"""
_KNOCKS_S = 10.0
"""how long a head may take to answer"""
_LEAST_MEMORY = 80 * 2**20
"""bytes of Ray's object store on a cluster of this machine alone: only messages go through it"""


class Actor:
    """What runs on a node. Its calls come from several threads: `messages` waits while another gives or stops.

    folder: that relative names mean something in
    """

    def __init__(self, cores: int, folder: str) -> None:
        with suppress(OSError):  # not on this machine
            os.chdir(folder)
        self._workers = LocalWorkers(1, cores).__enter__()

    def ready(self) -> list[dict[str, Any]]:
        """Answers, with no messages: it has a place on the cluster."""
        return []

    def give(self, task: dict[str, Any]) -> None:
        self._workers.give(Task(**task))

    def messages(self) -> list[dict[str, Any]]:
        """All that there are; waits for the first."""
        found: list[dict[str, Any]] = []
        while message := self._workers.next(0.0 if found else _ANSWERS_S):
            found.append(message_as_json(message))
        return found

    def stop(self) -> None:
        self._workers.stop()


class RayWorkers:
    """See `Workers`, and `workers_on` for the arguments. An actor that dies is replaced where there is room.

    An actor gets tasks from when it has answered: until then it may wait for a place, for as long as others take it.
    """

    def __init__(self, count: int | None, cores: int | None, gpus: bool, address: str | None) -> None:
        self._wanted, self.cores, self._gpus, self._address = count, cores, gpus, address
        self._tasks: dict[Any, Task | None] = {}
        self._starting: set[Any] = set()
        self._calls: dict[Any, Any] = {}
        self._heard: list[Message] = []
        self._grown_s = -_GROWS_EVERY_S
        self._unborn = 0

    def __enter__(self) -> Self:
        address = self._address or os.environ.get("RAY_ADDRESS")
        own = {} if address else {"include_dashboard": False, "object_store_memory": _LEAST_MEMORY}
        if address:
            _knock(address)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what fails is told below
                ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
        except Exception as error:  # each way to fail has an exception of its own
            ray.shutdown()  # of a cluster of this machine that came up in part
            told = " ".join(str(error).split()) or type(error).__name__
            raise LivebrushError(
                f"no Ray cluster at {address or 'this machine'} ({told}); check the address, that its head runs, and "
                "whether it asks for a token (then set RAY_AUTH_MODE=token, and bring its ~/.ray/auth_token here)",
                code="unavailable",
            ) from error
        # Ray prints what befalls its nodes on standard output, where programs read our JSON; it has no other switch
        ray_worker._worker_logs_enabled = False
        try:
            self._choose_size()
            self._grow()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for actor in (*self._tasks, *self._starting):
            with suppress(Exception):
                ray.kill(actor)
        self._tasks.clear()
        self._starting.clear()
        self._calls.clear()
        ray.shutdown()

    @property
    def count(self) -> int:
        return len(self._tasks)

    @property
    def expected(self) -> int:
        return len(self._tasks) + len(self._starting)

    @property
    def free(self) -> int:
        return sum(task is None for task in self._tasks.values())

    def give(self, task: Task) -> None:
        actor = next(actor for actor, busy in self._tasks.items() if busy is None)
        self._tasks[actor] = task
        actor.give.remote(asdict(task))

    def next(self, timeout_s: float) -> Message | None:
        if self._heard:
            return self._heard.pop(0)
        if time.monotonic() - self._grown_s > _GROWS_EVERY_S:
            self._grow()
        answered, _ = ray.wait(list(self._calls), timeout=timeout_s) if self._calls else ([], [])
        for call in answered:
            self._hear(call)
        return self._heard.pop(0) if self._heard else None

    def stop(self) -> None:
        for actor, task in self._tasks.items():
            if task is not None:
                actor.stop.remote()

    def _hear(self, call: Any) -> None:
        actor = self._calls.pop(call)
        try:
            messages = [message_of(told) for told in ray.get(call)]
        except RayError as error:
            self._bury(actor, error)
            return
        if actor in self._starting:
            self._starting.remove(actor)
            self._tasks[actor] = None
            self._unborn = 0
        for message in messages:
            if not isinstance(message, Told):
                self._tasks[actor] = None
        self._heard += messages
        self._calls[actor.messages.remote()] = actor

    def _bury(self, actor: Any, error: Exception) -> None:
        """raises: LivebrushError where actors end before they have begun, time and again"""
        with suppress(Exception):
            ray.kill(actor)  # it may only be out of reach, and go on painting
        if actor in self._starting:
            self._starting.remove(actor)
            self._unborn += 1
            if self._unborn >= _STARTS and not self.expected:
                last = str(error).strip().splitlines()[-1:] or [type(error).__name__]
                raise LivebrushError(
                    f"no worker comes up on the Ray cluster ({last[0].strip()}); each of its machines needs livebrush, "
                    "with the same extras as here",
                    code="unavailable",
                ) from error
            return
        task = self._tasks.pop(actor, None)
        if task is not None:
            self._heard.append(
                Lost(task.name, f"its place on the cluster went away ({type(error).__name__})")
            )
        self._grown_s = -_GROWS_EVERY_S

    def _choose_size(self) -> None:
        """The resources of an actor, by those of the machines that there are."""
        nodes = _nodes()
        self._gpus = self._gpus and any(node.get("GPU", 0) >= 1 for node in nodes)
        usable = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
        if not usable:
            raise LivebrushError("the Ray cluster has no cores; start a node with some", code="unavailable")
        if self.cores is None:
            self.cores = min(MOST_CORES, *usable)
        if not self._room(nodes):
            raise LivebrushError(
                f"no machine of the Ray cluster has {self.cores} cores, {max(usable)} at most",
                code="unavailable",
            )

    def _room(self, nodes: list[dict[str, float]]) -> int:
        """How many actors fit."""
        assert self.cores
        by_cores = [int(node.get("CPU", 0) // self.cores) for node in nodes]
        if not self._gpus:
            return sum(by_cores)
        return sum(min(fit, int(node.get("GPU", 0))) for fit, node in zip(by_cores, nodes, strict=True))

    def _grow(self) -> None:
        """Starts the actors that there is room for."""
        self._grown_s = time.monotonic()
        room = self._room(_nodes())
        kind = ray.remote(Actor).options(num_cpus=self.cores, num_gpus=int(self._gpus), max_concurrency=3)
        wanted = room if self._wanted is None else min(self._wanted, room)
        for _ in range(self.expected, wanted):
            actor = kind.remote(self.cores, str(Path.cwd()))
            self._starting.add(actor)
            self._calls[actor.ready.remote()] = actor


def _knock(address: str) -> None:
    """raises: LivebrushError where nobody listens: Ray itself asks for minutes"""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():  # "auto"
        return
    try:
        socket.create_connection((host, int(port)), timeout=_KNOCKS_S).close()
    except OSError as error:
        raise LivebrushError(
            f"no Ray cluster at {address} ({error.strerror or error}); check the address, and that its head runs",
            code="unavailable",
        ) from error


def _nodes() -> list[dict[str, float]]:
    """The resources of the machines that are there."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]
