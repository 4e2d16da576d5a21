"""The `livebrush` command as a user meets it: output, exit codes, one-line errors."""

import json
import re
import subprocess
import sys
from pathlib import Path

import av
import click
import numpy as np
import pytest
from PIL import Image

from livebrush.models.catalogue import user_folder
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import COLOURS, GROUPS
from livebrush.realtime import cli
from livebrush.realtime.commands import doctor
from livebrush.realtime.engine.providers import cpu
from tests.realtime.live.sound_card import SoundCard
from tests.realtime.video.clips import Clip, make_clip, picture
from tests.tiny_models import INVERTED, write_stateful_model, write_tiny_model


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4")


@pytest.fixture(autouse=True)
def no_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's SIGTERM handler would outlive the test."""
    monkeypatch.setattr("signal.signal", lambda *_: None)


def frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def failing(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line that a failing command says."""
    assert cli.run([str(argument) for argument in arguments]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("livebrush: "), lines
    return lines[0]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from livebrush.realtime import cli\n"
        "assert cli.run(['--help']) == 0\n"
        "heavy = {'torch', 'onnxruntime', 'cv2', 'av', 'numpy', 'onnx', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(command in done.stdout for command in cli.COMMANDS)


def test_a_video_is_painted_without_torch(tiny_model: Path, clip: Path, tmp_path: Path) -> None:
    """Neither torch nor the folders that need it may be touched."""
    code = (
        "import sys\n"
        "for name in ('torch', 'trainer', 'converters'): sys.modules[name] = None\n"
        "from livebrush.realtime import cli\n"
        f"sys.exit(cli.run(['video', {str(clip)!r}, '-s', {str(tiny_model)!r}, '-o', {str(tmp_path / 'o.mp4')!r}]))\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True)
    assert len(frames(tmp_path / "o.mp4")) == 25


def test_video_paints_with_the_style(tiny_model: Path, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    assert cli.run(["video", str(clip), "-s", str(tiny_model), "-o", str(target), "--codec", "ffv1"]) == 0
    for before, after in zip(frames(clip), frames(target), strict=True):
        assert np.abs(255 - before.astype(int) - after).mean() < 4


def test_video_options_reach_the_frames(tiny_model: Path, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    options = ["-ss", "0.4", "-t", "0.2", "--size", "32x24", "--strength", "0", "--codec", "ffv1", "-v"]
    assert cli.run(["video", str(clip), "-s", str(tiny_model), "-o", str(target), *options]) == 0
    painted = frames(target)
    assert len(painted) == 5 and painted[0].shape == (24, 32, 3)


@pytest.mark.parametrize("options", [[], ["--threads", "2"], ["--strength", "0.5"]])
def test_a_steady_video_keeps_every_frame_in_its_place(
    tiny_model: Path, tmp_path: Path, options: list[str]
) -> None:
    clip = make_clip(tmp_path / "larger.mp4", Clip(height=96, width=128))
    painted = {}
    for way in ("--steady", "--no-steady"):
        target = tmp_path / f"out{way}.mkv"
        given = ["-s", str(tiny_model), "-o", str(target), "--codec", "ffv1", way, *options]
        assert cli.run(["video", str(clip), *given]) == 0
        painted[way] = frames(target)
    assert len(painted["--steady"]) == 25
    for steady, plain in zip(painted["--steady"], painted["--no-steady"], strict=True):
        assert np.abs(steady.astype(int) - plain).mean() < 8


def test_steadying_reaches_the_frames_of_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This style adds a level with every frame of a still picture; steadied, the level lags behind."""
    monkeypatch.setattr("tests.realtime.video.clips.picture", lambda _index, *size: picture(0, *size))
    clip = make_clip(tmp_path / "larger.mp4", Clip(height=96, width=128))
    write_stateful_model(tmp_path / "count.onnx")
    given = ["-s", str(tmp_path / "count.onnx"), "--codec", "ffv1", "--size", "128x96"]
    for way in ("--steady", "--no-steady"):
        assert cli.run(["video", str(clip), *given, "-o", str(tmp_path / f"out{way}.mkv"), way]) == 0
    steady, plain = (frames(tmp_path / f"out{way}.mkv")[-1].mean() for way in ("--steady", "--no-steady"))
    assert plain - 12 < steady < plain - 0.5


def test_a_height_alone_keeps_the_shape(tiny_model: Path, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    assert cli.run(["video", str(clip), "-s", str(tiny_model), "-o", str(target), "--size", "24"]) == 0
    assert frames(target)[0].shape == (24, 32, 3)


def test_progress_for_programs(
    tiny_model: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.mp4"
    assert cli.run(["video", str(clip), "-s", str(tiny_model), "-o", str(target), "--progress", "json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-2]["event"] == "progress" and events[-2]["frame"] == 25
    assert events[-1]["event"] == "finished" and events[-1]["path"] == str(target)


def test_cost_is_told_when_asked(
    tiny_model: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["video", str(clip), "-s", str(tiny_model), "-o", str(tmp_path / "o.mp4"), "-v"]) == 0
    told = capsys.readouterr().err
    assert "CPUExecutionProvider" in told and "cores allow" in told
    assert all(stage in told for stage in ("decode", "paint", "encode", "sum"))


def test_an_existing_output_is_kept_replaced_or_left_alone(
    tiny_model: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.mp4"
    target.write_text("precious")
    command = ["video", clip, "-s", tiny_model, "-o", target]
    assert "-y" in failing(capsys, *command)
    assert cli.run([*map(str, command), "-n"]) == 0 and target.read_text() == "precious"
    missing = [str(tmp_path / "none.mp4") if part == clip else str(part) for part in command]
    assert cli.run([*missing, "-n"]) == 1
    assert cli.run([*map(str, command), "-y"]) == 0 and len(frames(target)) == 25
    assert cli.run([*map(str, command), "-y", "-n"]) == 2


def test_errors_are_one_line(
    tiny_model: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    out = tmp_path / "out.mp4"
    assert "text.mp4" in failing(capsys, "video", tmp_path / "text.mp4", "-s", tiny_model, "-o", out)
    assert "did you mean" in failing(capsys, "video", clip, "-s", "stary_night", "-o", out)
    assert "no style model" in failing(capsys, "video", clip, "-s", plain_onnx(tmp_path), "-o", out)
    assert "never changed" in failing(capsys, "video", clip, "-s", tiny_model, "-o", clip, "-y")
    assert "does not exist" in failing(
        capsys, "video", clip, "-s", tiny_model, "-o", tmp_path / "no" / "out.mp4"
    )
    assert cli.run(["video", str(clip), "-o", str(out), "--strength", "2"]) == 2
    assert "2 is not in the range 0<=x<=1" in capsys.readouterr().err.replace("2.0", "2")
    assert not out.exists() and not list(tmp_path.glob("*partial*"))


def plain_onnx(folder: Path) -> Path:
    write_tiny_model(folder / "plain.onnx", metadata=None)
    return folder / "plain.onnx"


@pytest.mark.parametrize("value", ["soon", "1:2:3:4", "-5", "5s"])
def test_times_that_are_none(clip: Path, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["video", str(clip), f"-t={value}" if value.startswith("-") else "-t", value]) == 2
    assert "Usage" in capsys.readouterr().err


def test_times_and_sizes() -> None:
    from livebrush.realtime.commands.option_types import FrameSize, Seconds

    times = {"5": 5, "2.5": 2.5, "1:02.5": 62.5, "01:00:01": 3601, ".5": 0.5}
    assert {text: Seconds().convert(text, None, None) for text in times} == times
    assert FrameSize().convert("1280x720", None, None) == (720, 1280)
    assert FrameSize().convert("720", None, None) == 720


@pytest.mark.parametrize("digits", ["9" * 5000, "²"])
def test_numbers_that_python_does_not_read_are_refused_or_stay_words(digits: str) -> None:
    from livebrush.realtime.commands.credit import Credit
    from livebrush.realtime.commands.option_types import NetSize
    from livebrush.realtime.live.sinks.network import NetworkSink
    from livebrush.realtime.live.sources.camera_list import find_camera

    with pytest.raises(click.UsageError, match="is not a net size"):
        NetSize().convert(digits, None, None)
    with pytest.raises(LivebrushError, match="is not understood"):
        NetworkSink(f"udp://127.0.0.1:1234?ttl={digits}", 25)
    with pytest.raises(LivebrushError):
        find_camera(digits)
    assert Credit("", "", digits, "", "", "", "").style("name").year == digits


def test_image_paints_into_a_folder(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (20, 10), (10, 20, 30)).save(tmp_path / f"{name}.png")
    out = tmp_path / "painted"
    assert cli.run(["image", str(tmp_path / "*.png"), "-s", str(tiny_model), "-o", f"{out}/"]) == 0
    assert capsys.readouterr().out.split() == [str(out / "a_invert.png"), str(out / "b_invert.png")]
    with Image.open(out / "b_invert.png") as painted:
        assert painted.size == (20, 10) and painted.getpixel((3, 3)) == (245, 235, 225)
    assert "exists: overwrite with -y, or keep it with -n" in failing(
        capsys, "image", tmp_path / "a.png", "-s", tiny_model, "-o", f"{out}/"
    )


def test_a_folder_can_be_painted_twice(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (20, 10), (10, 20, 30)).save(folder / "a.png")
    for option in ("-n", "-n", "-y"):
        assert cli.run(["image", str(folder), "-s", str(tiny_model), option]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "a_invert.png"]


def test_a_look_takes_the_regions_that_were_drawn(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.png"
    pixels = np.random.default_rng(0).integers(60, 200, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(photo)
    levels = []
    for group in ("sky", "road"):
        Image.new("RGB", (64, 48), COLOURS[GROUPS.index(group)]).save(tmp_path / "masks.png")
        painted = tmp_path / f"{group}.png"
        options = ["-s", "clear_day", "--masks", str(tmp_path / "masks.png"), "-o", str(painted)]
        assert cli.run(["image", str(photo), *options]) == 0
        levels.append(np.asarray(Image.open(painted)).mean((0, 1)))
    sky, road = levels
    assert sky[2] - sky[0] > 20 + road[2] - road[0]  # bluer
    for arguments, message in (
        ([photo, "-s", tiny_model, "--masks", tmp_path / "masks.png"], "is not a look and takes no regions"),
        (
            [photo, painted, "-s", "clear_day", "--masks", tmp_path / "masks.png"],
            "belong to one picture, got 2",
        ),
        (
            [photo, painted, "-s", "clear_day", "--masks", tmp_path / "masks.png", "-n"],
            "belong to one picture, got 2",
        ),
        ([photo, "-s", "clear_day", "--masks", photo, "-o", tmp_path / "no.png"], "has other colours"),
        (
            [photo, "-s", "clear_day", "--masks", tmp_path / "masks.png", "-o", tmp_path / "masks.png", "-y"],
            "is an input, which is never changed",
        ),
    ):
        assert message in failing(capsys, "image", *arguments)


def test_a_colon_in_a_name_is_no_protocol(tiny_model: Path, clip: Path, tmp_path: Path) -> None:
    source = clip.rename(tmp_path / "12:30.mp4")
    target = tmp_path / "http:31.mp4"
    assert cli.run(["video", str(source), "-s", str(tiny_model), "-o", str(target)]) == 0
    assert len(frames(target)) == 25


def test_many_videos_are_painted_into_a_folder(
    tiny_model: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "painted"
    clips.mkdir()
    for name in ("a10.mkv", "a2.mkv", "b.mp4"):
        make_clip(clips / name)
    (clips / "broken.mp4").write_text("no video")
    (clips / "notes.txt").write_text("no video")
    command = [
        "video",
        str(clip),
        str(clips),
        str(tmp_path / "*.mp4"),
        "-s",
        str(tiny_model),
        "-o",
        f"{out}/",
    ]
    assert cli.run(command) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith("livebrush: 1 of 5 videos failed: ") and "broken.mp4" in told[-1]
    painted = ["clip_invert.mp4", "a2_invert.mp4", "a10_invert.mp4", "b_invert.mp4"]
    assert sorted(path.name for path in out.iterdir()) == sorted(painted)
    assert all(len(frames(path)) == 25 for path in out.iterdir())
    (clips / "broken.mp4").unlink()
    assert "-n" in failing(capsys, *command)
    assert cli.run([*command, "-n"]) == 0 and "4 already painted" in capsys.readouterr().err


def test_a_folder_of_videos_can_be_painted_twice(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_clip(tmp_path / "a.mp4")
    monkeypatch.chdir(tmp_path)
    for option in ("-n", "-n", "-y"):
        assert cli.run(["video", ".", "-s", str(tiny_model), option]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["a.mp4", "a_invert.mp4"]


def test_one_video_into_a_folder(tiny_model: Path, clip: Path, tmp_path: Path) -> None:
    assert cli.run(["video", str(clip), "-s", str(tiny_model), "-o", f"{tmp_path / 'new'}/"]) == 0
    assert len(frames(tmp_path / "new" / "clip_invert.mp4")) == 25
    assert cli.run(["video", str(clip), str(clip), "-s", str(tiny_model), "-o", "-"]) == 2


def test_styles_lists_and_shows(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user_folder().mkdir(parents=True)
    write_tiny_model(user_folder() / "mine.onnx", INVERTED)
    (user_folder() / "broken.onnx").write_bytes(b"x")
    assert cli.run(["styles"]) == 0
    told = capsys.readouterr().out
    assert "The Starry Night, Vincent van Gogh, 1889 (public domain)" in told
    assert "mine" in told and "not usable" in told and str(user_folder()) in told
    headings = [
        told.index(words)
        for words in ("Paintings:", "starry_night", "Looks:", "golden_hour", "Your own", "mine")
    ]
    assert headings == sorted(headings) and "brush strokes that follow forms" in told
    assert cli.run(["styles", "mine"]) == 0
    assert "sizes divide by 4, margin 2" in capsys.readouterr().out
    assert cli.run(["styles", "golden_hour"]) == 0
    assert re.search(r"golden_hour.onnx, \d+ kB\)", capsys.readouterr().out)
    assert cli.run(["styles", "--json"]) == 0
    assert {"mine", "starry_night"} <= {row["name"] for row in json.loads(capsys.readouterr().out)}


def test_styles_shows_pictures_and_blends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "mine.png")
    assert cli.run(["styles", str(tmp_path / "mine.png")]) == 0
    told = capsys.readouterr().out
    assert (
        "picture of 60x50 pixels" in told and "the net for any picture" in told and "livebrush learn" in told
    )
    assert cli.run(["styles", str(tmp_path / "mine.png"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["kind"], facts["learnt"], facts["width"]) == ("picture", None, 60)
    assert cli.run(["styles", "great_wave:1,udnie:1"]) == 0
    assert "great_wave:great_wave 0.5" in capsys.readouterr().out
    (tmp_path / "text.jpg").write_text("none")
    assert cli.run(["styles", str(tmp_path / "text.jpg")]) == 1


def test_doctor_tries_what_it_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor"]) == 0
    told = capsys.readouterr().out
    assert (
        "h264" in told and "ms for a 640x480 frame" in told and "everything that painting needs works" in told
    )


def test_doctor_tells_of_a_device_that_is_faster_than_what_auto_takes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {"cpu": 0.05, "openvino": 0.03, "auto": 0.05}
    monkeypatch.setattr(
        "livebrush.realtime.engine.providers.providers",
        lambda: {"cpu": cpu.Device(), "openvino": cpu.Device()},
    )
    monkeypatch.setattr(doctor, "_try_device", lambda name: (f"takes {seconds[name]} s", seconds[name]))
    assert cli.run(["doctor"]) == 0
    assert "takes 0.05 s; --device openvino is faster here" in capsys.readouterr().out
    seconds["auto"] = 0.033
    assert cli.run(["doctor"]) == 0
    assert "is faster here" not in capsys.readouterr().out


def test_doctor_lists_microphones(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "livebrush.realtime.live.sources.microphone.sound_library", lambda: SoundCard(lambda moments: moments)
    )
    assert cli.run(["doctor"]) == 0
    assert "1 Built-in, 2 USB Microphone" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("livebrush, version ")


def test_a_missing_system_library_is_one_line_with_the_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(cli.cli, "main", fail)
    assert "apt-get install libgl1 libglib2.0-0" in failing(capsys, "doctor")


def test_training_without_its_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(cli.cli, "main", fail)
    assert "pip install -c constraints.txt -e '.[train]'" in failing(capsys, "train")


def test_stopping_by_the_user_is_no_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.cli, "main", stop)
    assert cli.run([]) == 130
    assert capsys.readouterr().err.strip() == "livebrush: stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_stop_while_a_library_is_loaded_ends_at_once(tmp_path: Path) -> None:
    """An exception in the midst of a library's own code would have it abort."""
    (tmp_path / "library.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(30)\n", encoding="utf-8"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from livebrush.realtime import cli\n"
        "cli.COMMANDS['library'] = 'library:library'\n"
        "try:\n    cli.run(['library'])\nfinally:\n    print('an exception got through')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "livebrush: stopped\n")
