"""The live page's WebSocket: what a page sends, and what it gets."""

import json
import threading
import time
from typing import Any

import numpy as np
import pytest

from livebrush.realtime.live.commands import COMMANDS
from tests.realtime.studio.conftest import Studio
from tests.realtime.studio.pages import LIVE, command, frame, jpeg, next_picture, next_text


def all_styles(socket: Any) -> dict[str, Any]:
    """The greeting, once both styles are there."""
    hello = next_text(socket, "hello")
    told = hello
    while told["loading"] or len(told["styles"]) < 2:
        told = next_text(socket, "deck")
    return hello | told


def test_the_greeting_tells_the_deck_and_the_settings(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        hello = all_styles(socket)
    assert [(style["name"], style["title"], style["artist"], style["own"]) for style in hello["styles"]] == [
        ("first", "First", "Nobody", False), ("second", "Second", "Nobody", False),
    ]  # fmt: skip
    assert hello["state"]["style"] == "first" and hello["state"]["strength"] == 1
    assert len(hello["key"]) >= 32


def test_a_frame_comes_back_painted_under_its_number(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        for number in (7, 3, 4_294_967_295):
            socket.send_bytes(frame(number))
            got, pixels = next_picture(socket)
            assert got == number
            assert pixels.shape == (48, 64, 3) and abs(pixels.mean() - 195) < 2


def test_commands_change_the_painting_and_are_answered_with_the_state(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        told = command(socket, "strength", 0)
        assert told["ok"] and told["state"]["strength"] == 0
        socket.send_bytes(frame(1))
        assert abs(next_picture(socket)[1].mean() - 60) < 2
        told = command(socket, "strength", 7)
        assert not told["ok"] and "from 0 to 1" in told["error"] and told["state"]["strength"] == 0
        assert "did you mean" in command(socket, "strenght", 1)["error"]


def test_any_two_styles_are_blended(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        all_styles(socket)
        told = command(socket, "blend_with", "second")
        assert (told["state"]["blend"], told["state"]["style"], told["state"]["previous"]) == (
            True,
            "first",
            "second",
        )
        assert not command(socket, "blend_with", "first")["ok"]
        assert not command(socket, "blend_with", "third")["ok"]
        assert command(socket, "blend", False)["state"]["blend"] is False


def test_visitors_do_not_see_each_others_settings(studio: Studio) -> None:
    client = studio()
    with client.websocket_connect(LIVE) as one, client.websocket_connect(LIVE) as other:
        next_text(one, "hello")
        next_text(other, "hello")
        command(one, "strength", 0)
        for socket, grey in ((one, 60), (other, 195)):
            socket.send_bytes(frame(1))
            assert abs(next_picture(socket)[1].mean() - grey) < 2


def test_the_newest_frame_wins(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        for number in range(200):
            socket.send_bytes(frame(number, jpeg(240, 320, number)))
        numbers = [next_picture(socket)[0]]
        while numbers[-1] != 199:
            numbers.append(next_picture(socket)[0])
    assert numbers == sorted(numbers)
    assert len(numbers) < 150


def test_a_snapshot_is_painted_in_full(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        command(socket, "snapshot")
        assert "no picture yet" in next_text(socket)["error"]
        command(socket, "net_size", 16)
        socket.send_bytes(frame(1))
        next_picture(socket)
        command(socket, "snapshot")
        _, pixels = next_picture(socket, kind=1)
        assert pixels.shape == (48, 64, 3) and len(np.unique(pixels)) < 6


def test_thumbnails_of_what_is_seen(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        all_styles(socket)
        socket.send_bytes(frame(1, jpeg(480, 640)))
        next_picture(socket)
        socket.send_text('{"command": "thumbnails"}')
        pictures = dict(next_picture(socket, kind=2) for _ in range(2))
        assert pictures.keys() == {0, 1}
        assert all(picture.shape == (160, 213, 3) for picture in pictures.values())


def test_autoplay_walks_through_the_styles(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        all_styles(socket)
        command(socket, "autoplay", 0.1)
        socket.send_bytes(frame(1))
        next_picture(socket)
        time.sleep(0.15)
        socket.send_bytes(frame(2))
        next_picture(socket)
        assert command(socket, "status")["state"]["style"] == "second"


@pytest.mark.parametrize("name", ["source", "send", "virtual_camera", "window", "quit", "record"])
def test_nothing_of_the_machine_that_paints_is_for_visitors(studio: Studio, name: str) -> None:
    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        value = {"source": "/etc/passwd", "send": "udp://evil.example:1"}.get(name)
        assert not command(socket, name, value)["ok"]


def test_the_table_of_keys_is_the_windows(studio: Studio) -> None:
    table = {entry["name"]: entry for entry in studio().get("/api/commands").json()}
    assert table["strength_by"]["keys"][0]["keys"] == list(COMMANDS["strength_by"].keys[0].keys)
    assert table["page_style"]["keys"][0]["help"] == "this style of the page"
    assert set(COMMANDS) - set(table) == {
        "learn",
        "virtual_camera",
        "send",
        "source",
        "window",
        "map",
        "quit",
        "keep_colors",
    }


def test_nonsense_is_answered_and_much_of_it_ends_the_connection(studio: Studio) -> None:
    from starlette.websockets import WebSocketDisconnect

    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        for nonsense in (
            "",
            "[]",
            "{}",
            '{"command": 3}',
            "nan",
            "[" * 4000,
            '{"command": "' + "x" * 5000 + '"}',
        ):
            socket.send_text(nonsense)
            assert "expected an object" in next_text(socket)["error"]
        with pytest.raises((AssertionError, WebSocketDisconnect)):
            for _ in range(30):
                socket.send_bytes(b"no frame at all")
                next_text(socket)


def test_a_bad_frame_does_not_stop_the_next(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        broken = jpeg()
        socket.send_bytes(frame(1, broken[: broken.index(b"\xff\xda")]))
        assert "damaged" in next_text(socket)["error"]
        socket.send_bytes(frame(2))
        assert next_picture(socket)[0] == 2


def test_a_flood_of_commands_is_refused(studio: Studio) -> None:
    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        for _ in range(300):
            socket.send_text(json.dumps({"command": "status"}))
        assert "too many commands" in next_text(socket)["error"]


def test_a_flood_of_frames_ends_the_connection(studio: Studio) -> None:
    from starlette.websockets import WebSocketDisconnect

    with studio().websocket_connect(LIVE) as socket:
        next_text(socket, "hello")
        with pytest.raises((AssertionError, WebSocketDisconnect), match="1008"):
            for number in range(3000):
                socket.send_bytes(frame(number))
            while True:
                next_picture(socket)


def test_more_visitors_than_places_are_asked_to_come_later(studio: Studio) -> None:
    client = studio(most_visitors=1)
    with client.websocket_connect(LIVE) as one:
        next_text(one, "hello")
        with client.websocket_connect(LIVE) as other:
            closed = other.receive()
        assert closed["type"] == "websocket.close" and closed["code"] == 1013
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with client.websocket_connect(LIVE) as third:
            if third.receive()["type"] != "websocket.close":
                return
        time.sleep(0.05)
    raise AssertionError("the place is not free again")


def test_eight_visitors_share_fairly(studio: Studio) -> None:
    client, counts = studio(), [0] * 8
    until = time.monotonic() + 3

    def visit(place: int) -> None:
        with client.websocket_connect(LIVE) as socket:
            next_text(socket, "hello")
            while time.monotonic() < until:
                socket.send_bytes(frame(place, jpeg(120, 160)))
                number, _ = next_picture(socket)
                assert number == place
                counts[place] += 1

    threads = [threading.Thread(target=visit, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(counts) > 0 and max(counts) <= 2 * min(counts) + 4
