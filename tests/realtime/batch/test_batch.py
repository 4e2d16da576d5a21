"""Batches: what is painted, what is left alone, what is painted again, what fails, and how they are stopped."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Failed, Finished, Note, Started
from livebrush.realtime.batch.report import BatchFailed, BatchStopped
from livebrush.realtime.workers.port import Lost, Message
from tests.listener import Listener
from tests.realtime.batch.conftest import FRAMES
from tests.realtime.video.clips import Clip, frames, make_clip
from tests.realtime.workers.here import Here
from tests.tiny_models import INVERTED, write_tiny_model

pytestmark = pytest.mark.usefixtures("here")
TARGETS = ["a_invert.mp4", "b_invert.mp4", "day2/c_mkv_invert.mp4"]


def batch(footage: Path, style: Path, *more: str, **given) -> livebrush.Batch:
    return livebrush.Batch(footage, footage.parent / "painted", [str(style), *more], device="cpu", **given)


def painted(footage: Path) -> list[str]:
    """All files below the output, but for the hidden ones of the batch."""
    folder = footage.parent / "painted"
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in files if not name.startswith(".livebrush/"))


def test_every_film_is_painted_in_its_place_and_the_whole_is_told(footage: Path, tiny_model: Path) -> None:
    heard = Listener()
    told = batch(footage, tiny_model).paint(on_event=heard)
    assert painted(footage) == TARGETS and [entry.target for entry in told.painted] == TARGETS
    assert all(len(frames(footage.parent / "painted" / name)) == FRAMES for name in TARGETS)
    assert heard.events[0] == Started("3 paintings", "frame", 3 * FRAMES)
    assert heard.progress[-1] == (3 * FRAMES, 3 * FRAMES)
    ends = [event.path for event in heard.events if isinstance(event, Finished)]
    assert ends == [footage.parent / "painted" / name for name in (*TARGETS, "")]
    assert heard.notes == []


def test_what_is_done_is_not_done_again(footage: Path, tiny_model: Path, here: Callable[..., Here]) -> None:
    batch(footage, tiny_model).paint()
    workers = here()
    told = batch(footage, tiny_model).paint()
    assert (told.done, told.painted, workers.given) == (3, [], [])


def test_what_was_changed_or_lost_is_painted_again(
    footage: Path, tiny_model: Path, here: Callable[..., Here]
) -> None:
    """A film that was only touched or copied is not."""
    batch(footage, tiny_model).paint()
    make_clip(footage / "a.mp4", Clip(pts=range(7)))
    os.utime(footage / "b.mp4")
    (footage.parent / "painted" / TARGETS[2]).write_bytes(b"cut short")
    here()
    told = batch(footage, tiny_model).paint()
    assert [entry.target for entry in told.painted] == [TARGETS[0], TARGETS[2]] and told.done == 1
    assert len(frames(footage.parent / "painted" / TARGETS[0])) == 7
    assert len(frames(footage.parent / "painted" / TARGETS[2])) == FRAMES
    assert batch(footage, tiny_model).paint().done == 3


def test_another_style_file_or_option_paints_all_again(footage: Path, tiny_model: Path) -> None:
    batch(footage, tiny_model).paint()
    assert len(batch(footage, tiny_model, strength=0.5).paint().painted) == 3
    assert len(batch(footage, tiny_model, strength=0.5, crf=30).paint().painted) == 3
    write_tiny_model(
        tiny_model, INVERTED.__class__("painting", "test", multiple=8, margin=2, styles=INVERTED.styles)
    )
    assert len(batch(footage, tiny_model, strength=0.5, crf=30).paint().painted) == 3
    assert painted(footage) == TARGETS


def test_several_styles_paint_each_film(footage: Path, tiny_model: Path) -> None:
    other = tiny_model.with_name("other.onnx")
    shutil.copy(tiny_model, other)
    with pytest.raises(LivebrushError, match="have one name"):
        batch(footage, tiny_model, str(tiny_model))
    made = livebrush.Batch(
        footage / "a.mp4", footage.parent / "painted", [str(tiny_model), "great_wave"], size=16, device="cpu"
    )
    made.paint()
    assert painted(footage) == ["a_great_wave.mp4", "a_invert.mp4"]


def test_a_film_that_fails_is_tried_once_more_and_the_others_are_painted(
    footage: Path, tiny_model: Path, here: Callable[..., Here]
) -> None:
    (footage / "a.mp4").write_bytes(b"no video")
    workers, heard = here(), Listener()
    with pytest.raises(BatchFailed, match=r"^1 of 3 paintings failed: a_invert\.mp4: .*not a video") as told:
        batch(footage, tiny_model).paint(on_event=heard, report=footage.parent / "report.json")
    assert painted(footage) == TARGETS[1:] and told.value.code == "unreadable"
    assert [Path(task.arguments["source"]).name for task in workers.given] == [
        "a.mp4",
        "b.mp4",
        "c.mkv",
        "a.mp4",
    ]
    assert isinstance(heard.events[-1], Failed) and "tried again" in heard.notes[0]
    written = json.loads((footage.parent / "report.json").read_text())
    assert [(entry["target"], entry["attempts"]) for entry in written["failed"]] == [("a_invert.mp4", 2)]
    assert "failed" in told.value.report.table() and "a_invert.mp4" in told.value.report.table()
    make_clip(footage / "a.mp4", Clip(pts=range(FRAMES)))
    here()
    assert len(batch(footage, tiny_model).paint().painted) == 1 and painted(footage) == TARGETS


def test_a_film_that_can_be_read_in_part_is_painted_as_far_and_told(footage: Path, tiny_model: Path) -> None:
    clip = Clip(pts=range(100), container_options={"movflags": "+faststart"})
    content = make_clip(footage / "a.mp4", clip).read_bytes()
    (footage / "a.mp4").write_bytes(content[: len(content) // 2])
    with pytest.raises(BatchFailed, match="1 of 3 paintings failed") as told:
        batch(footage, tiny_model).paint()
    assert [entry.target for entry in told.value.report.damaged] == TARGETS[:1]
    assert painted(footage) == TARGETS
    assert batch(footage, tiny_model).paint().done == 3


def test_paintings_of_others_are_left_alone(footage: Path, tiny_model: Path) -> None:
    (footage.parent / "painted").mkdir()
    (footage.parent / "painted" / TARGETS[0]).write_bytes(b"by hand")
    heard = Listener()
    told = batch(footage, tiny_model).paint(on_event=heard)
    assert told.kept == [TARGETS[0]] and len(told.painted) == 2
    assert heard.notes == ["1 painting there already, by no batch on this folder: left alone"]
    assert len(batch(footage, tiny_model, overwrite=True).paint().painted) == 1
    assert len(frames(footage.parent / "painted" / TARGETS[0])) == FRAMES


def test_the_output_may_be_the_folder_of_the_films(footage: Path, tiny_model: Path) -> None:
    def paint() -> livebrush.realtime.batch.report.BatchReport:
        return livebrush.Batch(footage, footage, str(tiny_model), device="cpu").paint()

    assert len(paint().painted) == 3
    assert paint().done == 3


@pytest.mark.parametrize("shards", [(None,), ("1/2", "2/2")])
def test_films_that_would_share_a_painting_are_told_and_the_others_painted(
    footage: Path, tiny_model: Path, here: Callable[..., Here], shards: tuple[str | None, ...]
) -> None:
    shutil.copy(footage / "day2" / "c.mkv", footage / "day2" / "c_mkv.mp4")
    failed: list[str] = []
    for shard in shards:
        here()
        try:
            batch(footage, tiny_model, shard=shard).paint()
        except BatchFailed as error:
            failed += [entry.error for entry in error.report.failed]
    assert len(failed) == 2 and all(
        "would both become day2/c_mkv_invert.mp4; rename one" in told for told in failed
    )
    assert painted(footage) == TARGETS[:2]


def test_the_film_whose_painting_is_there_keeps_its_name(
    footage: Path, tiny_model: Path, here: Callable[..., Here]
) -> None:
    batch(footage, tiny_model).paint()
    shutil.copy(footage / "day2" / "c.mkv", footage / "day2" / "c_mkv.mp4")
    here()
    with pytest.raises(BatchFailed, match="would both become") as told:
        batch(footage, tiny_model).paint()
    assert [Path(entry.source).name for entry in told.value.report.failed] == ["c_mkv.mp4"]
    assert told.value.report.done == 3


@pytest.mark.skipif(sys.platform != "linux", reason="others store names as text")
def test_a_name_that_is_no_text_is_told_and_the_others_are_painted(footage: Path, tiny_model: Path) -> None:
    shutil.copy(footage / "a.mp4", os.fsdecode(os.fsencode(footage) + b"/d\xff.mp4"))
    with pytest.raises(BatchFailed, match=r"d\\xff_invert.mp4: its name is not UTF-8") as told:
        batch(footage, tiny_model).paint()
    assert painted(footage) == TARGETS
    assert json.loads((footage.parent / "painted" / ".livebrush" / "batch.json").read_text())["failed"]
    assert "UTF-8" in told.value.report.table()


def test_paintings_of_other_styles_and_shards_are_no_films(
    footage: Path, tiny_model: Path, here: Callable[..., Here]
) -> None:
    other = tiny_model.with_name("other.onnx")
    shutil.copy(tiny_model, other)
    made: list[str] = []
    for style, shard in ((tiny_model, "1/2"), (tiny_model, "2/2"), (other, None), (tiny_model, "1/2")):
        here()
        told = livebrush.Batch(footage, footage, str(style), shard=shard, device="cpu").paint()
        made += [entry.target for entry in told.painted]
    assert sorted(made) == sorted([*TARGETS, *(name.replace("invert", "other") for name in TARGETS)])


def test_a_folder_that_was_moved_is_not_painted_again(
    footage: Path, tiny_model: Path, here: Callable[..., Here]
) -> None:
    batch(footage, tiny_model).paint()
    moved = footage.rename(footage.with_name("moved"))
    here()
    told = batch(moved, tiny_model).paint()
    assert (told.done, told.painted) == (3, [])


def test_a_report_that_cannot_be_written_is_told_before_anything_is_painted(
    footage: Path, tiny_model: Path
) -> None:
    with pytest.raises(LivebrushError, match="does not exist"):
        batch(footage, tiny_model).paint(report=footage / "no" / "report.json")
    assert not (footage.parent / "painted").exists()


def test_the_films_are_told_where_the_report_cannot_be_written(
    footage: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LivebrushError("batch.json: cannot be written (no space left)", code="unwritable")

    monkeypatch.setattr("livebrush.realtime.batch.report.BatchReport.write", full)
    with pytest.raises(BatchFailed, match="no space left") as told:
        batch(footage, tiny_model).paint()
    assert len(told.value.report.painted) == 3 and told.value.code == "unwritable"


def test_a_film_that_changes_while_it_is_painted_is_painted_again(
    footage: Path, tiny_model: Path, here: Callable[..., Here], monkeypatch: pytest.MonkeyPatch
) -> None:
    from livebrush.realtime.batch import film_task

    paint, changes = film_task._paint, [footage / "a.mp4"]

    def painting(loaded, film: Path, *more):
        report = paint(loaded, film, *more)
        if film in changes:
            changes.remove(film)
            make_clip(film, Clip(pts=range(5)))
        return report

    monkeypatch.setattr(film_task, "_paint", painting)
    heard = Listener()
    told = batch(footage, tiny_model).paint(on_event=heard)
    assert len(told.painted) == 3 and "was changed while it was painted" in heard.notes[0]
    assert len(frames(footage.parent / "painted" / TARGETS[0])) == 5
    assert batch(footage, tiny_model).paint().done == 3


def test_shards_paint_each_film_once(footage: Path, tiny_model: Path) -> None:
    made = [batch(footage, tiny_model, shard=f"{number}/3").paint().painted for number in (1, 2, 3)]
    assert sorted(entry.target for part in made for entry in part) == TARGETS
    assert batch(footage, tiny_model).paint().done == 3  # the manifests of the shards are read


def test_ctrl_c_keeps_what_is_painted_and_the_same_call_goes_on(
    footage: Path, tiny_model: Path, here: Callable[..., Here]
) -> None:
    workers = here()

    def at_the_second(_task) -> None:
        if len(workers.given) == 2:
            signal.raise_signal(signal.SIGINT)
            workers.stop()

    workers = here(before=at_the_second)
    with pytest.raises(BatchStopped, match="1 painted, 2 left to paint") as told:
        batch(footage, tiny_model).paint()
    assert told.value.exit_code == 130 and told.value.remedy == "same_again"
    assert sorted(told.value.report.waiting) == TARGETS[1:]
    here()
    report = batch(footage, tiny_model).paint()
    assert (report.done, len(report.painted)) == (1, 2) and painted(footage) == TARGETS


class Losing(Here):
    """Loses the tasks of one film with their workers."""

    def __init__(self, film: str, times: int) -> None:
        super().__init__()
        self.film, self.left = film, times

    def next(self, timeout_s: float) -> Message | None:
        if self.left and self._tasks and self._tasks[0].arguments["source"].endswith(self.film):
            self.left -= 1
            return Lost(self._tasks.popleft().name, "the worker's process ended by signal SIGKILL")
        return super().next(timeout_s)


@pytest.mark.parametrize("times, is_painted", [(3, True), (4, False)])
def test_a_film_is_lost_with_its_worker_three_times_before_it_fails(
    footage: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, times: int, is_painted: bool
) -> None:
    monkeypatch.setattr("livebrush.realtime.batch.batch.workers_on", lambda *_: Losing("b.mp4", times))
    if is_painted:
        assert len(batch(footage, tiny_model).paint().painted) == 3
    else:
        with pytest.raises(BatchFailed, match="SIGKILL"):
            batch(footage, tiny_model).paint()


def test_an_estimate_paints_a_little_and_keeps_nothing(footage: Path, tiny_model: Path) -> None:
    found = batch(footage, tiny_model).estimate()
    assert (found.paintings, found.frames) == (3, 3 * FRAMES)
    assert found.seconds > 0 and found.bytes > 0 and found.free
    assert not (footage.parent / "painted").exists()
    assert str(found).startswith(f"3 paintings, {3 * FRAMES} frames: about 0 s, ")
    batch(footage, tiny_model).paint()
    assert batch(footage, tiny_model).estimate().paintings == 0


def test_films_that_do_not_say_how_long_they_are_are_estimated_by_their_bytes(
    footage: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = batch(footage, tiny_model).estimate()
    monkeypatch.setattr("livebrush.realtime.batch.plan.announced", lambda _: None)
    found = batch(footage, tiny_model).estimate()
    assert found.frames == exact.frames == 3 * FRAMES and found.bytes == exact.bytes


@pytest.fixture
def incoming(footage: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that films are yet to come into, and that is looked at all the time."""
    from livebrush.realtime.batch import batch as module
    from livebrush.realtime.batch.hot_folder import HotFolder

    monkeypatch.setattr(module, "LOOKS_EVERY_S", 0.0)
    monkeypatch.setattr(module, "HotFolder", lambda: HotFolder(rests_s=0.2))
    folder = footage.parent / "incoming"
    folder.mkdir()
    return folder


