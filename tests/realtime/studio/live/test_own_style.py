"""A picture that a visitor drops on the page becomes a style of his own."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.realtime.studio.conftest import Studio
from tests.realtime.studio.pages import LIVE, frame, next_picture, next_text


def picture(kind: str = "PNG", size: tuple[int, int] = (200, 150), **options: Any) -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (*size[::-1], 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_joins_the_deck_of_the_visitor_alone(studio: Studio, kind: str) -> None:
    client = studio()
    with client.websocket_connect(LIVE) as socket, client.websocket_connect(LIVE) as other:
        key = next_text(socket, "hello")["key"]
        next_text(other, "hello")
        answer = client.post(f"/api/live/{key}/styles", params={"name": "My Wave (1)"}, content=picture(kind))
        assert (answer.status_code, answer.json()) == (201, {"ok": True, "style": "my_wave_1"})
        told = next_text(socket, "deck")
        while told["state"]["style"] != "my_wave_1":  # styles that were loaded meanwhile are told first
            told = next_text(socket, "deck")
        assert [style["own"] for style in told["styles"] if style["name"] == "my_wave_1"] == [True]
        socket.send_bytes(frame(1))
        assert next_picture(socket)[1].shape == (48, 64, 3)
        other.send_text('{"command": "style", "value": "my_wave_1"}')
        assert not next_text(other, "answer")["ok"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "日本", "a/b", "x" * 500, "..\\x", "%00"])
def test_no_name_leads_out_of_the_folder(studio: Studio, name: str) -> None:
    client = studio()
    with client.websocket_connect(LIVE) as socket:
        key = next_text(socket, "hello")["key"]
        answer = client.post(f"/api/live/{key}/styles", params={"name": name}, content=picture())
        assert answer.status_code == 201
        assert set(answer.json()["style"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
        assert 0 < len(answer.json()["style"]) <= 40


def test_a_name_that_there_is_stays_what_it_is(studio: Studio) -> None:
    client = studio()
    with client.websocket_connect(LIVE) as socket:
        key = next_text(socket, "hello")["key"]
        answer = client.post(f"/api/live/{key}/styles", params={"name": "first"}, content=picture())
        assert answer.status_code == 422 and "there is a style first already" in answer.json()["error"]


def bomb() -> bytes:
    file = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no JPEG, PNG or WebP"),
        (b"GIF89a" + b"\0" * 100, "no JPEG, PNG or WebP"),
        (picture()[:2000], "no JPEG, PNG or WebP"),
        (bomb(), "megapixels|no JPEG, PNG or WebP"),
        (picture(size=(8, 8)), "too small"),
    ],
)
def test_what_cannot_be_painted_after_is_refused_with_a_reason(studio: Studio, body: bytes, why: str) -> None:
    import re

    client = studio()
    with client.websocket_connect(LIVE) as socket:
        key = next_text(socket, "hello")["key"]
        answer = client.post(f"/api/live/{key}/styles", content=body)
        assert answer.status_code == 422
        assert re.search(why, answer.json()["error"])
        socket.send_bytes(frame(1))
        next_picture(socket)


def test_a_large_upload_is_cut_off(studio: Studio) -> None:
    client, sent = studio(), 0

    def parts():
        nonlocal sent
        for _ in range(200):
            sent += 2**20
            yield b"\0" * 2**20

    with client.websocket_connect(LIVE) as socket:
        key = next_text(socket, "hello")["key"]
        assert client.post(f"/api/live/{key}/styles", content=parts()).status_code == 413


def test_whoever_does_not_know_the_key_adds_nothing(studio: Studio) -> None:
    assert studio().post("/api/live/guessed/styles", content=picture()).status_code == 404


def test_many_pictures_at_once_are_refused(studio: Studio) -> None:
    client = studio()
    with client.websocket_connect(LIVE) as socket:
        key = next_text(socket, "hello")["key"]
        answers = (client.post(f"/api/live/{key}/styles", content=b"x") for _ in range(60))
        first = next(answers)
        refused = next(answer for answer in answers if answer.status_code != 422)
    assert (first.status_code, refused.status_code) == (422, 429)
    assert int(refused.headers["retry-after"]) >= 1
