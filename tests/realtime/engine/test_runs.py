"""Nets that never return, and stops that come while one runs."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import Choice
from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine import engine as engine_module
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.runs import end, stop_runs
from livebrush.realtime.live.deck import Deck, choices_in
from tests.realtime.video.clips import Clip, make_clip, times
from tests.tiny_models import write_endless_model, write_tiny_model


@pytest.fixture
def endless(tmp_path: Path) -> StyleModel:
    write_endless_model(tmp_path / "endless.onnx")
    return read_style_model(tmp_path / "endless.onnx")


def test_a_run_can_be_ended_from_outside(endless: StyleModel) -> None:
    problems: list[str] = []
    engine = Engine(endless, "cpu")

    def paint() -> None:
        try:
            engine.paint(np.zeros((4, 4, 3), np.uint8), Conditions(), engine.begin())
        except LivebrushError as error:
            problems.append(str(error))

    thread = threading.Thread(target=paint)
    thread.start()
    time.sleep(0.2)
    stop_runs(longer_than_s=60)
    assert thread.is_alive() and not problems
    end(thread, patience_s=0.1)
    assert not thread.is_alive() and "endless.onnx" in problems[0]


def test_a_style_that_does_not_warm_up_leaves_the_deck(
    endless: StyleModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "WARM_UP_S", 0.3)
    write_tiny_model(tmp_path / "good.onnx")
    deck = Deck([*choices_in(read_style_model(tmp_path / "good.onnx")), Choice(endless)], "cpu")
    deck.warm_up(8, 8)
    assert deck.names == ("good",) and any("endless is left out" in note for note in deck.notes)
    with pytest.raises(LivebrushError):
        deck.renew(endless)


COMMAND = [sys.executable, "-c", "from livebrush.realtime.cli import main; main()"]


def stopped_after(process: subprocess.Popen[bytes], wait_s: float) -> tuple[int, str]:
    """SIGINT after a while; exit code and stderr. Fails when the program does not end."""
    time.sleep(wait_s)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    return process.returncode, told.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("command", ["image", "video"])
def test_ctrl_c_ends_a_command_whose_net_does_not_return(
    endless: StyleModel, tmp_path: Path, command: str
) -> None:
    make_clip(tmp_path / "a.mkv", Clip())
    from PIL import Image

    Image.new("RGB", (16, 16)).save(tmp_path / "a.png")
    source, target = ("a.mkv", "b.mkv") if command == "video" else ("a.png", "b.png")
    process = subprocess.Popen(
        [*COMMAND, command, source, "-s", str(endless.path), "-o", target, "--device", "cpu"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    code, told = stopped_after(process, 4)
    assert code == 130 and "Traceback" not in told and "stopped" in told
    assert not (tmp_path / target).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("wait_s", [1.6, 2.1, 2.6])
def test_ctrl_c_at_any_moment_leaves_a_video_that_plays(tmp_path: Path, wait_s: float) -> None:
    write_tiny_model(tmp_path / "good.onnx")
    make_clip(tmp_path / "a.mkv", Clip(pts=range(4000), options={"preset": "ultrafast"}))
    process = subprocess.Popen(
        [*COMMAND, "video", "a.mkv", "-s", "good.onnx", "-o", "b.mkv", "--device", "cpu"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    code, told = stopped_after(process, wait_s)
    assert "Traceback" not in told
    if code == 130 and "frames are in" in told:
        assert len(times(tmp_path / "b.partial.mkv")) == int(told.split("the first ")[1].split()[0])
    else:  # before its first frame, or after its last
        assert code in (0, 130)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_after_the_last_frame_does_not_change_the_exit_code(tmp_path: Path) -> None:
    last = "class Last:\n    def __del__(self): os.kill(os.getpid(), signal.SIGINT)\n"
    program = f"import os, signal\n{last}late = Last()\nfrom livebrush.realtime.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--version"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "") and "livebrush" in done.stdout
