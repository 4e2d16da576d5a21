"""`livebrush live` as a user meets it, without a screen."""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.realtime import cli
from livebrush.realtime.live.commands import command_table, help_lines, key_table, schema
from tests.realtime.live.fake_camera import CAMERA, FakeCamera
from tests.realtime.live.flashes import make_video
from tests.realtime.live.screen.virtual_screen import Screen
from tests.realtime.live.sound_card import SoundCard
from tests.realtime.live.styles import write_grey
from tests.realtime.video.clips import Clip, make_clip

pytestmark = pytest.mark.usefixtures("no_thread_stays")


@pytest.fixture(autouse=True)
def no_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's SIGTERM handler would outlive the test."""
    monkeypatch.setattr("signal.signal", lambda *_: None)


@pytest.fixture
def grey(tmp_path: Path) -> str:
    return str(write_grey(tmp_path / "grey.onnx", 99))


def live(*arguments: object) -> int:
    return cli.run(["live", "--no-window", *(str(argument) for argument in arguments)])


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_the_help_teaches_the_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["live", "--help"]) == 0
    said = capsys.readouterr().out
    for keys, what in help_lines():
        assert any(line.strip().startswith(keys) and what in line for line in said.splitlines()), keys


def test_a_test_pattern_is_painted_and_recorded(
    grey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "night.mkv"
    assert (
        live("--test-pattern", "--only-these", "-s", grey, "--size", "160x90", "-t", "1", "--record", target)
        == 0
    )
    assert frames_in(target) > 5
    said = capsys.readouterr().err
    assert "frames shown in 1." in said
    assert f"to {target}" in said


def test_a_camera_is_painted(
    grey: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    camera = FakeCamera(frame_s=0.01).install(monkeypatch)
    monkeypatch.setattr("livebrush.realtime.live.sources.camera_list.find_camera", lambda wanted: CAMERA)
    assert live("--only-these", "-s", grey, "-t", "0.5", "--size", "640x480") == 0
    assert camera.released >= 1
    assert "frames shown" in capsys.readouterr().err


def test_a_video_is_painted_to_its_end(grey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = make_clip(tmp_path / "video.mp4", Clip(pts=range(25)))
    assert live(clip, "--only-these", "-s", grey, "-v") == 0
    said = capsys.readouterr().err
    assert "frames shown in 1." in said
    assert "from capture to shown" in said


def test_a_video_can_be_started_later_and_looped(grey: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "video.mp4", Clip(pts=range(25)))
    target = tmp_path / "looped.mkv"
    assert (
        live(clip, "--loop", "-ss", "0.6", "-t", "1.5", "--only-these", "-s", grey, "--record", target) == 0
    )
    with av.open(str(target)) as container:
        assert max(frame.time for frame in container.decode(video=0)) > 1.2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.mp4"], "nowhere.mp4: no such file"),
        (
            ["--test-pattern", "-s", "stary_night"],
            "no style is called 'stary_night': did you mean starry_night",
        ),
        (["tcp://127.0.0.1:9"], "127.0.0.1:9"),
        (
            ["--test-pattern", "--record", "no/such/folder/night.mkv"],
            "the folder no/such/folder does not exist",
        ),
        (["--test-pattern", "--record", "night.gif"], "a recording cannot have the suffix '.gif'"),
        (["--test-pattern", "--send", "ftp://somewhere"], "ftp"),
        (["--screen", "640"], "'640' is no part of a screen: write WIDTHxHEIGHT"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(*arguments) == 1
    line, *others = reversed(capsys.readouterr().err.strip().splitlines())
    assert line.startswith("livebrush: ")
    assert message in line
    assert all("connecting to" in other for other in others)


def test_one_source_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert live("video.mp4", "--test-pattern") == 2
    assert "video.mp4 and --test-pattern exclude each other" in capsys.readouterr().err


def test_a_file_that_exists_is_not_recorded_over(
    grey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "night.mkv"
    target.write_bytes(b"precious")
    assert live("--test-pattern", "-s", grey, "--record", target) == 1
    assert "exists already" in capsys.readouterr().err
    assert target.read_bytes() == b"precious"


def test_no_recording_is_left_of_a_show_that_never_began(grey: str, tmp_path: Path) -> None:
    target = tmp_path / "night.mkv"
    assert live("nowhere.mp4", "-s", grey, "--record", target) == 1
    assert not target.exists()


def test_without_a_screen_it_says_what_else_can_be_done(grey: str) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux runs without a screen")
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    code = f"from livebrush.realtime import cli; raise SystemExit(cli.run(['live', '--test-pattern', '-s', {grey!r}]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "--no-window" in line and "livebrush video" in line


def test_commands_come_as_json_lines_on_standard_input(grey: str) -> None:
    code = (
        "from livebrush.realtime import cli; raise SystemExit(cli.run(["
        f"'live', '--test-pattern', '--no-window', '--only-these', '-s', {grey!r}, '--control', 'stdin', '-t', '20',"
        "'--steady']))"
    )
    requests = [{"command": "strength", "value": 0.5}, {"command": "dance"}, {"command": "quit"}]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(
        [sys.executable, "-c", code], input=lines, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, False, True]
    assert answers[0]["strength"] == 0.5
    assert answers[0]["steady"] is True
    assert answers[1]["error"].startswith("no command is called 'dance'")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--test-pattern", "--loop"], "--loop is for videos"),
        (["rtsp://127.0.0.1/x", "-ss", "3"], "-ss is for videos"),
        (["rtsp://127.0.0.1/x", "--size", "720"], "--size is for cameras, videos and the test pattern"),
        (["--screen", "640x480", "--size", "720"], "--size is for cameras, videos and the test pattern"),
        (["--screen", "--loop"], "--loop is for videos"),
        (["video.mp4", "--screen", "640x480"], "video.mp4 and --screen exclude each other"),
        (["--test-pattern", "--deck", __file__, "-s", "x"], "--deck and -s exclude each other"),
        (["--test-pattern", "--only-these"], "--only-these needs the styles to keep"),
        (["--test-pattern", "--full-screen"], "--full-screen and --no-window exclude each other"),
        (["--test-pattern", "--size", "99999x99999"], "sides may have up to 16384 pixels"),
        (["--test-pattern", "--out-dir", "no/such/folder"], "no/such/folder"),
    ],
)
def test_what_would_be_ignored_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(*arguments) == 2
    assert message in capsys.readouterr().err


def test_a_show_for_nobody_ends_when_its_only_output_does(
    grey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pattern = ["--test-pattern", "--only-these", "-s", grey, "--size", "160x90", "-t", "30"]
    assert live(*pattern, "--send", "tcp://127.0.0.1:9") == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert any("network stopped" in line for line in said)
    assert said[-1].startswith("livebrush: nothing is left to paint for")


def test_the_commands_are_listed_as_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["live", "--list-commands"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()


def test_a_deck_file_says_what_is_played_and_how_strong(grey: str, tmp_path: Path) -> None:
    write_grey(tmp_path / "other.onnx", 30)
    deck = tmp_path / "show.toml"
    deck.write_text(
        'autoplay = 50\n[[styles]]\nname = "grey.onnx"\nstrength = 0.5\n[[styles]]\nname = "other.onnx"\n'
    )
    code = (
        "from livebrush.realtime import cli; raise SystemExit(cli.run(["
        f"'live', '--test-pattern', '--no-window', '--deck', {str(deck)!r}, '--control', 'stdin', '-t', '20']))"
    )
    lines = "".join(json.dumps({"command": name}) + "\n" for name in ("status", "next_style", "quit"))
    done = subprocess.run(
        [sys.executable, "-c", code], input=lines, capture_output=True, text=True, timeout=60
    )
    first, second, _ = [json.loads(line) for line in done.stdout.splitlines()]
    assert (first["styles"], first["style"], first["strength"]) == (["grey", "other"], "grey", 0.5)
    assert (first["autoplay"], first["autoplay_s"]) == (True, 50)
    assert (second["style"], second["strength"]) == ("other", 1.0)


def test_the_screen_is_painted(grey: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Screen() as screen:
        monkeypatch.setenv("DISPLAY", screen.display)
        target = tmp_path / "screen.mkv"
        assert (
            live("--screen", "160x90+20+10", "--only-these", "-s", grey, "-t", "1", "--record", target) == 0
        )
    with av.open(str(target)) as container:
        first = next(container.decode(video=0))
        assert (first.width, first.height) == (160, 90)
        assert abs(int(first.to_ndarray(format="rgb24")[45, 80, 0]) - 99) <= 3


def test_the_readme_holds_the_tables_of_keys_and_commands() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"\n{key_table()}\n" in readme
    assert f"\n{command_table()}\n" in readme


def test_without_its_package_a_virtual_camera_alone_is_an_error_and_beside_a_recording_a_note(
    grey: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    pattern = [
        "--test-pattern",
        "--only-these",
        "-s",
        grey,
        "--size",
        "160x90",
        "-t",
        "0.5",
        "--virtual-camera",
    ]
    assert live(*pattern) == 1
    assert "needs the package pyvirtualcam" in capsys.readouterr().err
    assert live(*pattern, "--record", tmp_path / "night.mkv") == 0
    assert "no virtual camera: needs the package pyvirtualcam" in capsys.readouterr().err
    assert frames_in(tmp_path / "night.mkv") > 1


@pytest.fixture
def sound_card(monkeypatch: pytest.MonkeyPatch) -> SoundCard:
    card = SoundCard(lambda moments: np.full(len(moments), 0.5))
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    return card


def sound_in(path: Path) -> list[str]:
    """The sound tracks, and whether anything is to be heard."""
    with av.open(str(path)) as container:
        tracks = [track.name or "" for track in container.streams.audio]
        loud = (
            any(np.abs(frame.to_ndarray()).max() > 0.1 for frame in container.decode(audio=0))
            if tracks
            else False
        )
    return [*tracks, "loud" if loud else "silent"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--mute"], ["aac", "loud"]), ([], ["aac", "loud"]), (["--no-sound"], ["silent"]),
        (["--no-sound", "--mic"], ["aac", "loud"]), (["--mic", "built"], ["aac", "loud"]),
    ],
)  # fmt: skip
def test_the_sound_of_a_video_or_a_microphone_is_recorded(
    grey: str, tmp_path: Path, sound_card: SoundCard, options: list[str], expected: list[str]
) -> None:
    video, target = make_video(tmp_path / "video.mp4", 1.0, "aac"), tmp_path / "a.mkv"
    assert live(video, "--only-these", "-s", grey, "--record", target, *options) == 0
    assert sound_in(target) == expected
    assert bool(sound_card.opened) == ("--mic" in options)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--test-pattern", "--mic", "Yeti"], "no microphone is called 'Yeti'; there are 1 Built-in, 2 USB Microphone"),
        (["--test-pattern", "--mute"], "--mute is for videos"),
        (["rtsp://host/path", "--mute"], "--mute is for videos"),
        (["--test-pattern", "--mic-delay", "50"], "--mic-delay is for a microphone: add --mic"),
    ],
)  # fmt: skip
def test_sound_that_cannot_be_is_said(
    grey: str, arguments: list[str], words: str, sound_card: SoundCard, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live("--only-these", "-s", grey, *arguments) != 0
    assert words in capsys.readouterr().err


def test_a_microphone_without_portaudio_is_answered_with_what_to_install(
    grey: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert live("--test-pattern", "--only-these", "-s", grey, "--mic") == 1
    said = capsys.readouterr().err
    assert "'.[sound]'" in said and "libportaudio2" in said
