"""The readers of events: a bar, JSON lines, and notes alone."""

import json
from pathlib import Path

import pytest

from livebrush.models.events import Failed, Finished, Note, Progress, Started
from livebrush.realtime.commands.progress import reader

WORK = [
    Started("a.mp4", "frame", 2),
    Note("HDR video", remedy="keep_hdr"),
    Progress(1, 2),
    Progress(2, 2),
    Finished(Path("out.mp4"), {"frame": 2, "seconds": 1.5}),
]


@pytest.mark.parametrize("form", ["bar", "json", "none"])
def test_notes_come_on_stderr_as_they_are_told(capsys: pytest.CaptureFixture[str], form: str) -> None:
    with reader(form) as read:
        for event in WORK[:2]:
            read(event)
        assert capsys.readouterr().err.strip() == "note: HDR video: --keep-hdr takes it as it is"
        for event in WORK[2:]:
            read(event)
    assert "HDR" not in capsys.readouterr().err


def test_json_lines_hold_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    with reader("json") as read:
        for event in WORK:
            read(event)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["started", "note", "progress", "progress", "finished"]
    assert lines[-2]["frame"] == 2 and lines[-2]["of"] == 2 and lines[-2]["seconds_left"] == 0
    assert lines[1]["remedy"] == "keep_hdr" and lines[-1]["frame"] == 2 and lines[-1]["path"] == "out.mp4"


def test_json_progress_comes_ten_times_a_second_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    with reader("json") as read:
        for done in range(1, 1001):
            read(Progress(done, 1000))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 100 and json.loads(lines[-1])["done"] == 1000


def test_work_that_fails_says_in_json_what_the_terminal_says(capsys: pytest.CaptureFixture[str]) -> None:
    with reader("json") as read:
        read(Failed("exists", "out.mp4: exists already", "overwrite"))
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["code"] == "exists" and line["text"] == "out.mp4: exists already"
    assert line["message"].endswith("add -y to replace it, or name another file")
