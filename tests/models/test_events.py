"""What long work tells: to who listens, and to the log of a program that wants it."""

import json
import logging
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.events import (
    Failed,
    Finished,
    Note,
    Preview,
    Progress,
    Started,
    as_json,
    tell,
    telling,
)  # fmt: skip
from tests.listener import Listener


def test_an_error_that_ends_the_work_is_told_and_raised_on() -> None:
    heard = Listener()
    with pytest.raises(LivebrushError), telling(heard) as say:
        say(Started("a.mp4", "frame", 2))
        raise LivebrushError("gif has one quality only", code="conflict", remedy="leave_out", field="crf")
    assert heard.events == [
        Started("a.mp4", "frame", 2), Failed("conflict", "gif has one quality only", "leave_out", {"field": "crf"}),
    ]  # fmt: skip


def test_mistakes_of_ours_are_not_told_as_what_a_user_can_mend() -> None:
    heard = Listener()
    with pytest.raises(ZeroDivisionError), telling(heard):
        _ = 1 / 0
    assert heard.events == []


def test_a_service_hears_notes_and_failures_in_its_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "livebrush")
    for event in (
        Started("a.mp4", "frame"), Progress(1, 2), Note("HDR video", remedy="keep_hdr"), Preview(Path("a.png")),
        Failed("unwritable", "out.mp4: full"), Failed("stopped", "stopped: 3 frames"), Finished(Path("out.mp4")),
    ):  # fmt: skip
        tell(event)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "a.mp4: started"),
        ("WARNING", "HDR video: keep_hdr=True takes it as it is"),
        ("ERROR", "out.mp4: full"),
        ("INFO", "stopped: 3 frames"),
        ("INFO", "out.mp4: finished"),
    ]


def test_without_a_handler_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    tell(Failed("failed", "it went wrong"))
    assert capfd.readouterr() == ("", "")


def test_every_event_is_json() -> None:
    events = [
        Started("a", "step", 9), Progress(1, 9, {"style": 0.5}), Preview(Path("a.png")), Note("n"),
        Finished(Path("a.onnx"), {"step": 9}), Failed("invalid", "no", "leave_out", {"field": "crf"}),
    ]  # fmt: skip
    lines = [json.loads(json.dumps(as_json(event))) for event in events]
    assert [line["event"] for line in lines] == [
        "started",
        "progress",
        "preview",
        "note",
        "finished",
        "failed",
    ]
    assert lines[1] == {"event": "progress", "done": 1, "of": 9, "values": {"style": 0.5}}
    assert lines[2]["path"] == "a.png" and lines[5]["values"] == {"field": "crf"}
