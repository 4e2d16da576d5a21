"""paint_video: the whole way, its threads, its memory, and what happens when something goes wrong."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Progress, Started
from livebrush.realtime.video import pipeline
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.stylize import Interrupted, VideoOptions, paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip, packets, picture, psnr, times

SHARED_CLIPS = Path(__file__).parents[4] / "shared" / "data" / "clips"


def leave(pixels):
    return pixels


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("livebrush")]


def test_every_frame_is_painted_once_and_in_order(tmp_path):
    source = make_clip(tmp_path / "in.mkv", Clip(codec="ffv1", pixel_format="bgr0", pts=range(60)))
    heard = Listener()
    report = paint_video(
        source, tmp_path / "out.mkv", lambda pixels: 255 - pixels, VideoOptions(codec="ffv1"), heard
    )
    painted = [frame.to_ndarray(format="rgb24") for frame in frames(tmp_path / "out.mkv")]
    assert report.frames == len(painted) == 60
    assert all(np.array_equal(one, 255 - picture(index, 48, 64)) for index, one in enumerate(painted))
    assert heard.kinds == ["Started", "Progress", "Finished"]
    assert heard.progress == [(index + 1, 60) for index in range(60)]
    assert heard.events[0] == Started("in.mkv", "frame", 60)
    assert heard.events[-1] == Finished(report.path, report.as_json())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mkv", "out.mkv"] and not threads()


def test_the_report_adds_up(tmp_path):
    source = make_clip(tmp_path / "in.mp4", Clip(height=240, width=320, pts=range(40)))

    def work(pixels):
        deadline = time.thread_time() + 0.004
        while time.thread_time() < deadline:
            pass
        return pixels

    report = paint_video(source, tmp_path / "out.mp4", work)
    assert set(report.cpu_s) == {"decode", "convert", "paint", "encode", "workers"}
    assert all(seconds >= 0 for seconds in report.cpu_s.values())
    assert 0.16 <= report.cpu_s["paint"] < 0.3
    assert report.fps == pytest.approx(40 / report.wall_s)
    assert report.share_of_bound == pytest.approx(report.fps * report.cpu_s_per_frame / report.cores)
    assert (report.path, report.codec, report.height, report.width) == (
        tmp_path / "out.mp4",
        "h264",
        240,
        320,
    )


def test_an_encoders_own_threads_are_counted(tmp_path):
    if sys.platform != "linux":
        pytest.skip("threads are told apart on Linux only")
    clock, ready, done = StageClock(), threading.Event(), threading.Event()

    def burn():
        deadline = time.thread_time() + 0.05
        while time.thread_time() < deadline:
            pass
        ready.set()
        done.wait()

    with clock.adopt("encode"):
        thread = threading.Thread(target=burn)
        thread.start()
    ready.wait()
    clock.settle("encode")
    done.set()
    thread.join()
    assert 0.05 <= clock.cpu_s["encode"] < 0.1


def test_memory_does_not_grow_with_the_clip(tmp_path, monkeypatch):
    """A brush that is slow must hold the reader back: few pictures live at any time."""
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(80), audio_starts=(Fraction(0),)))
    alive, most = weakref.WeakSet(), []

    class Item(pipeline._Item):
        def __init__(self, packets, picture):
            super().__init__(packets, picture)
            alive.add(self)

        __hash__ = object.__hash__  # type: ignore[assignment]

    def paint(pixels):
        time.sleep(0.005)
        most.append(len(alive))
        return pixels

    monkeypatch.setattr(pipeline, "_Item", Item)
    paint_video(source, tmp_path / "out.mp4", paint)
    assert 1 < max(most) <= 2 * pipeline.QUEUED_PICTURES + 4


def test_sound_is_not_hoarded_before_the_picture(tmp_path, monkeypatch):
    """All sound first in the file: it must pass through the queues in small lots."""
    source = make_clip(tmp_path / "in.mkv", Clip(audio_starts=(Fraction(0),) * 8, pts=range(5)))
    lots, put = [], pipeline._Link.put

    def count(link, item):
        lots.append(len(item.packets) if item else 0)
        put(link, item)

    monkeypatch.setattr(pipeline._Link, "put", count)
    paint_video(source, tmp_path / "out.mkv", leave)
    assert max(lots) <= 64 and len(packets(tmp_path / "out.mkv", "audio")) == 8


@pytest.mark.parametrize("stage", ["paint", "encode", "decode", "progress"])
def test_an_exception_in_any_stage_reaches_the_caller_and_leaves_nothing(tmp_path, monkeypatch, stage):
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(60)))
    calls = iter(range(1000))

    def fail(*_):
        if next(calls) >= 7:
            raise RuntimeError(f"broken {stage}")

    def failing(original):
        return lambda self, *values: (fail(), original(self, *values))[1]

    if stage == "encode":
        monkeypatch.setattr(VideoSink, "write", failing(VideoSink.write))
    if stage == "decode":
        monkeypatch.setattr(VideoSource, "_picture", failing(VideoSource._picture))

    def told(event):
        if isinstance(event, Progress):
            fail()

    paint = (lambda pixels: (fail(), pixels)[1]) if stage == "paint" else leave
    with pytest.raises(RuntimeError, match=f"broken {stage}"):
        paint_video(source, tmp_path / "out.mp4", paint, on_event=told if stage == "progress" else None)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"] and not threads()


def test_a_brush_that_changes_the_size_is_told_so(tmp_path):
    with pytest.raises(ValueError, match=r"paint returned uint8 \(24, 64, 3\), expected uint8 \(48, 64, 3\)"):
        paint_video(make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", lambda pixels: pixels[:24])


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".gif"])
def test_ctrl_c_leaves_a_part_that_plays(tmp_path, suffix):
    clip = Clip(pts=range(100), audio_starts=(Fraction(0),) if suffix in (".mp4", ".mkv") else ())
    source = make_clip(tmp_path / "in.mp4", clip)
    calls = iter(range(1000))

    def paint(pixels):
        if next(calls) == 30:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        return pixels

    with pytest.raises(Interrupted, match=r"the first \d+ frames are in .*out\.partial") as caught:
        paint_video(source, tmp_path / f"out{suffix}", paint)
    part = tmp_path / f"out.partial{suffix}"
    assert caught.value.path == part and caught.value.frames == len(times(part)) in (29, 30, 31)
    assert not (tmp_path / f"out{suffix}").exists() and not threads()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the run is ended as by kill -9, in a process of its own")
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_what_a_killed_run_leaves_plays(tmp_path, suffix):
    """FFmpeg's writers wait up to ten seconds for sound, and this clip's ends early: 400 of 500 painted, 5 s there."""
    clip = Clip(height=240, width=320, pts=range(500), audio_starts=(Fraction(0),))
    source = make_clip(tmp_path / "in.mkv", clip)
    code = f"""
        import itertools, os
        from livebrush.realtime.video.stylize import VideoOptions, paint_video
        count, target = itertools.count(), {str(tmp_path / f"out{suffix}")!r}
        paint = lambda pixels: os._exit(9) if next(count) == 400 else pixels
        paint_video({str(source)!r}, target, paint, VideoOptions(crf=5))
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    part = tmp_path / f"out.partial{suffix}"
    assert run.returncode == 9 and not (tmp_path / f"out{suffix}").exists()
    with av.open(str(part)) as container:  # a packet that was cut in two must not be decoded
        kinds = [packet.stream.type for packet in container.demux() if packet.size]
    assert kinds.count("video") >= 100 and kinds.count("audio") >= 10


