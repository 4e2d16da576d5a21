"""A live session without a screen: frames go from the source to the sinks, and everything ends."""

import itertools
import json
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from livebrush.models.catalogue import Choice, user_folder
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.frame import PaintedFrame
from livebrush.realtime.live.measurements import LiveReport
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sinks.registry import open_sink
from livebrush.realtime.live.sinks.sink import Sink
from livebrush.realtime.live.sources.source import LiveSource, SourceLost
from livebrush.realtime.live.sources.video_file import VideoFileSource
from livebrush.realtime.made.asked import find_choice
from tests.realtime.live.camera_backend import KeptFrames
from tests.realtime.live.scripted_source import ScriptedSource, pictures
from tests.realtime.live.styles import write_grey, write_picky
from tests.realtime.video.clips import Clip, make_clip
from tests.tiny_models import write_endless_model

pytestmark = pytest.mark.usefixtures("no_thread_stays")


Each = Callable[[LiveSession, list[PaintedFrame]], None]


class Watching:
    """Somebody who remembers what is to be seen, and does what a test wants done."""

    def __init__(self, each: Each = lambda session, shown: None) -> None:
        self.shown: list[PaintedFrame] = []
        self.each = each

    def watch(self, session: LiveSession) -> LiveReport:
        """Until the session is over."""
        session.watch(True)
        with session:
            while not session.wait(0):
                if painted := session.painted.take(0.01):
                    session.shown(painted)
                    self.shown.append(painted)
                self.each(session, self.shown)
        return session.report()


@pytest.fixture
def deck(tmp_path: Path) -> Deck:
    paths = [write_grey(tmp_path / "dark.onnx", 10), write_grey(tmp_path / "light.onnx", 210)]
    return Deck([Choice(read_style_model(path)) for path in paths], "cpu", 1)


def make_session(source: LiveSource, deck: Deck, *sinks: Sink, **options: Any) -> LiveSession:
    paint = PaintSettings(deck.names[0], net_size="full")
    return LiveSession(source, deck, paint, sinks=sinks, options=LiveOptions(crossfade_s=0, **options))


def forever(size: tuple[int, int] = (48, 64)) -> Iterator[np.ndarray]:
    return (np.full((*size, 3), number % 256, np.uint8) for number in itertools.count())


def quit_after(frames: int) -> Watching:
    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) >= frames:
            session.controls.do("quit")

    return Watching(each)


def test_frames_are_painted_and_shown_until_somebody_quits(deck: Deck) -> None:
    viewer, source = quit_after(10), ScriptedSource(forever(), rate_hz=200)
    report = viewer.watch(make_session(source, deck))
    assert len(viewer.shown) == report.shown == 10
    assert all(painted.painted.max() == 10 for painted in viewer.shown)
    numbers = [painted.frame.number for painted in viewer.shown]
    assert numbers == sorted(set(numbers))
    assert source.closed


def test_a_script_that_ends_ends_the_show_after_its_last_frame(deck: Deck) -> None:
    viewer = Watching()
    report = viewer.watch(make_session(ScriptedSource(pictures(12), rate_hz=100), deck))
    assert viewer.shown[-1].frame.pixels.max() == 11
    assert 0 < report.captured <= 12  # those that came while styles were made ready are not counted
    assert report.captured == report.shown + report.dropped


def test_a_show_may_have_its_time(deck: Deck) -> None:
    report = Watching().watch(make_session(ScriptedSource(forever(), rate_hz=100), deck, duration_s=0.3))
    assert 0.3 <= report.seconds < 5
    assert report.shown


def test_a_source_that_cannot_be_opened_is_an_error(deck: Deck) -> None:
    source = ScriptedSource([], open_errors=[LivebrushError("no camera")])
    with pytest.raises(LivebrushError, match="no camera"):
        Watching().watch(make_session(source, deck))


def test_a_source_without_a_single_frame_is_an_error(deck: Deck) -> None:
    with pytest.raises(LivebrushError, match="script: no frame to begin with"):
        Watching().watch(make_session(ScriptedSource([]), deck))


