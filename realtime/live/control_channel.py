"""Control by other programs: commands as JSON lines, from standard input or from this machine's own network."""

import json
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from livebrush.models.errors import LivebrushError

Answer = dict[str, Any]
Handle = Callable[[dict[str, Any]], Answer]

LONGEST_LINE = 64 * 1024  # bytes
_CLIENTS = 16
_IDLE_S = 30.0  # a client silent for longer makes room for a new one, where all places are taken
_POLL_S = 0.1  # how often a waiting thread looks at its stop event
_ANSWER_S = 2.0  # a client that does not read its answers for so long is let go
_EXAMPLE = '{"command": "strength", "value": 0.5}'
_ON_POSIX = os.name == "posix"


@dataclass(eq=False)
class _Client:
    """heard_s: when it last sent something, by the monotonic clock; let_go: set to end it"""

    connection: socket.socket
    heard_s: float = field(default_factory=time.monotonic)
    let_go: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)


class ControlChannel:
    """Takes `{"command": "strength", "value": 0.5}` a line, and answers each with a JSON object a line.

    target: "stdin" (answers go to stdout), or a TCP port on 127.0.0.1; 0 takes a free one
    handle: gets the object, returns the answer; called in the channel's threads, and has to return for `close`
            to end. A LivebrushError that it raises is the answer {"ok": false, "error": …}
    stdin, stdout: the program's own where None
    raises: LivebrushError when the target is neither, or the port is taken
    """

    def __init__(
        self, target: str | int, handle: Handle, stdin: TextIO | None = None, stdout: TextIO | None = None
    ) -> None:
        self._handle, self._closing = handle, threading.Event()
        self._stdin, self._stdout = stdin or sys.stdin, stdout or sys.stdout
        if target == "stdin" and (self._stdin is None or self._stdout is None):
            raise LivebrushError(
                "control: standard input or output is closed; open both, or give a port", code="unavailable"
            )
        self._server = None if target == "stdin" else _listen(target)
        self._clients: list[_Client] = []
        self.port: int | None = self._server.getsockname()[1] if self._server else None
        work = self._serve if self._server else self._obey_stdin
        self._thread = threading.Thread(target=work, name="livebrush-control", daemon=True)

    def start(self) -> None:
        """Commands are taken from now on."""
        self._thread.start()

    def close(self) -> None:
        """Commands end; may be called twice, and without `start`."""
        self._closing.set()
        if self._thread.is_alive():
            # Where a read of stdin cannot be interrupted its thread ends with the program
            self._thread.join(None if self._server or _ON_POSIX else _POLL_S)
        for client in self._clients:
            client.thread.join()
        if self._server:
            self._server.close()

    def _serve(self) -> None:
        assert self._server is not None
        self._server.settimeout(_POLL_S)
        while not self._closing.is_set():
            try:
                connection, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:  # the client has gone again, or there are no more file descriptors
                self._closing.wait(_POLL_S)
                continue
            if not self._has_room():
                with connection:
                    _send(connection, _refusal(f"{_CLIENTS} clients are connected already"))
                continue
            client = _Client(connection)
            client.thread = threading.Thread(
                target=self._obey_client, args=(client,), name="livebrush-control-client", daemon=True
            )
            client.thread.start()
            self._clients.append(client)

    def _has_room(self) -> bool:
        """Whether one more client may come, for whom the most silent one is let go if it has to be."""
        self._clients = [client for client in self._clients if client.thread.is_alive()]
        if len(self._clients) < _CLIENTS:
            return True
        silent = min(self._clients, key=lambda client: client.heard_s)
        if time.monotonic() - silent.heard_s < _IDLE_S:
            return False
        silent.let_go.set()
        silent.thread.join()
        return True

    def _obey_client(self, client: "_Client") -> None:
        speaks_json = False
        with client.connection as connection:
            for line in _lines(lambda: self._receive(client)):
                command, answer = self._obey(line)
                if not _send(connection, answer):
                    return
                speaks_json = speaks_json or command is not None
                if not speaks_json:  # a browser, sent here by some page
                    return

    def _receive(self, client: "_Client") -> bytes:
        client.connection.settimeout(_POLL_S)
        with suppress(OSError):
            while not self._closing.is_set() and not client.let_go.is_set():
                with suppress(TimeoutError):
                    received = client.connection.recv(LONGEST_LINE)
                    client.heard_s = time.monotonic()
                    return received
        return b""

    def _obey_stdin(self) -> None:
        with suppress(OSError, ValueError):  # closed at either end: nobody commands any more
            for line in _lines(self._read_stdin):
                self._stdout.write(_encode(self._obey(line)[1]).decode())
                self._stdout.flush()

    def _read_stdin(self) -> bytes:
        number = self._stdin.fileno()
        if not _ON_POSIX:
            return os.read(number, LONGEST_LINE)
        while not self._closing.is_set():
            if select.select([number], [], [], _POLL_S)[0]:
                return os.read(number, LONGEST_LINE)
        return b""

    def _obey(self, line: bytes | None) -> tuple[dict[str, Any] | None, Answer]:
        """The object that the line holds, None where it holds none, and the answer."""
        if line is None:
            return None, _refusal(f"a line may have {LONGEST_LINE} bytes, got more")
        try:
            command = json.loads(line.decode("utf-8-sig"), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            return None, _refusal(f"not JSON ({error}), expected a line such as {_EXAMPLE}")
        if not isinstance(command, dict):
            return None, _refusal(f"expected an object such as {_EXAMPLE}, got {line.decode()[:80]}")
        if not isinstance(command.get("command"), str):
            return command, _refusal(f'"command" is missing or no text, expected a line such as {_EXAMPLE}')
        try:
            return command, self._handle(command)
        except LivebrushError as error:
            return command, _refusal(str(error))
        except Exception as error:  # said to whoever asked; the other commands go on
            return command, _refusal(f"{command['command']} failed ({type(error).__name__}: {error})")


def _listen(target: str | int) -> socket.socket:
    try:
        port = int(target)
        if not 0 <= port <= 65535:
            raise ValueError
    except ValueError as error:
        raise LivebrushError(
            f"control: expected 'stdin' or a port from 0 to 65535, got {target!r}",
            code="invalid",
        ) from error
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise LivebrushError(
            f"control: port {port} cannot be used ({os.strerror(error.errno or 0)}); "
            "take another, or 0 for any that is free",
            code="unavailable",
        ) from error


def _lines(read: Callable[[], bytes]) -> Iterator[bytes | None]:
    """The lines that hold something, without their ends; None in place of one that is too long.

    read: the next bytes, b"" at the end
    """
    rest, skipping = b"", False
    while chunk := read():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip() and not skipping:
                yield line if len(line) <= LONGEST_LINE else None
            skipping = False
        if len(rest) > LONGEST_LINE:
            if not skipping:
                yield None
            rest, skipping = b"", True
    if rest.strip() and not skipping:
        yield rest


def _send(connection: socket.socket, answer: Answer) -> bool:
    """False when the client has gone, or does not read."""
    connection.settimeout(_ANSWER_S)
    try:
        connection.sendall(_encode(answer))
    except OSError:
        return False
    return True


def _encode(answer: Answer) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _refusal(error: str) -> Answer:
    return {"ok": False, "error": error}


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")
