"""Drives `livebrush live` from anything that speaks OSC: TouchOSC, Ableton, Max, a MIDI bridge. Nothing to install.

    livebrush live --control 5005
    python examples/osc_control.py --control 5005 --osc 9000

An OSC message /livebrush/COMMAND with a value gives that command: /livebrush/strength 0.6, /livebrush/style great_wave,
/livebrush/next_style. `livebrush live --list-commands` lists all of them. A button sends 1 when it is pressed and 0
when it is let go: commands without a value are given by the 1, switches are set on and off.
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import sys
from collections.abc import Iterator

ADDRESS = "/livebrush/"
SWITCHES = {
    "original", "keep_colours", "steady", "blend", "map", "split", "mirror", "pause", "record", "virtual_camera",
    "window", "full_screen", "hud", "help", "send", "autoplay",
}  # fmt: skip
WITHOUT_VALUE = {
    "next_page", "previous_style", "next_style", "back", "forward", "learn", "snapshot", "net_smaller", "net_larger",
    "status", "quit",
}  # fmt: skip
WHOLE = {"style", "page_style"}
ROUNDS = {"only"}  # each press of a button takes the next value


def messages(packet: bytes) -> Iterator[tuple[str, list[object]]]:
    """The messages in a datagram, those of bundles one by one: (address, arguments).

    raises: ValueError for what is no OSC
    source: https://opensoundcontrol.stanford.edu/spec-1_0.html
    """
    if packet.startswith(b"#bundle\0"):
        at = 16  # its name and its time
        while at < len(packet):
            (size,) = struct.unpack_from(">i", packet, at)
            if size <= 0:
                raise ValueError(f"a part of {size} bytes")
            yield from messages(packet[at + 4 : at + 4 + size])
            at += 4 + size
        return
    address, at = text(packet, 0)
    tags, at = text(packet, at) if at < len(packet) else (",", at)
    arguments: list[object] = []
    for tag in tags[1:]:
        value, at = argument(tag, packet, at)
        arguments.append(value)
    yield address, arguments


def argument(tag: str, packet: bytes, at: int) -> tuple[object, int]:
    """One argument, and where the next one begins."""
    numbers = {"i": (">i", 4), "f": (">f", 4), "h": (">q", 8), "d": (">d", 8)}
    if tag in numbers:
        form, size = numbers[tag]
        return struct.unpack_from(form, packet, at)[0], at + size
    if tag in "sS":
        return text(packet, at)
    if tag in "TFN":
        return {"T": True, "F": False, "N": None}[tag], at
    raise ValueError(f"arguments of type {tag!r} are not understood")


def text(packet: bytes, at: int) -> tuple[str, int]:
    """A string, and where the next thing begins: strings fill multiples of four bytes."""
    end = packet.index(b"\0", at)
    return packet[at:end].decode(), end + 4 - end % 4


def command_for(address: str, arguments: list[object]) -> dict[str, object] | None:
    """What a message asks for; None where that is nothing: another program's message, a button that is let go."""
    if not address.startswith(ADDRESS):
        return None
    name, value = address.removeprefix(ADDRESS), arguments[0] if arguments else None
    if name in WITHOUT_VALUE:
        return None if value in (0, False) else {"command": name}
    if name in ROUNDS and isinstance(value, int | float):
        return {"command": name} if value else None
    if name in SWITCHES and value in (0, 1):
        value = bool(value)
    if name in WHOLE and isinstance(value, float):  # faders and pads send floats
        value = round(value)
    return {"command": name, "value": value}


class Control:
    """The control socket of livebrush on this machine; connects when there is something to say, and again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None

    def ask(self, request: dict[str, object]) -> dict[str, object]:
        """Give a command and return the answer.

        raises: OSError when livebrush does not run, or has ended
        """
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._port), 5)
            self._answers = self._connection.makefile("r", encoding="utf-8")
        try:
            self._connection.sendall(json.dumps(request).encode() + b"\n")
            answer = self._answers.readline()
            if not answer:
                raise ConnectionError("livebrush has ended")
            return json.loads(answer)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._answers.close()
            self._connection.close()
            self._connection = None


def relay(receiver: socket.socket, control: Control) -> None:
    """Hand on what comes until the program is stopped, and say what went wrong."""
    while True:
        packet = receiver.recv(65536)
        try:
            for address, arguments in messages(packet):
                if request := command_for(address, arguments):
                    answer = control.ask(request)
                    if not answer.get("ok"):
                        print(f"{address}: {answer.get('error')}", file=sys.stderr, flush=True)  # noqa: T201
        except (ValueError, struct.error) as error:
            print(f"no OSC: {error}", file=sys.stderr, flush=True)  # noqa: T201
        except OSError as error:
            print(f"livebrush does not answer: {error}", file=sys.stderr, flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description="OSC messages to commands of livebrush live.")
    parser.add_argument("--control", type=int, default=5005, help="the port that livebrush was given")
    parser.add_argument("--osc", type=int, default=9000, help="the UDP port to hear OSC on")
    parser.add_argument("--host", default="127.0.0.1", help="where to hear it; 0.0.0.0 for the whole network")
    asked = parser.parse_args()
    control = Control(asked.control)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((asked.host, asked.osc))
        print(f"hearing OSC on {asked.host}:{receiver.getsockname()[1]}", file=sys.stderr, flush=True)  # noqa: T201
        try:
            relay(receiver, control)
        except KeyboardInterrupt:
            pass
        finally:
            control.close()


if __name__ == "__main__":
    main()
