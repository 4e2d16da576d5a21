"""`livebrush cameras` as a user meets it."""

import json
import sys

import cv2
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime import cli
from livebrush.realtime.live.sources import camera_list
from livebrush.realtime.live.sources.camera_list import Camera
from tests.realtime.live.fake_camera import FakeCamera

FRONT = Camera(0, "Front", cv2.CAP_V4L2, "/dev/video0")
BACK = Camera(2, "Back door", cv2.CAP_V4L2, "/dev/video2")


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "cameras", "livebrush.realtime.commands.cameras:cameras")
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(sys, "platform", "linux")


def plug_in(monkeypatch: pytest.MonkeyPatch, *cameras: Camera) -> None:
    monkeypatch.setattr(camera_list, "list_cameras", lambda: list(cameras))


def test_each_camera_has_a_row_with_its_modes(monkeypatch, capsys):
    plug_in(monkeypatch, FRONT, BACK)
    FakeCamera(modes=((480, 640, 30.0), (720, 1280, 7.5))).install(monkeypatch)
    assert cli.run(["cameras"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  0  Front      640x480 30/s, 1280x720 7.5/s",
        "  2  Back door  640x480 30/s, 1280x720 7.5/s",
    ]


def test_a_camera_that_does_not_open_says_why_in_its_row(monkeypatch, capsys):
    plug_in(monkeypatch, FRONT, BACK)
    FakeCamera(refused=1).install(monkeypatch)
    assert cli.run(["cameras"]) == 0
    front, back = capsys.readouterr().out.splitlines()
    assert "does not open" in front and "640x480 30/s" in back


def test_cameras_can_be_left_alone(monkeypatch, capsys):
    plug_in(monkeypatch, FRONT)
    fake = FakeCamera().install(monkeypatch)
    assert cli.run(["cameras", "--no-modes"]) == 0
    assert capsys.readouterr().out == "  0  Front\n"
    assert fake.opened == []


def test_json_for_programs(monkeypatch, capsys):
    plug_in(monkeypatch, FRONT, BACK)
    FakeCamera(refused=1, modes=((480, 640, 30.0),), says_hz=0).install(monkeypatch)
    assert cli.run(["cameras", "--json"]) == 0
    front, back = json.loads(capsys.readouterr().out)
    assert (front["index"], front["name"], front["path"], front["modes"]) == (0, "Front", "/dev/video0", None)
    assert "does not open" in front["problem"]
    assert back["modes"] == [{"height": 480, "width": 640, "rate_hz": None}] and back["problem"] == ""


@pytest.mark.parametrize("options, printed", [([], ""), (["--json"], "[]\n")])
def test_none_found_ends_with_one_and_says_what_to_do(monkeypatch, capsys, options, printed):
    plug_in(monkeypatch)
    assert cli.run(["cameras", *options]) == 1
    told = capsys.readouterr()
    assert told.out == printed
    assert told.err.startswith("livebrush: no camera found: plug one in") and told.err.count("\n") == 1


def test_cameras_that_cannot_be_listed_are_an_error(monkeypatch, capsys):
    def fail() -> list[Camera]:
        raise LivebrushError("cameras cannot be listed here")

    monkeypatch.setattr(camera_list, "list_cameras", fail)
    assert cli.run(["cameras"]) == 1
    assert capsys.readouterr().err == "livebrush: cameras cannot be listed here\n"
