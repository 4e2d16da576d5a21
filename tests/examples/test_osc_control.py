"""The OSC example drives a live session that runs, by real datagrams."""

import importlib.util
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from livebrush.models.catalogue import Choice
from livebrush.models.contract import read_style_model
from livebrush.realtime.live.command_values import Nothing, Switch
from livebrush.realtime.live.commands import COMMANDS
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings
from livebrush.realtime.live.sources.test_pattern import TestPattern as Pattern
from tests.realtime.live.styles import write_grey

EXAMPLE = Path(__file__).parents[2] / "examples" / "osc_control.py"


@pytest.fixture(scope="module")
def osc() -> ModuleType:
    spec = importlib.util.spec_from_file_location("osc_control", EXAMPLE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def padded(data: bytes) -> bytes:
    return data + b"\0" * (4 - len(data) % 4)


def message(address: str, *arguments: object) -> bytes:
    tags, rest = ",", b""
    for value in arguments:
        if isinstance(value, str):
            tags, rest = tags + "s", rest + padded(value.encode())
        elif isinstance(value, float):
            tags, rest = tags + "f", rest + struct.pack(">f", value)
        else:
            tags, rest = tags + "i", rest + struct.pack(">i", value)
    return padded(address.encode()) + padded(tags.encode()) + rest


def bundle(*parts: bytes) -> bytes:
    return b"#bundle\0" + bytes(8) + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def test_messages_and_bundles_are_read(osc: ModuleType) -> None:
    packet = bundle(message("/a", 1, "two", 0.5), bundle(message("/b/c")))
    assert list(osc.messages(packet)) == [("/a", [1, "two", 0.5]), ("/b/c", [])]
    assert list(osc.messages(padded(b"/old"))) == [("/old", [])]  # without type tags


@pytest.mark.parametrize(
    "packet",
    [b"", b"/a", padded(b"/a") + padded(b",b") + bytes(8), bundle(b"") + b"\0", message("/a", 1)[:-2]],
)
def test_what_is_no_osc_is_an_error(osc: ModuleType, packet: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        list(osc.messages(packet))


def test_it_knows_the_commands_of_livebrush(osc: ModuleType) -> None:
    kinds = {name: command.value for name, command in COMMANDS.items()}
    assert {name for name, value in kinds.items() if isinstance(value, Nothing)} == osc.WITHOUT_VALUE
    assert {name for name, value in kinds.items() if isinstance(value, Switch)} - {
        "keep_colors"
    } <= osc.SWITCHES
    assert COMMANDS.keys() >= osc.SWITCHES | osc.WHOLE | osc.ROUNDS


def test_buttons_and_faders_mean_what_they_should(osc: ModuleType) -> None:
    assert osc.command_for("/livebrush/next_style", [1.0]) == {"command": "next_style"}
    assert osc.command_for("/livebrush/next_style", [0.0]) is None
    assert osc.command_for("/livebrush/next_style", []) == {"command": "next_style"}
    assert osc.command_for("/livebrush/blend", [1.0]) == {"command": "blend", "value": True}
    assert osc.command_for("/livebrush/blend", []) == {"command": "blend", "value": None}
    assert osc.command_for("/livebrush/style", [2.0]) == {"command": "style", "value": 2}
    assert osc.command_for("/livebrush/autoplay", [12.5]) == {"command": "autoplay", "value": 12.5}
    assert osc.command_for("/livebrush/only", [1.0]) == {"command": "only"}
    assert osc.command_for("/livebrush/only", [0.0]) is None
    assert osc.command_for("/livebrush/only", ["person"]) == {"command": "only", "value": "person"}
    assert osc.command_for("/another/program", [1]) is None


def test_a_session_is_driven_by_datagrams(tmp_path: Path) -> None:
    models = [read_style_model(write_grey(tmp_path / f"{name}.onnx", 9)) for name in ("one", "two")]
    deck = Deck([Choice(model) for model in models], "cpu", 1)
    options = LiveOptions(control="0")
    with (
        LiveSession(Pattern((48, 64)), deck, PaintSettings("one"), options=options) as session,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        assert session.channel
        arguments = [str(EXAMPLE), "--control", str(session.channel.port), "--osc", "0"]
        bridge = subprocess.Popen(
            [sys.executable, "-W", "error", *arguments], stderr=subprocess.PIPE, text=True
        )
        try:
            assert bridge.stderr
            place = ("127.0.0.1", int(bridge.stderr.readline().rpartition(":")[2]))
            sender.sendto(
                bundle(message("/livebrush/style", 2.0), message("/livebrush/strength", 0.25)), place
            )
            until(lambda: session.controls.paint.style == "two" and session.controls.paint.strength == 0.25)
            sender.sendto(b"nonsense", place)
            sender.sendto(message("/livebrush/strength", 7.0), place)
            sender.sendto(message("/livebrush/style", "one"), place)
            until(lambda: session.controls.paint.style == "one")
            assert bridge.stderr.readline().startswith("no OSC")
            assert "/livebrush/strength: strength is 7.0" in bridge.stderr.readline()
            sender.sendto(message("/livebrush/quit", 1), place)
            until(lambda: session.wait(0))
        finally:
            bridge.terminate()
            bridge.communicate()
