"""`livebrush batch` as a user meets it."""

import json
from pathlib import Path

import pytest

from livebrush.realtime import cli
from tests.realtime.batch.conftest import FRAMES

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(autouse=True)
def no_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's SIGTERM handler would outlive the test."""
    monkeypatch.setattr("signal.signal", lambda *_: None)


def run(footage: Path, style: Path, *more: str) -> int:
    paths = [str(footage), "-o", str(footage.parent / "painted"), "-s", str(style), "--device", "cpu"]
    return cli.run(["batch", *paths, *more])


def test_a_table_at_the_end_says_what_was_done(
    footage: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(footage, tiny_model, "--progress", "none") == 0
    said = capsys.readouterr()
    assert said.err.startswith(f"painted  3  {3 * FRAMES} frames in ") and said.out == ""
    assert run(footage, tiny_model, "--progress", "none") == 0
    assert capsys.readouterr().err.splitlines() == ["painted      0", "done before  3"]


def test_failures_are_named_and_told_by_the_exit_code(
    footage: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (footage / "a.mp4").write_bytes(b"no video")
    report = footage.parent / "report.json"
    assert run(footage, tiny_model, "--progress", "none", "--retry", "0", "--report", str(report)) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-3].split() == ["failed", "1"] and lines[-2].startswith("  a_invert.mp4: ")
    assert lines[-1] == "livebrush: 1 of 3 paintings failed"
    told = json.loads(report.read_text())
    assert [entry["attempts"] for entry in told["failed"]] == [1] and len(told["painted"]) == 2


def test_progress_for_programs_tells_the_whole_and_each_painting(
    footage: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(footage, tiny_model, "--progress", "json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0] == {"event": "started", "title": "3 paintings", "unit": "frame", "of": 3 * FRAMES}
    ready = [event["target"] for event in events if event["event"] == "finished" and "target" in event]
    assert [Path(target).name for target in ready] == ["a_invert.mp4", "b_invert.mp4", "c_mkv_invert.mp4"]
    assert events[-1]["event"] == "finished" and events[-1]["frame"] == 3 * FRAMES


def test_a_dry_run_says_what_it_would_take(
    footage: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(footage, tiny_model, "--dry-run") == 0
    assert capsys.readouterr().out.startswith(f"3 paintings, {3 * FRAMES} frames: about 0 s, ")
    assert run(footage, tiny_model, "--dry-run", "--progress", "json") == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 3 * FRAMES
    assert run(footage, tiny_model, "--dry-run", "--watch") == 2


def test_paintings_of_others_are_left_alone_with_a_word_on_how_to_replace_them(
    footage: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (footage.parent / "painted").mkdir()
    (footage.parent / "painted" / "a_invert.mp4").write_bytes(b"by hand")
    assert run(footage, tiny_model, "--progress", "none") == 0
    said = capsys.readouterr().err
    assert "note: 1 painting there already, by no batch on this folder: left alone: -y replaces them" in said
    assert "left alone  1" in said
