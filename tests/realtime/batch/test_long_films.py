"""Films that would keep one worker busy when all others are done: cut, and painted by all."""

import os
import signal
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, Progress
from livebrush.realtime.batch import batch as batch_module
from livebrush.realtime.batch import long_films
from livebrush.realtime.batch.footage import Film
from livebrush.realtime.batch.hot_folder import HotFolder
from livebrush.realtime.batch.long_films import films_to_cut
from livebrush.realtime.batch.manifest import Entry
from livebrush.realtime.batch.output import Output
from livebrush.realtime.batch.plan import Item
from livebrush.realtime.batch.report import BatchStopped
from tests.listener import Listener
from tests.realtime.batch.kept import faults
from tests.realtime.video.clips import Clip, make_clip, packets, times

LONG = Clip(
    pts=range(2000), time_base=Fraction(1), audio_starts=(Fraction(0),), options={"g": "100", "preset": "ultrafast"}
)  # fmt: skip
"""A frame a second: long enough to be cut, and soon painted."""


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("film") / "long.mp4", LONG)


@pytest.fixture
def footage(tmp_path: Path, long_clip: Path) -> Path:
    folder = tmp_path / "footage"
    folder.mkdir()
    (folder / "a.mp4").symlink_to(make_clip(tmp_path / "short.mp4", Clip(pts=range(12))))
    (folder / "b.mp4").symlink_to(long_clip)
    return folder


def batch(footage: Path, style: Path, **given: Any) -> livebrush.Batch:
    return livebrush.Batch(footage, footage.parent / "painted", str(style), device="cpu", **given)


def item(name: str, frames: int, source: str = "") -> Item:
    film = Film(source or f"/films/{name}.mp4", f"{name}.mp4", 1, 1)
    recipe = SimpleNamespace(name="invert")
    return Item(
        film, cast(Any, recipe), f"{name}.mp4", "", Entry(f"{name}.mp4", film.source, 1, 1, ""), frames
    )


@pytest.mark.parametrize(
    ("frames", "workers", "cut"),
    [
        ([9000, 9000, 9000], 1, []),
        ([9000], 2, [0]),
        ([9000, 9000], 2, []),
        ([9000, 9000, 9000], 2, [0]),
        ([900], 8, []),
        ([2000] * 40 + [90_000], 4, [40]),
        ([2000] * 40, 4, []),
    ],
)
def test_as_many_are_cut_as_it_takes_to_end_together(
    tmp_path: Path, frames: list[int], workers: int, cut: list[int]
) -> None:
    items = [item(f"{n}", count) for n, count in enumerate(frames)]
    assert films_to_cut(items, workers, Output(str(tmp_path))) == [items[n] for n in cut]


def test_none_is_cut_where_that_would_not_end_sooner(tmp_path: Path) -> None:
    """The longest was begun as a whole."""
    (tmp_path / "long.partial.mp4").write_bytes(b"begun as a whole")
    items = [item("long", 100_000), *(item(f"{n}", 10_000) for n in range(10))]
    assert films_to_cut(items, 4, Output(str(tmp_path))) == []


def test_what_workers_do_not_reach_or_cannot_write_in_pieces_is_painted_whole(tmp_path: Path) -> None:
    here, there = Output(str(tmp_path)), Output("s3://bucket/painted")
    assert films_to_cut([item("a", 9000, "s3://bucket/a.mp4")], 2, here) == []
    assert films_to_cut([item("a", 9000)], 2, there) == []
    (tmp_path / "a.partial.mp4").write_bytes(b"begun as a whole")
    assert films_to_cut([item("a", 9000)], 2, here) == []


def test_a_long_film_is_painted_in_pieces_and_kept_in_the_manifest(footage: Path, tiny_model: Path) -> None:
    heard = Listener()
    told = batch(footage, tiny_model, workers=2).paint(on_event=heard)
    painted = footage.parent / "painted"
    assert sorted(entry.frames for entry in told.painted) == [12, 2000]
    assert heard.progress[-1] == (2012, 2012) and heard.notes == []
    assert times(painted / "b_invert.mp4") == times(footage / "b.mp4")
    assert packets(painted / "b_invert.mp4", "audio") == packets(footage / "b.mp4", "audio")
    assert faults(painted, {"a_invert.mp4": 12, "b_invert.mp4": 2000}) == []
    assert batch(footage, tiny_model, workers=2).paint().done == 2