def test_films_that_come_into_a_folder_are_painted_until_the_user_stops(
    footage: Path, incoming: Path, tiny_model: Path
) -> None:
    heard: list[str] = []

    def listen(event) -> None:
        if isinstance(event, Started):
            shutil.copy(footage / "a.mp4", incoming)
            (incoming / "broken.mp4").write_bytes(b"no video")
        if isinstance(event, Finished) and event.path.name == "a_invert.mp4":
            shutil.copy(footage / "b.mp4", incoming)
        if isinstance(event, Finished) and event.path.name == "b_invert.mp4":
            signal.raise_signal(signal.SIGINT)
        if isinstance(event, Note):
            heard.append(event.text)

    watched = livebrush.Batch(incoming, footage.parent / "painted", str(tiny_model), device="cpu")
    with pytest.raises(LivebrushError):  # the broken one
        watched.paint(watch=True, on_event=listen)
    assert painted(footage) == TARGETS[:2]
    assert len([text for text in heard if "broken" in text]) == 2  # tried twice, and not at every look


def test_a_folder_that_is_away_for_a_while_is_waited_for(
    footage: Path, incoming: Path, tiny_model: Path
) -> None:
    shutil.copy(footage / "a.mp4", incoming)
    heard: list[str] = []

    def listen(event) -> None:
        if isinstance(event, Finished) and event.path.name == "a_invert.mp4":
            incoming.rename(footage.parent / "away")
        if isinstance(event, Note):
            heard.append(event.text)
            shutil.copy(footage / "b.mp4", footage.parent / "away")
            (footage.parent / "away").rename(incoming)
        if isinstance(event, Finished) and event.path.name == "b_invert.mp4":
            signal.raise_signal(signal.SIGINT)

    livebrush.Batch(incoming, footage.parent / "painted", str(tiny_model), device="cpu").paint(
        watch=True, on_event=listen
    )
    assert painted(footage) == TARGETS[:2]
    assert len(heard) == 1 and "it is looked for again" in heard[0]


def test_what_does_not_go_is_said_before_anything_is_painted(footage: Path, tiny_model: Path) -> None:
    for given, words in (
        ({"resume": True}, "takes no resume"), ({"codec": "nonsense"}, "not known"), ({"strength": 2}, "strength"),
        ({"shard": "9/3"}, "is not a shard"),
    ):  # fmt: skip
        with pytest.raises(LivebrushError, match=words):
            batch(footage, tiny_model, **given)
    with pytest.raises(LivebrushError, match="no such file"):
        livebrush.Batch(footage / "z.mp4", footage.parent / "painted", str(tiny_model)).paint()
    with pytest.raises(LivebrushError, match="does not exist"):
        livebrush.Batch(footage, footage.parent / "x" / "y", str(tiny_model)).paint()
    assert painted(footage) == []
