"""Messages go through JSON as they are."""

import json
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Failed, Finished, Note, Preview, Progress, Started
from livebrush.realtime.workers.choosing import workers_on
from livebrush.realtime.workers.port import Done, Lost, Message, NotDone, Told, message_as_json, message_of

EVENTS: list[Event] = [
    Started("clip.mp4", "frame", 25), Progress(3, None, {"loss": 0.5}), Note("odd", "note", "fps", {"a": 1}),
    Preview(Path("a.png")), Finished(Path("b.mp4"), {"frame": 25}), Failed("failed", "no", "", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    "message", [*(Told("a", event) for event in EVENTS), Done("a", {"frames": 3}), Lost("a", "gone")]
)
def test_a_message_survives(message: Message) -> None:
    assert message_of(json.loads(json.dumps(message_as_json(message)))) == message


def test_an_error_survives() -> None:
    error = LivebrushError("no gif", code="conflict", remedy="leave_out", field="keep_colours")
    again = message_of(json.loads(json.dumps(message_as_json(NotDone("a", error)))))
    assert isinstance(again, NotDone) and again.task == "a"
    assert (str(again.error), again.error.code, again.error.advice) == (str(error), error.code, error.advice)


def test_only_known_engines_are_taken() -> None:
    with pytest.raises(LivebrushError, match="no engine 'slurm': take local or ray"):
        workers_on("slurm")
    with pytest.raises(LivebrushError, match="for the engine ray"):
        workers_on("local", address="ray://head:10001")
    assert workers_on("local", 3, 2).count == 3