def stopping() -> Callable[[Event], None]:
    """Has the user press Ctrl-C once, in the midst of a long film."""
    pressed = False

    def listen(event: Event) -> None:
        nonlocal pressed
        if isinstance(event, Progress) and event.done > 600 and not pressed:
            pressed = True
            os.kill(os.getpid(), signal.SIGINT)

    return listen


def test_stopped_and_gone_on_with_by_one_worker(footage: Path, tiny_model: Path) -> None:
    """What is in pieces stays in pieces, and a film that was changed meanwhile leaves none."""

    with pytest.raises(BatchStopped, match="0 painted, 2 left to paint"):
        batch(footage, tiny_model, workers=2).paint(on_event=stopping())
    painted = footage.parent / "painted"
    assert list(painted.glob("b_invert*.pieces"))
    heard = Listener()
    told = batch(footage, tiny_model).paint(on_event=heard)
    assert len(told.painted) == 2
    assert any("pieces taken over" in note for note in heard.notes)
    assert faults(painted, {"a_invert.mp4": 12, "b_invert.mp4": 2000}) == []


def test_a_long_film_that_comes_into_a_watched_folder_is_painted_in_pieces(
    monkeypatch: pytest.MonkeyPatch, footage: Path, tiny_model: Path, long_clip: Path
) -> None:
    """Also one that was left in pieces when the watching was stopped."""
    monkeypatch.setattr(batch_module, "LOOKS_EVERY_S", 0.0)
    monkeypatch.setattr(batch_module, "HotFolder", lambda: HotFolder(rests_s=0.0))
    (footage / "b.mp4").unlink()
    painted = footage.parent / "painted"

    def comes(event: Event) -> None:
        """The long film, when the short one is painted."""
        if isinstance(event, Finished) and event.path.name == "a_invert.mp4":
            (footage / "b.mp4").symlink_to(long_clip)
        stop(event)

    stop = stopping()
    with pytest.raises(BatchStopped, match="1 painted, 1 left to paint"):
        batch(footage, tiny_model, workers=2).paint(watch=True, on_event=comes)
    assert list(painted.glob("b_invert*.pieces"))
    heard: list[str] = []

    def ends(event: Event) -> None:
        heard.append(str(event))
        if isinstance(event, Finished) and event.path.name == "b_invert.mp4":
            signal.raise_signal(signal.SIGINT)

    batch(footage, tiny_model, workers=2).paint(watch=True, on_event=ends)
    assert any("pieces taken over" in text for text in heard)
    assert faults(painted, {"a_invert.mp4": 12, "b_invert.mp4": 2000}) == []


def test_what_was_left_of_a_film_that_was_changed_is_removed(footage: Path, tiny_model: Path) -> None:
    with pytest.raises(BatchStopped):
        batch(footage, tiny_model, workers=2).paint(on_event=stopping())
    (footage / "b.mp4").unlink()
    make_clip(footage / "b.mp4", Clip(pts=range(20)))
    batch(footage, tiny_model, workers=2).paint()
    assert faults(footage.parent / "painted", {"a_invert.mp4": 12, "b_invert.mp4": 20}) == []


def fails(*_: object) -> dict[str, Any]:
    raise LivebrushError("the disk is full", code="failed")


def goes_away(*_: object) -> dict[str, Any]:
    raise FileNotFoundError(2, "No such file or directory", "b.mp4")


def is_not_cut(*_: object) -> dict[str, Any]:
    raise long_films.NotCutError


@pytest.mark.parametrize(
    ("what", "notes"),
    [
        (fails, ["b.mp4: the disk is full (it is tried again)"]),
        (goes_away, ["b.mp4: b.mp4: No such file or directory (it is tried again)"]),
        (is_not_cut, []),
    ],
)
def test_what_does_not_go_in_pieces_is_painted_whole(
    monkeypatch: pytest.MonkeyPatch,
    footage: Path,
    tiny_model: Path,
    what: Callable[..., Any],
    notes: list[str],
) -> None:
    monkeypatch.setattr("livebrush.realtime.batch.run.paint_in_pieces", what)
    heard: list[Event] = []
    told = batch(footage, tiny_model, workers=2).paint(on_event=heard.append)
    assert sorted(entry.frames for entry in told.painted) == [12, 2000] and told.failed == []
    assert [str(event) for event in heard if isinstance(event, Note)][:1] == notes