def test_a_lost_source_comes_back_by_itself(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    script = [*pictures(5), SourceLost("script was unplugged"), *pictures(5)]
    states: list[str] = []
    viewer = Watching(lambda session, shown: states.append(session.capture.state))
    source = ScriptedSource(script, rate_hz=50, open_errors=())
    session = make_session(source, deck)
    session.capture._retry_s = 0.1
    viewer.watch(session)
    assert source.opened == 2
    assert "reconnecting" in states
    assert viewer.shown[-1].frame.pixels.max() == 4


def test_another_size_of_frame_in_the_middle(deck: Deck) -> None:
    viewer = Watching()
    viewer.watch(make_session(ScriptedSource([*pictures(8), *pictures(8, (30, 50))], rate_hz=100), deck))
    assert {painted.painted.shape for painted in viewer.shown} == {(48, 64, 3), (30, 50, 3)}


def test_switching_takes_effect_on_the_next_frame(deck: Deck) -> None:
    levels: list[int] = []

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        levels[:] = [int(painted.painted.max()) for painted in shown]
        if len(shown) == 5:
            session.controls.do("style", "light")
        if len(shown) >= 10:
            session.controls.do("quit")

    Watching(each).watch(make_session(ScriptedSource(forever(), rate_hz=50), deck))
    switched = levels.index(210)
    assert switched in (5, 6)  # one frame may be on its way through the net
    assert set(levels[switched:]) == {210}


def test_autoplay_walks_through_the_styles(deck: Deck) -> None:
    viewer = Watching()
    source = ScriptedSource(forever(), rate_hz=100)
    viewer.watch(make_session(source, deck, autoplay=True, autoplay_s=0.2, duration_s=1))
    styles = [style for style, _ in itertools.groupby(painted.style for painted in viewer.shown)]
    assert styles[:3] == ["dark", "light", "dark"]


def test_a_style_that_fails_leaves_the_original(tmp_path: Path) -> None:
    deck = Deck([Choice(read_style_model(write_picky(tmp_path / "picky.onnx", 48)))], "cpu", 1)
    viewer = Watching()
    script = [*pictures(6), *pictures(6, (30, 50))]
    session = make_session(ScriptedSource(script, rate_hz=100), deck)
    viewer.watch(session)
    last = viewer.shown[-1]
    assert last.painted is last.frame.pixels
    assert any("picky failed, the original is shown" in line for line in session.notices.current())


def test_a_style_that_appears_in_the_users_folder_is_loaded(deck: Deck) -> None:
    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 2:
            write_grey(user_folder() / "fresh.onnx", 77)
            (user_folder() / "broken.onnx").write_bytes(b"no onnx")
        if "fresh" in session.deck.names and len(session.notices.current()) >= 2:
            session.controls.do("quit")

    session = make_session(ScriptedSource(forever(), rate_hz=50), deck, duration_s=20)
    Watching(each).watch(session)
    assert session.deck.names == ("dark", "light", "fresh")
    said = "\n".join(session.notices.current())
    assert "fresh loaded" in said
    assert "broken.onnx is left out: broken.onnx is not an ONNX file" in said


def test_a_picture_that_is_dropped_into_the_users_folder_is_a_style(deck: Deck) -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::6] = 230

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 2:
            user_folder().mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (64, 64)).save(user_folder() / "black.png")
            Image.fromarray(stripes).save(user_folder() / "mine.png")
        if "mine" in session.deck.names and len(session.notices.current()) >= 2:
            session.controls.do("quit")

    session = make_session(ScriptedSource(forever(), rate_hz=50), deck, duration_s=20)
    Watching(each).watch(session)
    assert session.deck.names == ("dark", "light", "mine")
    said = "\n".join(session.notices.current())
    assert "mine loaded" in said and "black.png is left out: black.png is one flat colour" in said


