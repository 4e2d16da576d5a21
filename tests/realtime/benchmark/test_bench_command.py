"""`livebrush bench` as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnxruntime as ort
import pytest

from livebrush.models.catalogue import user_folder
from livebrush.models.errors import LivebrushError
from livebrush.realtime import cli
from livebrush.realtime.benchmark import side_by_side, speed
from livebrush.realtime.benchmark.file_to_file import FileToFile
from livebrush.realtime.benchmark.machine import OtherLoad
from livebrush.realtime.benchmark.speed import chosen_styles
from livebrush.realtime.video.clip_of_pictures import write_clip
from livebrush.realtime.video.stylize import Interrupted
from tests.realtime.video.clips import make_clip
from tests.tiny_models import INVERTED, write_tiny_model


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No handler outlives a test, and no test watches the machine for long."""
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(speed, "LOOK_S", 0.05)


@pytest.fixture
def told_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is started to measure memory."""
    monkeypatch.setattr(side_by_side, "peak_memory_mb", lambda *_: 123.0)


@pytest.fixture
def bench(tiny_model: Path, tmp_path: Path) -> list[str]:
    """The command for the tiny model and a small clip."""
    clip = make_clip(tmp_path / "clip.mp4")
    return ["bench", "-s", str(tiny_model), "--source", str(clip), "--rounds", "1", "--preset", "ultrafast"]


def measured(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert cli.run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def failing(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a failing command says."""
    assert cli.run(arguments) == 1
    said = capsys.readouterr()
    lines = said.err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("livebrush: ") and not said.out, said
    return lines[0]


