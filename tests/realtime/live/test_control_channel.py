"""The control channel: JSON lines over stdin and over this machine's own network."""

import io
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from typing import Any

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live import control_channel
from livebrush.realtime.live.control_channel import LONGEST_LINE, ControlChannel


def handle(command):
    """Answers what it got; "refuse" and "break" fail."""
    if command["command"] == "refuse":
        raise LivebrushError("strength must be 0 to 1, got 2")
    if command["command"] == "break":
        raise KeyError("value")
    return {"ok": True, **command}


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("livebrush")]


@pytest.fixture
def channel():
    made = ControlChannel("0", handle)
    made.start()
    yield made
    made.close()


class Client:
    """Speaks lines with the channel's port."""

    def __init__(self, channel: ControlChannel) -> None:
        self.socket = socket.create_connection(("127.0.0.1", channel.port), 10)
        self.lines = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()

    def ask(self, data: bytes) -> dict[str, Any]:
        self.socket.sendall(data)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Empty when there is none, and the connection has ended."""
        return json.loads(self.lines.readline() or b"{}")


def test_every_command_is_answered(channel):
    with Client(channel) as client:
        assert client.ask(b'{"command": "strength", "value": 0.5}\n') == {
            "ok": True, "command": "strength", "value": 0.5,
        }  # fmt: skip
        assert client.ask(b'{"command": "a"}\n\n{"command": "b"}\r\n')["command"] == "a"
        assert client.answer()["command"] == "b"
        assert client.ask('{"command": "été"}\n'.encode())["command"] == "été"


def test_a_command_may_come_in_pieces(channel):
    with Client(channel) as client:
        for piece in (b'{"comm', b'and": ', b'"next"}'):
            client.socket.sendall(piece)
            time.sleep(0.01)
        assert client.ask(b"\n") == {"ok": True, "command": "next"}


def test_a_last_line_without_an_end_counts(channel):
    with Client(channel) as client:
        client.socket.sendall(b'{"command": "next"}')
        client.socket.shutdown(socket.SHUT_WR)
        assert client.answer() == {"ok": True, "command": "next"}


@pytest.mark.parametrize(
    "line, words",
    [
        (b"next", "not JSON"),
        (b'{"command": "next"', "not JSON"),
        (b'{"command": "a", "value": NaN}', "NaN is no number"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 60000, "not JSON"),
        (b"[1, 2]", "expected an object such as"),
        (b"0.5", "expected an object such as"),
        (b"{}", '"command" is missing'),
        (b'{"command": 3}', '"command" is missing or no text'),
        (b'{"command": "refuse"}', "strength must be 0 to 1, got 2"),
        (b'{"command": "break"}', "break failed (KeyError: 'value')"),
        (b'{"command": "' + b"a" * LONGEST_LINE + b'"}', f"may have {LONGEST_LINE} bytes, got more"),
        (b"a" * (5 * LONGEST_LINE), f"may have {LONGEST_LINE} bytes, got more"),
    ],
)
def test_what_is_wrong_is_said_and_the_next_command_works(channel, line, words):
    with Client(channel) as client:
        assert client.ask(b'{"command": "first"}\n')["ok"]
        answer = client.ask(line + b"\n")
        assert answer["ok"] is False and words in answer["error"]
        assert client.ask(b'{"command": "next"}\n') == {"ok": True, "command": "next"}


@pytest.mark.parametrize("request_line", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b'"text"\n', b"a" * 70000])
def test_whoever_does_not_begin_with_an_object_is_let_go(channel, request_line):
    with Client(channel) as client:
        assert client.ask(request_line)["ok"] is False
        client.socket.settimeout(10)
        with suppress(ConnectionResetError):  # it had more to say
            assert client.lines.read() == b""
    with Client(channel) as client:
        assert client.ask(b'{"command": "next"}\n')["ok"]


def test_several_clients_are_heard_at_once(channel):
    with Client(channel) as one, Client(channel) as other:
        assert other.ask(b'{"command": "b"}\n')["command"] == "b"
        assert one.ask(b'{"command": "a"}\n')["command"] == "a"


def test_more_clients_than_there_are_places_for_are_told_so(channel, monkeypatch):
    monkeypatch.setattr(control_channel, "_CLIENTS", 1)
    with Client(channel) as one:
        assert one.ask(b'{"command": "a"}\n')["ok"]
        with Client(channel) as other:
            assert "connected already" in other.answer()["error"]


def test_a_silent_client_makes_room_for_a_new_one(channel, monkeypatch):
    monkeypatch.setattr(control_channel, "_CLIENTS", 2)
    monkeypatch.setattr(control_channel, "_IDLE_S", 0.0)
    with Client(channel) as silent, Client(channel) as busy:
        assert busy.ask(b'{"command": "a"}\n')["ok"]
        with Client(channel) as new:
            assert new.ask(b'{"command": "b"}\n')["ok"]
            assert silent.answer() == {}  # let go
            assert busy.ask(b'{"command": "c"}\n')["ok"]


def test_a_client_that_reads_no_answers_is_let_go(monkeypatch):
    monkeypatch.setattr(control_channel, "_ANSWER_S", 0.1)
    channel = ControlChannel("0", lambda command: {"ok": True, "much": "a" * 1_000_000})
    channel.start()
    with Client(channel) as client:
        client.socket.sendall(b'{"command": "a"}\n' * 100)
        deadline = time.monotonic() + 10
        while any(thread.name == "livebrush-control-client" for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        channel.close()


def test_closing_ends_it_while_clients_are_connected(channel):
    with Client(channel) as client:
        assert client.ask(b'{"command": "a"}\n')["ok"]
        channel.close()
        channel.close()
        assert client.answer() == {}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", channel.port), 1)


def test_only_this_machine_is_heard(channel):
    assert channel._server.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_said(channel):
    with pytest.raises(LivebrushError, match=rf"port {channel.port} cannot be used .*; take another, or 0"):
        ControlChannel(str(channel.port), handle)


@pytest.mark.parametrize("target", ["stdout", "", "-1", "70000", "127.0.0.1:80"])
def test_other_targets_are_refused(target):
    with pytest.raises(LivebrushError, match=r"expected 'stdin' or a port from 0 to 65535, got"):
        ControlChannel(target, handle)


def test_closing_without_starting_frees_the_port():
    channel = ControlChannel(0, handle)
    channel.close()
    ControlChannel(str(channel.port), handle).close()


class Pipe:
    """A stdin for the channel that the test writes into."""

    def __enter__(self):
        read, self.write = os.pipe()
        self.ended = False
        self.stdin, self.stdout = os.fdopen(read), io.StringIO()
        return self

    def __exit__(self, *_):
        self.end()
        self.stdin.close()

    def end(self):
        if not self.ended:
            os.close(self.write)
        self.ended = True

    def answers(self, count: int):
        deadline = time.monotonic() + 10
        while self.stdout.getvalue().count("\n") < count:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return [json.loads(line) for line in self.stdout.getvalue().splitlines()]


def test_stdin_is_answered_on_stdout():
    with Pipe() as pipe:
        channel = ControlChannel("stdin", handle, pipe.stdin, pipe.stdout)
        channel.start()
        os.write(pipe.write, b'nonsense\n{"command": "strength", "value": 0.5}\n')
        first, second = pipe.answers(2)
        assert first["ok"] is False and "not JSON" in first["error"]
        assert second == {"ok": True, "command": "strength", "value": 0.5} and channel.port is None
        os.write(pipe.write, b'{"command": "last"}')
        pipe.end()
        assert pipe.answers(3)[2]["command"] == "last"
        channel.close()


@pytest.mark.skipif(os.name != "posix", reason="reading stdin cannot be interrupted there")
def test_closing_ends_a_read_of_stdin_that_waits():
    with Pipe() as pipe:
        channel = ControlChannel("stdin", handle, pipe.stdin, pipe.stdout)
        channel.start()
        channel.close()
        assert pipe.stdout.getvalue() == ""


def test_where_a_read_cannot_be_interrupted_closing_does_not_wait_for_it(monkeypatch):
    monkeypatch.setattr(control_channel, "_ON_POSIX", False)
    with Pipe() as pipe:
        channel = ControlChannel("stdin", handle, pipe.stdin, pipe.stdout)
        channel.start()
        os.write(pipe.write, b'{"command": "a"}\n')
        assert pipe.answers(1)[0]["ok"]
        channel.close()
        pipe.end()
        channel._thread.join(10)


def test_a_reader_of_stdout_that_has_gone_ends_the_channel_only():
    with Pipe() as pipe:
        pipe.stdout.close()
        channel = ControlChannel("stdin", handle, pipe.stdin, pipe.stdout)
        channel.start()
        os.write(pipe.write, b'{"command": "a"}\n')
        channel._thread.join(10)
        assert not channel._thread.is_alive()
        channel.close()


def test_the_end_of_stdin_is_not_the_end_of_the_program():
    code = """
        import time
        from livebrush.realtime.live.control_channel import ControlChannel
        channel = ControlChannel("stdin", lambda command: {"ok": True})
        channel.start()
        channel._thread.join(10)
        print("still here", channel._thread.is_alive())
        channel.close()
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        input='{"command": "a"}\n', capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ['{"ok": true}', "still here False"] and done.stderr == ""