def test_a_picture_named_as_a_style_is_read_anew_when_it_is_replaced(tmp_path: Path) -> None:
    picture = tmp_path / "mine.png"
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(picture)
    deck = Deck([find_choice(str(picture))], "cpu", 1)
    first = deck.layers("mine")[0].engine

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 2:
            Image.fromarray(255 - pixels).save(picture)
        if session.deck.layers("mine")[0].engine is not first:
            session.controls.do("quit")

    session = make_session(ScriptedSource(forever(), rate_hz=50), deck, duration_s=20)
    Watching(each).watch(session)
    assert deck.names == ("mine",) and deck.layers("mine")[0].engine is not first


def test_the_first_style_plays_while_the_others_are_loaded(
    deck: Deck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts wait for them, or their first command would name a style that is not there yet."""
    late, gone = (
        Choice(read_style_model(write_grey(tmp_path / f"{name}.onnx", 90))) for name in ("late", "gone")
    )
    (tmp_path / "gone.onnx").unlink()
    may_load, join = threading.Event(), Deck.join
    monkeypatch.setattr(Deck, "join", lambda deck, styles: (may_load.wait(20), join(deck, styles)))
    session = LiveSession(
        ScriptedSource(forever(), rate_hz=50), deck, PaintSettings("dark"), rest=[gone, late],
        options=LiveOptions(crossfade_s=0, control="0", duration_s=20),
    )  # fmt: skip

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 3 and not may_load.is_set():
            assert session.deck.names == ("dark", "light")
            with pytest.raises(LivebrushError, match="there is no style 3: 2 are still being loaded"):
                session.controls.do("style", 3)
            may_load.set()
        if any("commands are taken" in line for line in session.notices.current()):
            assert session.deck.names == ("dark", "light", "late")
            session.controls.do("quit")

    Watching(each).watch(session)
    assert any(line.startswith("gone is left out: ") for line in session.notices.current())


class Keeping(Sink):
    """Remembers what it is handed."""

    name = "keeping"

    def __init__(self) -> None:
        self.frames: list[PaintedFrame] = []
        self.closed = 0

    def show(self, painted: PaintedFrame) -> None:
        self.frames.append(painted)

    def close(self) -> None:
        self.closed += 1


def test_a_recording_from_the_start_has_the_speed_of_life(deck: Deck, tmp_path: Path) -> None:
    recording, keeping = Recording(tmp_path / "night.mkv", 50), Keeping()
    source = ScriptedSource(pictures(60), rate_hz=50)
    Watching().watch(make_session(source, deck, recording, keeping))
    with av.open(str(tmp_path / "night.mkv")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    captured = [painted.frame.captured_s - keeping.frames[0].frame.captured_s for painted in keeping.frames]
    assert len(times) == recording.frames + 1  # the last one again, for its duration
    for time_s in times[:-1]:
        assert min(abs(moment - time_s) for moment in captured) < 0.0011


def test_a_snapshot_is_the_painting_at_full_size(deck: Deck, tmp_path: Path) -> None:
    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 3:
            session.controls.do("snapshot")
        if len(shown) == 6:
            session.controls.do("quit")

    Watching(each).watch(make_session(ScriptedSource(forever(), rate_hz=50), deck, out_dir=tmp_path))
    (snapshot,) = tmp_path.glob("livebrush_*_dark.png")
    picture = cv2.imread(str(snapshot))
    assert picture is not None
    assert picture.shape == (48, 64, 3)
    assert set(picture.ravel()) == {10}


def test_pausing_stops_the_frames_of_a_camera(deck: Deck) -> None:
    counts: list[int] = []

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        counts.append(len(shown))
        if len(shown) == 5 and not session.controls.paused:
            session.controls.do("pause")
        if session.controls.paused and counts.count(counts[-1]) > 30:
            session.controls.do("quit")

    Watching(each).watch(make_session(ScriptedSource(forever(), rate_hz=100), deck, duration_s=20))
    assert counts[-1] <= 8


def test_a_style_that_is_chosen_in_a_pause_shows(deck: Deck) -> None:
    seen: list[int] = []

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 3 and not session.controls.paused:
            session.controls.do("pause")
        seen.append(int(shown[-1].painted.max()) if shown else -1)
        if session.controls.paused and seen.count(10) > 20 and session.controls.paint.style == "dark":
            session.controls.do("style", "light")
        if seen[-1] == 210 or len(seen) > 2000:
            session.controls.do("quit")

    Watching(each).watch(make_session(ScriptedSource(forever(), rate_hz=100), deck, duration_s=20))
    assert seen[-1] == 210


def test_a_recording_that_a_script_stops_does_not_end_the_show(deck: Deck, tmp_path: Path) -> None:
    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 5:
            session.controls.do("record", False)
        if len(shown) == 20:
            session.controls.do("quit")

    recording = Recording(tmp_path / "night.mkv", 50)
    report = Watching(each).watch(make_session(ScriptedSource(forever(), rate_hz=50), deck, recording))
    assert report.shown == 20 and (tmp_path / "night.mkv").stat().st_size > 0


def test_a_video_plays_at_its_own_speed_and_can_be_wound(deck: Deck, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "video.mp4", Clip(pts=range(100)))
    positions: list[float] = []

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        positions.append(video.position_s)
        if len(shown) == 5 and positions[-1] < 1:
            session.controls.do("seek", 2.5)

    video = VideoFileSource(path, sound=False)
    report = Watching(each).watch(make_session(video, deck))
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

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        channel = session.channel
        if not scripts and channel is not None and (port := channel.port):
            requests = [
                {"command": "style", "value": "light"}, {"command": "strength", "value": 7},
                {"command": "status"}, {"command": "quit"},
            ]  # fmt: skip
            script = threading.Thread(target=lambda: answers.extend(ask(port, *requests)))
            script.start()
            scripts.append(script)

    Watching(each).watch(
        make_session(ScriptedSource(forever(), rate_hz=50), deck, control="0", duration_s=20)
    )
    scripts[0].join(10)
    assert [answer["ok"] for answer in answers] == [True, False, True, True]
    assert answers[0]["style"] == "light"
    assert answers[1]["error"].startswith("strength is 7")
    assert answers[2]["state"] == "playing"


def test_ctrl_c_completes_the_recording(deck: Deck, tmp_path: Path) -> None:
    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if len(shown) == 10:
            raise KeyboardInterrupt

    recording = Recording(tmp_path / "night.mkv", 50)
    session = make_session(ScriptedSource(forever(), rate_hz=50), deck, recording)
    with pytest.raises(KeyboardInterrupt):
        Watching(each).watch(session)
    assert session.report().shown == 10
    with av.open(str(tmp_path / "night.mkv")) as container:
        assert sum(1 for _ in container.decode(video=0)) >= 9


def test_an_error_in_the_painter_ends_the_show_and_is_raised(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session(ScriptedSource(forever(), rate_hz=50), deck, duration_s=20)
    started = time.monotonic()

    def broken(painted: PaintedFrame) -> None:
        raise RuntimeError("broken sink")

    monkeypatch.setattr(session.outputs, "show", broken)
    with pytest.raises(RuntimeError, match="broken sink"):
        Watching().watch(session)
    assert time.monotonic() - started < 15


def test_a_dropped_net_that_never_returns_holds_nobody_up(deck: Deck, tmp_path: Path) -> None:
    """Quit is obeyed while it warms up, and the recording is completed."""
    user_folder().mkdir(parents=True)
    dropped_s: list[float] = []

    def each(session: LiveSession, shown: list[PaintedFrame]) -> None:
        if shown and not dropped_s:
            write_endless_model(user_folder() / "endless.onnx")
            dropped_s.append(time.monotonic())
        if dropped_s and time.monotonic() - dropped_s[0] > 4:  # seen, and being warmed up
            session.controls.do("quit")

    recording = Recording(tmp_path / "video.mkv", 25)
    session = make_session(ScriptedSource(forever(), rate_hz=25), deck, recording)
    Watching(each).watch(session)
    assert time.monotonic() - dropped_s[0] < 30
    with av.open(str(tmp_path / "video.mkv")) as video:
        assert sum(1 for _ in video.decode(video=0)) > 20


def until(condition: Callable[[], object], limit_s: float = 10) -> None:
    """The limit is for a machine that is very busy."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def test_importing_it_loads_no_screen_and_what_lies_beside_the_screen_imports_none() -> None:
    code = """
        import importlib, pkgutil, sys
        import livebrush.realtime.live.session
        import livebrush.realtime.live as live, livebrush.realtime.live.sinks as sinks
        import livebrush.realtime.live.sources as sources
        for package in (live, sinks, sources):
            for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
                if module.name != "livebrush.realtime.live.screen":
                    importlib.import_module(module.name)
        print([name for name in sys.modules if name.startswith("livebrush.realtime.live.screen")])
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_without_anybody_watching_frames_count_as_shown_when_the_sinks_have_them(deck: Deck) -> None:
    keeping = Keeping()
    with make_session(ScriptedSource(pictures(30), rate_hz=100), deck, keeping) as session:
        assert session.wait(20)
    report = session.report()
    assert report.shown == len(keeping.frames) > 5
    assert report.captured == report.shown + report.dropped
    assert keeping.closed == 1
    session.stop()  # twice is once
    assert keeping.closed == 1


def test_sinks_are_added_and_removed_while_it_plays(deck: Deck, tmp_path: Path) -> None:
    first, late = Keeping(), Keeping()
    with make_session(ScriptedSource(forever(), rate_hz=100), deck, first) as session:
        until(lambda: len(first.frames) > 3)
        session.add_sink(late)
        recording = open_sink(str(tmp_path / "some.mkv"))
        session.add_sink(recording)
        until(lambda: len(late.frames) > 5)
        assert session.state().outputs == ("keeping", "keeping", f"recording to {tmp_path / 'some.mkv'}")
        session.remove_sink(late)
        session.remove_sink(recording)
        until(lambda: late.closed)
        got = len(late.frames)
        seen = len(first.frames)
        until(lambda: len(first.frames) > seen + 3)
        assert len(late.frames) == got
        assert not first.closed
    assert first.closed == late.closed == 1
    with av.open(str(tmp_path / "some.mkv")) as container:
        assert 3 < sum(1 for _ in container.decode(video=0)) < len(first.frames)


def test_the_source_is_swapped_while_it_plays(deck: Deck) -> None:
    keeping, old = Keeping(), ScriptedSource(forever(), rate_hz=100, name="old")
    with make_session(old, deck, keeping) as session:
        until(lambda: len(keeping.frames) > 3)
        session.controls.do("pause")
        session.swap(ScriptedSource(pictures(40, (30, 50)), rate_hz=100, name="new"))
        assert session.state().source == "new" and not session.state().paused
        until(lambda: keeping.frames[-1].painted.shape == (30, 50, 3))
        assert old.closed
        assert session.wait(20)  # it ends with the new one
    report = session.report()
    assert report.captured == report.shown + report.dropped
    times = [painted.frame.captured_s for painted in keeping.frames]
    assert times == sorted(times)


def test_a_source_that_does_not_open_leaves_the_old_one_playing(deck: Deck) -> None:
    keeping = Keeping()
    with make_session(ScriptedSource(forever(), rate_hz=100, name="old"), deck, keeping) as session:
        with pytest.raises(LivebrushError, match=r"nowhere\.mp4: no such file"):
            session.controls.do("source", "nowhere.mp4")
        seen = len(keeping.frames)
        until(lambda: len(keeping.frames) > seen + 3)
        assert session.state().source == "old"


def test_the_window_is_mirrored_as_the_source_faces_people(deck: Deck) -> None:
    facing = ScriptedSource(forever(), rate_hz=100)
    facing.faces_viewer = True
    with make_session(facing, deck) as session:
        assert session.state().view.mirror
        session.swap(ScriptedSource(forever(), rate_hz=100))
        assert not session.state().view.mirror


def test_a_video_by_its_name_and_back_to_a_test_pattern(deck: Deck, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "video.mp4", Clip(pts=range(100)))
    with make_session(ScriptedSource(forever(), rate_hz=100), deck) as session:
        session.controls.do("source", str(path))
        until(lambda: session.state().position_s)
        state = session.state()
        assert (state.source, state.duration_s) == ("video.mp4", pytest.approx(4.0))
        session.controls.do("source", "test-pattern")
        until(lambda: session.state().frame_size == (480, 640))
        assert session.state().position_s is None


def test_the_state_is_one_json_record(deck: Deck, tmp_path: Path) -> None:
    with make_session(ScriptedSource(forever(), rate_hz=100), deck, out_dir=tmp_path) as session:
        session.controls.do("style", "light")
        session.controls.do("record")
        until(lambda: (session.state().recording_s or 0) > 0.1)
        state = session.state()
        values = json.loads(json.dumps(state.as_json()))
    assert (values["style"], values["styles"], values["paused"]) == ("light", ["dark", "light"], False)
    assert values["recording"].startswith(str(tmp_path)) and values["recording_s"] > 0
    assert (values["source"], values["state"], values["trouble"]) == ("script", "playing", "")
    assert values["frame_size"] == values["painted_size"] == [48, 64]
    assert values["provider"] == "CPUExecutionProvider"
    assert values["shown_hz"] > 0 and values["net_size"] == "full" and values["window"] is False
    assert (state.style, state.place) == ("light", "2/2")
    assert any(line.startswith("recording to") for line in values["notices"])


def test_sending_is_switched_by_command(deck: Deck) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with make_session(ScriptedSource(forever(), rate_hz=100), deck) as session:
            with pytest.raises(LivebrushError, match="there is no address to send to yet"):
                session.controls.do("send")
            session.controls.do("send", url)
            session.controls.do("send", url)
            connection, _ = server.accept()
            with connection:
                connection.settimeout(10)
                assert connection.recv(188)[0] == 0x47  # a transport stream
                assert session.state().outputs == (f"network to {url}",)
                session.controls.do("send")
                assert session.state().outputs == ()
                while connection.recv(65536):
                    pass
            session.controls.do("send", True)
            connection, _ = server.accept()
            connection.close()
            session.controls.do("send", False)
            with pytest.raises(LivebrushError, match="cannot send by ftp"):
                session.controls.do("send", "ftp://somewhere")


def test_the_virtual_camera_is_switched_by_command(deck: Deck, camera_backend: type[KeptFrames]) -> None:
    with make_session(ScriptedSource(forever(), rate_hz=100), deck) as session:
        session.controls.do("virtual_camera")
        until(lambda: camera_backend.opened and camera_backend.opened[0].frames)
        assert session.state().outputs == ("virtual camera to fake camera",)
        session.controls.do("virtual_camera")
        until(lambda: camera_backend.opened[0].closed)
        assert session.state().outputs == ()


def test_without_a_screen_a_window_is_refused(deck: Deck) -> None:
    with make_session(ScriptedSource(forever(), rate_hz=100), deck) as session:
        with pytest.raises(LivebrushError, match="this session runs without a screen"):
            session.controls.do("window", True)
        session.controls.do("window", False)  # it is so already
        assert session.state().view.window is False


def test_after_its_end_nobody_is_obeyed(deck: Deck) -> None:
    with make_session(ScriptedSource(forever(), rate_hz=100), deck) as session:
        assert session.answer({"command": "strength", "value": 0.5})["strength"] == 0.5
    with pytest.raises(LivebrushError, match="the show is over"):
        session.answer({"command": "status"})
    with pytest.raises(LivebrushError, match="the show is over"):
        session.swap(ScriptedSource(forever()))


def test_a_session_that_does_not_begin_leaves_nothing(deck: Deck, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "night.mkv", 50)
    with pytest.raises(LivebrushError, match="no camera"):
        make_session(
            ScriptedSource([], open_errors=[LivebrushError("no camera")]), deck, recording
        ).__enter__()
    assert not (tmp_path / "night.mkv").exists()