def test_every_row_is_there_and_its_numbers_hang_together(
    bench: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reference itself, and with processes of its own for memory."""
    found = measured(capsys, *bench, "--size", "64x48", "--threads", "1")
    style, eager, onnx = found["rows"]
    assert [row["contender"] for row in found["rows"]] == ["invert", "johnson (PyTorch)", "johnson (ONNX)"]
    assert [row["provider"] for row in found["rows"]] == [
        "CPUExecutionProvider", "PyTorch", "CPUExecutionProvider",
    ]  # fmt: skip
    for row in found["rows"]:
        assert (row["width"], row["height"], row["threads"]) == (64, 48, 1)
        assert 0 < row["net_p50_ms"] <= row["net_p95_ms"] and len(row["net_round_p50_ms"]) == 1
        assert row["ratio"] == pytest.approx(eager["net_p50_ms"] / row["net_p50_ms"])
    assert eager["ratio"] == 1 and onnx["stylize_p50_ms"] is None and onnx["file_fps"] is None
    assert 0 < style["stylize_p50_ms"] <= style["stylize_p95_ms"]
    assert style["file_frames"] == 25 and style["peak_memory_mb"] > 20
    assert style["share_of_bound"] == pytest.approx(style["file_fps"] / style["bound_fps"])
    assert 0 < style["share_of_bound"] <= 1.2
    assert found["complete"] and found["notes"] == [] and found["source"] == "clip.mp4"
    assert found["machine"]["versions"]["torch"] and found["others_during_cores"] >= 0


@pytest.mark.usefixtures("told_memory")
def test_the_table_has_sizes_and_threads_in_the_order_asked_for(
    bench: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "usable_cores", lambda: 2)
    options = ["--size", "64x48", "--size", "33x21", "--threads", "2", "--threads", "1", "--threads", "9"]
    assert cli.run([*bench, *options, "--no-reference"]) == 0
    out = capsys.readouterr().out
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if "invert" in line[:9]
    ]
    assert [row[:3] for row in rows] == [
        ["invert", size, n] for size in ("64x48", "33x21") for n in ("2", "1")
    ]
    assert all(row[7:] == ["123", "-"] for row in rows)
    assert "More threads than the 2 cores" in out and "johnson (" not in out.split("ratio:")[0]


def test_without_torch_the_reference_is_left_out(bench: list[str]) -> None:
    command = [*bench, "--size", "64x48", "--threads", "1"]
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from livebrush.realtime import cli\n"
        f"assert cli.run({[*command, '--reference']!r}) == 1\n"
        f"sys.exit(cli.run({command!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if "Left out" in line]
    assert len(lines) == 1 and "needs the package torch: pip install 'livebrush[train]'" in lines[0]
    assert "| invert" in done.stdout and "| johnson" not in done.stdout
    assert "livebrush: the reference (johnson) needs the package torch" in done.stderr


@pytest.mark.usefixtures("told_memory")
@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Interrupted(None, 0)])
def test_a_stop_keeps_what_was_measured(
    bench: list[str], stop: BaseException, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FileToFile.run

    def run(video: FileToFile) -> None:
        assert video.clip is not None
        if video.clip.name.startswith("32x24"):
            raise stop
        whole(video)

    monkeypatch.setattr(FileToFile, "run", run)
    sizes = ["--size", "64x48", "--size", "32x24", "--size", "16x16"]
    command = [*bench, *sizes, "--threads", "1", "--no-reference"]
    found = measured(capsys, *command, code=130)
    whole_row, begun = found["rows"]
    assert (whole_row["width"], whole_row["peak_memory_mb"]) == (64, 123.0) and whole_row["file_fps"] > 0
    assert (begun["width"], begun["peak_memory_mb"], begun["file_fps"]) == (32, None, None)
    assert begun["net_p50_ms"] > 0 and not found["complete"]
    assert cli.run(command) == 130
    said = capsys.readouterr()
    assert "the table is incomplete" in said.out and "livebrush: stopped: what was measured" in said.err


@pytest.mark.usefixtures("told_memory")
def test_an_error_keeps_the_cases_before(
    bench: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_clip

    def full_disk(frames: Any, path: Path, *how: Any) -> None:
        if "32x24" in path.name:
            raise LivebrushError("the disk is full")
        whole(frames, path, *how)

    monkeypatch.setattr(side_by_side, "write_clip", full_disk)
    command = [*bench, "--size", "64x48", "--size", "32x24", "--threads", "1", "--no-reference", "--json"]
    assert cli.run(command) == 1
    said = capsys.readouterr()
    assert [row["width"] for row in json.loads(said.out)["rows"]] == [64]
    assert "livebrush: the disk is full" in said.err


@pytest.mark.usefixtures("told_memory")
def test_a_busy_machine_is_warned_of(
    bench: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [*bench, "--size", "64x48", "--threads", "1", "--no-reference", "--compile"]
    for cores, warned in ((0.2, False), (0.3, True)):
        monkeypatch.setattr(OtherLoad, "cores", lambda _, cores=cores: cores)
        assert cli.run(command) == 0
        said = capsys.readouterr()
        assert ("warning: other processes" in said.err) == warned
        assert "--compile left out: it measures on an NVIDIA GPU only" in said.out


def test_errors_are_one_line(
    bench: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert "did you mean" in failing(capsys, "bench", "-s", "stary_night")
    assert "--size: 'big' is not a size" in failing(capsys, *bench, "--size", "big")
    assert "a height alone" in failing(capsys, *bench, "--size", "720")
    assert "640x7 is too small" in failing(capsys, *bench, "--size", "640x7")
    assert "too large" in failing(capsys, *bench, "--size", "99999x480")
    assert "gone.mp4" in failing(capsys, *bench, "--source", "gone.mp4")
    assert "preset 'warp'" in failing(capsys, *bench, "--preset", "warp")
    assert "without CUDA" in failing(capsys, *bench, "--device", "cuda")


def test_one_shipped_style_stands_for_each_net() -> None:
    user_folder().mkdir(parents=True)
    write_tiny_model(user_folder() / "starry_night.onnx", INVERTED)
    facts = [choice.model.metadata for choice in chosen_styles([])]
    nets = [(fact.net, fact.margin, fact.multiple) for fact in facts]
    assert nets and len(nets) == len(set(nets)) and "test" not in {fact.net for fact in facts}


def test_all_styles_or_those_named_once(tiny_model: Path) -> None:
    user_folder().mkdir(parents=True)
    write_tiny_model(user_folder() / "mine.onnx", INVERTED)
    (user_folder() / "broken.onnx").write_bytes(b"x")
    every = {choice.name for choice in chosen_styles(["all"])}
    assert {"mine", "starry_night"} <= every and "broken" not in every
    named = chosen_styles([str(tiny_model), "mine", str(tiny_model)])
    assert [choice.name for choice in named] == ["invert", "mine"]


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench", "--help"]) == 0
    assert capsys.readouterr().out.count("livebrush bench") == 3  # the usage and two examples