def test_mp4_has_its_index_in_front(tmp_path):
    paint_video(make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", leave)
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_ctrl_c_before_the_first_frame_leaves_nothing(tmp_path):
    def paint(pixels):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="no frames were written") as caught:
        paint_video(make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", paint)
    assert caught.value.path is None and [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_a_part_of_an_earlier_run_is_not_overwritten(tmp_path):
    (tmp_path / "out.partial.mp4").write_bytes(b"earlier")
    paint_video(make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", leave)
    assert (tmp_path / "out.partial.mp4").read_bytes() == b"earlier" and (tmp_path / "out.mp4").exists()


def test_overwriting_happens_only_when_the_new_file_is_complete(tmp_path):
    source = make_clip(tmp_path / "in.mp4")
    (tmp_path / "out.mp4").write_bytes(b"old")

    def fail(pixels):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        paint_video(source, tmp_path / "out.mp4", fail, VideoOptions(overwrite=True))
    assert (tmp_path / "out.mp4").read_bytes() == b"old"
    paint_video(source, tmp_path / "out.mp4", leave, VideoOptions(overwrite=True))
    assert len(times(tmp_path / "out.mp4")) == 25


def test_a_target_that_appears_meanwhile_is_not_overwritten(tmp_path):
    def paint(pixels):
        (tmp_path / "out.mp4").write_bytes(b"somebody's")
        return pixels

    with pytest.raises(LivebrushError, match=r"appeared while painting; the painted file is .*partial"):
        paint_video(make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", paint)
    assert (tmp_path / "out.mp4").read_bytes() == b"somebody's"
    assert len(times(tmp_path / "out.partial.mp4")) == 25


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix")
def test_a_full_disk_is_one_clear_error(tmp_path):
    """A limit on file size stands in for the full disk: both surface as a failed write."""
    source = make_clip(tmp_path / "in.mkv", Clip(pts=range(60), codec="ffv1", pixel_format="bgr0"))
    code = f"""
        import resource
        from livebrush.realtime.video.stylize import VideoOptions, paint_video
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        paint_video({str(source)!r}, {str(tmp_path / "out.mkv")!r}, lambda a: a, VideoOptions(codec="ffv1"))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    last, advice = run.stderr.strip().splitlines()[-2:]
    assert "LivebrushError" in last and "cannot be written (File too large); free some space" in last
    assert (
        last.endswith("out.partial.mkv") and advice == "the same call with resume=True continues from there"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 60_000
    heard = Listener()
    paint_video(source, tmp_path / "out.mkv", leave, VideoOptions(codec="ffv1", resume=True), heard)
    taken_over = int(heard.notes[-1].split()[0])
    assert taken_over > 0 and len(times(tmp_path / "out.mkv")) == 60
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mkv", "out.mkv"]


def test_a_last_step_that_fails_loses_nothing(tmp_path, monkeypatch):
    """All is painted, then the file cannot get its name: the painting is kept, and told of."""
    source = make_clip(tmp_path / "in.mp4")
    own = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if str(target).endswith("out.mp4"):
            raise LivebrushError("out.mp4: cannot be named")
        return own(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(LivebrushError, match=r"cannot be named; what is painted is in .*out\.partial\.mp4"):
        paint_video(source, tmp_path / "out.mp4", leave)
    assert len(times(tmp_path / "out.partial.mp4")) == 25


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    source = make_clip(tmp_path / "in.mp4")
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(LivebrushError, match=r"cannot be written .*choose another folder"):
        paint_video(source, tmp_path / "locked" / "out.mp4", leave)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_part_keeps_the_offset_between_sound_and_picture(tmp_path, suffix):
    clip = Clip(pts=range(75), audio_starts=(Fraction(0),), options={"g": "20"}, chapters=True)
    source = make_clip(tmp_path / f"in{suffix}", clip)
    paint_video(source, tmp_path / f"out{suffix}", leave, VideoOptions(start_s=0.3, duration_s=0.5))
    kept = [t for t in times(source) if Fraction(3, 10) <= t < Fraction(8, 10)]
    assert times(tmp_path / f"out{suffix}") == [t - kept[0] for t in kept]
    (before,), (after,) = (
        packets(source, "audio").values(),
        packets(tmp_path / f"out{suffix}", "audio").values(),
    )
    original = {data: t for t, data in before}
    assert 20 <= len(after) <= 25
    tick = Fraction(1, 48000) if suffix == ".mp4" else Fraction(1, 1000)
    assert all(abs(original[data] - kept[0] - t) <= tick for t, data in after)
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        ends = [float(c["end"] * Fraction(c["time_base"] or 0)) for c in container.chapters()]
    assert ends == pytest.approx([0.08, 0.48], abs=0.021)


def test_broken_data_in_the_middle_is_skipped_and_told(tmp_path):
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(60), codec="mpeg4", options={"g": "1"}))
    with av.open(str(source)) as container:
        places = [(p.pos or 0, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(source.read_bytes())
    for pos, size in places[20:24]:
        data[pos : pos + size] = bytes(size)
    source.write_bytes(bytes(data))
    report = paint_video(source, tmp_path / "out.mp4", leave)
    assert report.damage and "damaged packet" in report.damage
    assert report.frames == 56 and times(tmp_path / "out.mp4")[-1] == Fraction(59, 25)


@pytest.mark.skipif(not SHARED_CLIPS.is_dir(), reason="the shared clips are not here")
@pytest.mark.parametrize(
    "name",
    ["nasa_13013.mp4", "flipping_a_pancake.mkv", "rotated_minus90_3frames.mov", "carphone_pristine.mp4"],
)
def test_real_clips_survive(tmp_path, name):
    source, target = SHARED_CLIPS / name, tmp_path / name
    report = paint_video(source, target, leave, VideoOptions(preset="ultrafast"))
    assert times(target) == times(source) and report.damage is None
    for kind in ("audio", "subtitle"):
        before, after = packets(source, kind), packets(target, kind)
        assert list(after.values()) == list(before.values())
    one, other = frames(source)[2], frames(target)[2]
    assert other.rotation == one.rotation
    assert psnr(other.to_ndarray(format="rgb24"), one.to_ndarray(format="rgb24")) > 33


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_subtitles_in_another_form_leave_the_pictures_at_their_times(tmp_path, suffix):
    """Without sound: FFmpeg's fragments gave pictures beside subtitles the time of the next."""
    words = "".join(
        f"{n + 1}\n00:00:{3 * n + 1:02},000 --> 00:00:{3 * n + 2:02},000\nLine {n}\n\n" for n in range(6)
    )
    (tmp_path / "words.srt").write_text(words)
    video = make_clip(tmp_path / "video.mp4", Clip(pts=range(500)))
    with (
        av.open(str(video)) as pictures,
        av.open(str(tmp_path / "words.srt")) as titles,
        av.open(str(tmp_path / "in.mkv"), "w") as joined,
    ):
        for source in (titles, pictures):
            joined.add_stream_from_template(source.streams[0])
        parts = [
            ((packet.dts or 0) * (packet.time_base or Fraction(1)), index, packet)
            for index, source in enumerate((titles, pictures))
            for packet in source.demux()
            if packet.size
        ]
        for _, index, packet in sorted(parts, key=lambda part: part[:2]):
            packet.stream = joined.streams[index]
            joined.mux(packet)
    paint_video(tmp_path / "in.mkv", tmp_path / f"out{suffix}", leave)
    assert times(tmp_path / f"out{suffix}") == times(tmp_path / "in.mkv")
