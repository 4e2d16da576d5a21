"""A whole show without a window: frames go from the source to the sinks, and everything ends."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from livebrush.models.catalogue import Choice, user_folder
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.controls import Controls
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.screen.viewer import Numbers
from livebrush.realtime.live.settings import PaintSettings, ViewSettings
from livebrush.realtime.live.show import Show, ShowOptions
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sources.film import FilmSource
from livebrush.realtime.live.sources.source import LiveSource, SourceLost
from tests.realtime.live.scripted_source import ScriptedSource, pictures
from tests.realtime.live.styles import write_grey, write_picky
from tests.realtime.video.clips import Clip, make_clip
from tests.tiny_models import write_endless_model

pytestmark = pytest.mark.usefixtures("no_thread_stays")


class Watching:
    """A viewer that remembers what was shown, and does what a test wants done."""

    blind = True

    def __init__(self, each: Callable[[Show, list[PaintedFrame]], None] = lambda show, shown: None) -> None:
        self.of: Show  # set by make_show
        self.shown: list[PaintedFrame] = []
        self.each, self.closed = each, False

    def show(self, painted: PaintedFrame | None, controls: Controls, numbers: Numbers) -> None:
        if painted:
            self.shown.append(painted)
        self.each(self.of, self.shown)

    def begin(self, frame: Frame) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def deck(tmp_path: Path) -> Deck:
    paths = [write_grey(tmp_path / "dark.onnx", 10), write_grey(tmp_path / "light.onnx", 210)]
    return Deck([Choice(read_style_model(path)) for path in paths], "cpu", 1)


def make_show(source: LiveSource, deck: Deck, viewer: Watching, **options: Any) -> Show:
    recording = options.pop("recording", None)
    paint = PaintSettings(deck.names[0], net_size="full")
    viewer.of = Show(
        source, deck, paint, ViewSettings(), viewer, [], Notices(),
        ShowOptions(crossfade_s=0, **options), recording,
    )  # fmt: skip
    return viewer.of


def forever(size: tuple[int, int] = (48, 64)) -> Iterator[np.ndarray]:
    return (np.full((*size, 3), number % 256, np.uint8) for number in itertools.count())


def quit_after(frames: int) -> Watching:
    def each(show: Show, shown: list[PaintedFrame]) -> None:
        if len(shown) >= frames:
            show.controls.do("quit")

    return Watching(each)


def test_frames_are_painted_and_shown_until_somebody_quits(deck: Deck) -> None:
    viewer, source = quit_after(10), ScriptedSource(forever(), rate_hz=200)
    report = make_show(source, deck, viewer).run()
    assert len(viewer.shown) == report.shown == 10
    assert all(painted.painted.max() == 10 for painted in viewer.shown)
    numbers = [painted.frame.number for painted in viewer.shown]
    assert numbers == sorted(set(numbers))
    assert source.closed
    assert viewer.closed


def test_a_script_that_ends_ends_the_show_after_its_last_frame(deck: Deck) -> None:
    viewer = Watching()
    report = make_show(ScriptedSource(pictures(12), rate_hz=100), deck, viewer).run()
    assert viewer.shown[-1].frame.pixels.max() == 11
    assert 0 < report.captured <= 12  # those that came while styles were made ready are not counted
    assert report.captured == report.shown + report.dropped


def test_a_show_may_have_its_time(deck: Deck) -> None:
    report = make_show(ScriptedSource(forever(), rate_hz=100), deck, Watching(), duration_s=0.3).run()
    assert 0.3 <= report.seconds < 5
    assert report.shown


def test_a_source_that_cannot_be_opened_is_an_error(deck: Deck) -> None:
    source = ScriptedSource([], open_errors=[LivebrushError("no camera")])
    with pytest.raises(LivebrushError, match="no camera"):
        make_show(source, deck, Watching()).run()


def test_a_source_without_a_single_frame_is_an_error(deck: Deck) -> None:
    with pytest.raises(LivebrushError, match="script: no frame to begin with"):
        make_show(ScriptedSource([]), deck, Watching()).run()


def test_a_lost_source_comes_back_by_itself(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    script = [*pictures(5), SourceLost("script was unplugged"), *pictures(5)]
    states: list[str] = []
    viewer = Watching(lambda show, shown: states.append(show.capture.state))
    source = ScriptedSource(script, rate_hz=50, open_errors=())
    show = make_show(source, deck, viewer)
    show.capture._retry_s = 0.1
    show.run()
    assert source.opened == 2
    assert "reconnecting" in states
    assert viewer.shown[-1].frame.pixels.max() == 4


def test_another_size_of_frame_in_the_middle(deck: Deck) -> None:
    viewer = Watching()
    make_show(ScriptedSource([*pictures(8), *pictures(8, (30, 50))], rate_hz=100), deck, viewer).run()
    assert {painted.painted.shape for painted in viewer.shown} == {(48, 64, 3), (30, 50, 3)}


def test_switching_takes_effect_on_the_next_frame(deck: Deck) -> None:
    levels: list[int] = []

    def each(show: Show, shown: list[PaintedFrame]) -> None:
        levels[:] = [int(painted.painted.max()) for painted in shown]
        if len(shown) == 5:
            show.controls.do("style", "light")
        if len(shown) >= 10:
            show.controls.do("quit")

    make_show(ScriptedSource(forever(), rate_hz=50), deck, Watching(each)).run()
    switched = levels.index(210)
    assert switched in (5, 6)  # one frame may be on its way through the net
    assert set(levels[switched:]) == {210}


def test_autoplay_walks_through_the_styles(deck: Deck) -> None:
    viewer = Watching()
    source = ScriptedSource(forever(), rate_hz=100)
    make_show(source, deck, viewer, autoplay=True, autoplay_s=0.2, duration_s=1).run()
    styles = [style for style, _ in itertools.groupby(painted.style for painted in viewer.shown)]
    assert styles[:3] == ["dark", "light", "dark"]


def test_a_style_that_fails_leaves_the_original(tmp_path: Path) -> None:
    deck = Deck([Choice(read_style_model(write_picky(tmp_path / "picky.onnx", 48)))], "cpu", 1)
    viewer = Watching()
    script = [*pictures(6), *pictures(6, (30, 50))]
    show = make_show(ScriptedSource(script, rate_hz=100), deck, viewer)
    show.run()
    last = viewer.shown[-1]
    assert last.painted is last.frame.pixels
    assert any("picky failed, the original is shown" in line for line in show.notices.current())


def test_a_style_that_appears_in_the_users_folder_is_loaded(deck: Deck) -> None:
    def each(show: Show, shown: list[PaintedFrame]) -> None:
        if len(shown) == 2:
            write_grey(user_folder() / "fresh.onnx", 77)
            (user_folder() / "broken.onnx").write_bytes(b"no onnx")
        if "fresh" in show.deck.names and len(show.notices.current()) >= 2:
            show.controls.do("quit")

    show = make_show(ScriptedSource(forever(), rate_hz=50), deck, Watching(each), duration_s=20)
    show.run()
    assert show.deck.names == ("dark", "light", "fresh")
    said = "\n".join(show.notices.current())
    assert "fresh loaded" in said
    assert "broken.onnx is left out: broken.onnx is no ONNX file" in said


def test_a_recording_from_the_start_has_the_speed_of_life(deck: Deck, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "night.mkv", 50)
    viewer = Watching()
    make_show(
        ScriptedSource(pictures(60), rate_hz=50), deck, viewer, recording=recording, duration_s=None
    ).run()
    with av.open(str(tmp_path / "night.mkv")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    shown = [painted.frame.captured_s - viewer.shown[0].frame.captured_s for painted in viewer.shown]
    assert len(times) >= len(viewer.shown)
    for moment in shown:
        assert min(abs(moment - time) for time in times) < 0.0011


def test_a_snapshot_is_the_painting_at_full_size(deck: Deck, tmp_path: Path) -> None:
    def each(show: Show, shown: list[PaintedFrame]) -> None:
        if len(shown) == 3:
            show.controls.do("snapshot")
        if len(shown) == 6:
            show.controls.do("quit")

    make_show(ScriptedSource(forever(), rate_hz=50), deck, Watching(each), out_dir=tmp_path).run()
    (snapshot,) = tmp_path.glob("livebrush_*_dark.png")
    picture = cv2.imread(str(snapshot))
    assert picture is not None
    assert picture.shape == (48, 64, 3)
    assert set(picture.ravel()) == {10}


def test_pausing_stops_the_frames_of_a_camera(deck: Deck) -> None:
    counts: list[int] = []

    def each(show: Show, shown: list[PaintedFrame]) -> None:
        counts.append(len(shown))
        if len(shown) == 5 and not show.controls.paused:
            show.controls.do("pause")
        if show.controls.paused and counts.count(counts[-1]) > 30:
            show.controls.do("quit")

    make_show(ScriptedSource(forever(), rate_hz=100), deck, Watching(each), duration_s=20).run()
    assert counts[-1] <= 8


def test_a_style_that_is_chosen_in_a_pause_shows(deck: Deck) -> None:
    seen: list[int] = []

    def each(show: Show, shown: list[PaintedFrame]) -> None:
        if len(shown) == 3 and not show.controls.paused:
            show.controls.do("pause")
        seen.append(int(shown[-1].painted.max()) if shown else -1)
        if show.controls.paused and seen.count(10) > 20 and show.controls.paint.style == "dark":
            show.controls.do("style", "light")
        if seen[-1] == 210 or len(seen) > 2000:
            show.controls.do("quit")

    make_show(ScriptedSource(forever(), rate_hz=100), deck, Watching(each), duration_s=20).run()
    assert seen[-1] == 210


def test_a_recording_that_a_script_stops_does_not_end_the_show(deck: Deck, tmp_path: Path) -> None:
    def each(show: Show, shown: list[PaintedFrame]) -> None:
        if len(shown) == 5:
            show.controls.do("record", False)
        if len(shown) == 20:
            show.controls.do("quit")

    recording = Recording(tmp_path / "night.mkv", 50)
    show = make_show(ScriptedSource(forever(), rate_hz=50), deck, Watching(each), recording=recording)
    assert show.run().shown == 20 and (tmp_path / "night.mkv").stat().st_size > 0


def test_a_film_plays_at_its_own_speed_and_can_be_wound(deck: Deck, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "film.mp4", Clip(pts=range(100)))
    positions: list[float] = []

    def each(show: Show, shown: list[PaintedFrame]) -> None:
        positions.append(film.position_s)
        if len(shown) == 5 and positions[-1] < 1:
            show.controls.do("seek", 2.5)

    film = FilmSource(path, sound=False)
    report = make_show(film, deck, Watching(each)).run()
    assert max(positions) == pytest.approx(4, abs=0.5)
    assert report.seconds < 3.5  # of four, 2.5 were jumped over


def ask(port: int, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        file = connection.makefile("rw")
        answers = []
        for request in requests:
            file.write(json.dumps(request) + "\n")
            file.flush()
            answers.append(json.loads(file.readline()))
    return answers


def test_a_script_gives_commands_over_a_port(deck: Deck) -> None:
    answers: list[dict[str, Any]] = []
    scripts: list[threading.Thread] = []

    def each(show: Show, shown: list[PaintedFrame]) -> None:
        channel = show._channel
        if not scripts and channel is not None and (port := channel.port):
            requests = [
                {"command": "style", "value": "light"}, {"command": "strength", "value": 7},
                {"command": "status"}, {"command": "quit"},
            ]  # fmt: skip
            script = threading.Thread(target=lambda: answers.extend(ask(port, *requests)))
            script.start()
            scripts.append(script)

    make_show(ScriptedSource(forever(), rate_hz=50), deck, Watching(each), control="0", duration_s=20).run()
    scripts[0].join(10)
    assert [answer["ok"] for answer in answers] == [True, False, True, True]
    assert answers[0]["style"] == "light"
    assert answers[1]["error"].startswith("strength is 7")
    assert answers[2]["state"] == "playing"


def test_ctrl_c_completes_the_recording(deck: Deck, tmp_path: Path) -> None:
    def each(show: Show, shown: list[PaintedFrame]) -> None:
        if len(shown) == 10:
            raise KeyboardInterrupt

    recording = Recording(tmp_path / "night.mkv", 50)
    show = make_show(ScriptedSource(forever(), rate_hz=50), deck, Watching(each), recording=recording)
    with pytest.raises(KeyboardInterrupt):
        show.run()
    assert show.report().shown == 9
    with av.open(str(tmp_path / "night.mkv")) as container:
        assert sum(1 for _ in container.decode(video=0)) >= 9


def test_an_error_in_the_painter_ends_the_show_and_is_raised(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = make_show(ScriptedSource(forever(), rate_hz=50), deck, Watching(), duration_s=20)
    started = time.monotonic()

    def broken(painted: PaintedFrame) -> None:
        raise RuntimeError("broken sink")

    monkeypatch.setattr(show.taps, "show", broken)
    with pytest.raises(RuntimeError, match="broken sink"):
        show.run()
    assert time.monotonic() - started < 15


def test_a_dropped_net_that_never_returns_holds_nobody_up(deck: Deck, tmp_path: Path) -> None:
    """Quit is obeyed while it warms up, and the recording is completed."""
    user_folder().mkdir(parents=True)
    dropped_s: list[float] = []

    def each(show: Show, shown: list[PaintedFrame]) -> None:
        if shown and not dropped_s:
            write_endless_model(user_folder() / "endless.onnx")
            dropped_s.append(time.monotonic())
        if dropped_s and time.monotonic() - dropped_s[0] > 4:  # seen, and being warmed up
            show.controls.do("quit")

    recording = Recording(tmp_path / "film.mkv", 25)
    show = make_show(ScriptedSource(forever(), rate_hz=25), deck, Watching(each), recording=recording)
    show.run()
    assert time.monotonic() - dropped_s[0] < 30
    with av.open(str(tmp_path / "film.mkv")) as film:
        assert sum(1 for _ in film.decode(video=0)) > 20
