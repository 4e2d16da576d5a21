"""Listing cameras, finding one by number or name, and asking for its modes."""

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.commands.remedies import said
from livebrush.realtime.live.sources.camera_list import Mode, find_camera, list_cameras, modes
from tests.realtime.live.fake_camera import CAMERA, FakeCamera

DESK = {0: "Integrated Camera", 2: "Logitech C920", 4: "Logitech BRIO"}


def plug_in(
    monkeypatch: pytest.MonkeyPatch, cameras: dict[int, dict[int, str]], platform: str = "linux"
) -> None:
    """cameras: of each backend, the names by index; listed in no order."""

    def enumerate_cameras(backend: int) -> list[SimpleNamespace]:
        found = reversed(cameras.get(backend, {}).items())
        return [
            SimpleNamespace(index=i, name=name, path=f"/dev/video{i}", backend=backend) for i, name in found
        ]

    library = ModuleType("cv2_enumerate_cameras")
    library.enumerate_cameras = enumerate_cameras  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", library)
    monkeypatch.setattr(sys, "platform", platform)


@pytest.fixture
def desk(monkeypatch) -> None:
    plug_in(monkeypatch, {cv2.CAP_V4L2: DESK, cv2.CAP_GSTREAMER: DESK})


def test_cameras_are_listed_once_by_number(desk):
    assert [(c.index, c.name, c.path) for c in list_cameras()] == [
        (index, name, f"/dev/video{index}") for index, name in DESK.items()
    ]
    assert {camera.backend for camera in list_cameras()} == {cv2.CAP_V4L2}


def test_nodes_of_one_device_are_one_camera(monkeypatch):
    """A camera's picture and its raw stream are two nodes of the same USB interface."""
    plug_in(monkeypatch, {cv2.CAP_V4L2: {0: "Cam", 1: "Cam", 2: "Cam"}})
    interfaces = {"video0": "1-1:1.0", "video1": "1-1:1.0", "video2": "1-2:1.0"}
    monkeypatch.setattr(Path, "exists", lambda self: self.parent.name in interfaces)
    monkeypatch.setattr(Path, "resolve", lambda self: Path("/sys/devices") / interfaces[self.parent.name])
    assert [camera.index for camera in list_cameras()] == [0, 2]


def test_numbers_of_one_backend_are_not_mixed_with_those_of_another(monkeypatch):
    plug_in(monkeypatch, {cv2.CAP_MSMF: {0: "B", 1: "A"}, cv2.CAP_DSHOW: {0: "A", 1: "B"}}, "win32")
    assert [(c.name, c.backend) for c in list_cameras()] == [("A", cv2.CAP_DSHOW), ("B", cv2.CAP_DSHOW)]
    plug_in(monkeypatch, {cv2.CAP_MSMF: {0: "B"}}, "win32")
    assert [(c.name, c.backend) for c in list_cameras()] == [("B", cv2.CAP_MSMF)]


def test_a_camera_without_a_name_is_called_by_its_number(monkeypatch):
    plug_in(monkeypatch, {cv2.CAP_AVFOUNDATION: {3: ""}}, "darwin")
    assert [camera.name for camera in list_cameras()] == ["camera 3"]


@pytest.mark.parametrize(
    "wanted, index",
    [(None, 0), ("2", 2), ("c920", 2), ("LOGITECH b", 4), ("integrated camera", 0)],
)
def test_a_camera_is_found_by_number_or_part_of_its_name(desk, wanted, index):
    assert find_camera(wanted).index == index


def test_a_name_in_full_goes_before_longer_ones(monkeypatch):
    plug_in(monkeypatch, {cv2.CAP_V4L2: {0: "Webcam Pro", 1: "Webcam"}})
    assert find_camera("webcam").index == 1


def test_an_unlisted_number_is_left_to_the_system(desk):
    camera = find_camera("7")
    assert (camera.index, camera.backend, camera.path) == (7, cv2.CAP_V4L2, "/dev/video7")


def test_an_unknown_name_lists_what_there_is(desk):
    with pytest.raises(
        LivebrushError, match=r"'elgato'.*0 .Integrated Camera.*2 .Logitech C920.*4 .Logitech BRIO"
    ):
        find_camera("elgato")


def test_a_name_that_fits_several_lists_those(desk):
    with pytest.raises(LivebrushError, match="'logitech' fits several") as caught:
        find_camera("logitech")
    assert (
        "C920" in str(caught.value) and "BRIO" in str(caught.value) and "Integrated" not in str(caught.value)
    )


@pytest.mark.parametrize("wanted", [None, "logitech"])
def test_no_camera_at_all_says_what_else_to_play(monkeypatch, wanted):
    plug_in(monkeypatch, {})
    with pytest.raises(LivebrushError, match="no camera found") as raised:
        find_camera(wanted)
    assert re.search(r"plug one in.*video\.mp4.*--test-pattern", said(raised.value))


def test_where_cameras_cannot_be_listed_a_number_still_works(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", None)
    assert find_camera(None).index == 0
    assert find_camera("3").index == 3
    with pytest.raises(LivebrushError, match="cannot be listed") as raised:
        find_camera("logitech")
    assert said(raised.value).endswith("--camera 0")


def test_the_real_library_answers_on_this_machine():
    pytest.importorskip("cv2_enumerate_cameras")
    assert len({camera.index for camera in list_cameras()}) == len(list_cameras())


def test_modes_are_what_the_camera_agrees_to(monkeypatch):
    offered = ((480, 640, 30.0), (480, 640, 60.0), (720, 1280, 30.0), (1080, 1920, 5.0))
    fake = FakeCamera(modes=offered).install(monkeypatch)
    assert modes(CAMERA) == [Mode(480, 640, 60.0), Mode(720, 1280, 30.0), Mode(1080, 1920, 5.0)]
    assert len(fake.opened) == fake.released == 1
    assert fake.asked[0] == (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))


def test_modes_without_a_rate_say_none(monkeypatch):
    FakeCamera(modes=((480, 640, 30.0),), says_hz=0).install(monkeypatch)
    assert modes(CAMERA) == [Mode(480, 640, None)]


def test_modes_of_a_camera_that_does_not_open_are_an_error(monkeypatch):
    FakeCamera(refused=1).install(monkeypatch)
    with pytest.raises(LivebrushError, match="Testcam"):
        modes(CAMERA)
