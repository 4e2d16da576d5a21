"""Times that go on where a file's own begin anew, and places found in files without an index."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stylize import paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, make_clip, packets, picture, times

TS = Clip(pts=range(75), audio_starts=(Fraction(0),), options={"g": "50", "bf": "2"})


def shown(source: VideoSource) -> list[Picture]:
    return [event for event in source.read() if isinstance(event, Picture)]


def index_near(pixels: np.ndarray, guess: int) -> int:
    """Which of the pictures of a made clip it is; they repeat after 18."""
    near = range(guess - 8, guess + 9)
    return min(near, key=lambda n: np.abs(picture(n, *pixels.shape[:2]).astype(int) - pixels).mean())


def test_joined_recordings_play_on_without_a_gap(tmp_path):
    one = make_clip(tmp_path / "one.ts", TS).read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(one * 3)
    heard = Listener()
    report = paint_video(joined, tmp_path / "out.mp4", lambda pixels: pixels, on_event=heard)
    assert report.frames == 225
    assert any("begins anew (2 times)" in note for note in heard.notes)
    seen = np.array([float(time) for time in times(tmp_path / "out.mp4")])
    assert seen[-1] - seen[0] == pytest.approx(9 - 0.04, abs=0.2)
    assert np.diff(seen).min() > 0.03 and np.diff(seen).max() < 0.15
    sound = [float(time) for time, _ in next(iter(packets(tmp_path / "out.mp4", "audio").values()))]
    for part in range(3):  # sound and picture of each recording begin together
        first_sound = next(time for time in sound if time >= seen[75 * part] - 0.2)
        assert first_sound == pytest.approx(seen[75 * part], abs=0.2)


def recounted(stream: bytes, by: int) -> bytes:
    """A transport stream whose packets are numbered from another number on, in each track (ISO 13818-1, 2.4.3.2)."""
    counted = bytearray(stream)
    for at in range(0, len(counted), 188):
        counted[at + 3] = counted[at + 3] & 0xF0 | (counted[at + 3] + by) & 0x0F
    return bytes(counted)


@pytest.mark.parametrize("by", range(1, 16, 5))
def test_counters_that_begin_anew_with_the_clock_are_no_damage(tmp_path, by):
    one = make_clip(tmp_path / "one.ts", TS).read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(one + recounted(one, by))
    with av.open(str(joined)) as container:
        assert any(packet.is_corrupt for packet in container.demux()), "FFmpeg calls it so"
    source = VideoSource(joined)
    assert len(shown(source)) == 150 and not source.damage


def test_packets_lost_in_the_middle_are_damage(tmp_path):
    one = make_clip(tmp_path / "one.ts", TS).read_bytes()
    broken, place = tmp_path / "broken.ts", len(one) // 188 // 2 * 188
    broken.write_bytes(one[:place] + one[place + 8 * 188 :])
    source = VideoSource(broken)
    shown(source)
    assert source.damage and "1 damaged packet(s)" in source.damage


def test_a_clock_that_jumps_by_an_hour(tmp_path):
    one = make_clip(tmp_path / "one.ts", TS).read_bytes()
    moved = Clip(**{**TS.__dict__, "pts": range(90_000, 90_075), "audio_starts": (Fraction(3600),)})
    joined = tmp_path / "joined.ts"
    joined.write_bytes(one + make_clip(tmp_path / "two.ts", moved).read_bytes())
    pictures = shown(VideoSource(joined))
    seen = np.array([float(p.pts * p.time_base) for p in pictures])
    assert len(pictures) == 150 and seen[-1] - seen[0] == pytest.approx(6 - 0.04, abs=0.2)


def test_a_pause_in_a_format_whose_clock_does_not_jump_stays(tmp_path):
    source = make_clip(tmp_path / "a.mkv", Clip(pts=[0, 1, 2, 1000, 1001], time_base=Fraction(1, 25)))
    assert [float(p.pts * p.time_base) for p in shown(VideoSource(source))] == [0, 0.04, 0.08, 40, 40.04]


@pytest.mark.parametrize("start_s, first", [(0.5, 13), (1.1, 28), (2.3, 58), (2.9, 73)])
def test_a_part_of_a_transport_stream_starts_at_its_exact_frame(tmp_path, start_s, first):
    source = make_clip(tmp_path / "a.ts", TS)
    pictures = shown(VideoSource(source, start_s=start_s, duration_s=0.4))
    assert index_near(pictures[0].pixels, first) == first
    assert len(pictures) == min(10, 75 - first)


@pytest.mark.parametrize("start_s", [0.5, 2, 3.5, 6.5])
def test_a_part_of_joined_recordings_is_the_one_that_was_asked_for(tmp_path, start_s):
    """The same time is stored three times; pictures of the three are told apart by their brightness."""
    joined, recordings = tmp_path / "joined.ts", []
    for number in range(3):
        clip = make_clip(tmp_path / f"{number}.mkv", Clip(pts=range(75), codec="ffv1", pixel_format="bgr0"))
        recordings.append(darkened(clip, tmp_path / f"{number}.ts", 1 - 0.3 * number).read_bytes())
    joined.write_bytes(b"".join(recordings))
    whole = shown(VideoSource(joined))
    wanted = next(p.pixels for p in whole if (p.pts - whole[0].pts) * p.time_base >= start_s)
    found = shown(VideoSource(joined, start_s=start_s, duration_s=0.2))[0].pixels
    assert np.abs(found.astype(int) - wanted).mean() < 1


def darkened(source: Path, target: Path, by: float) -> Path:
    paint_video(source, target.with_suffix(".mp4"), lambda pixels: (pixels * by).astype(np.uint8))
    with av.open(str(target.with_suffix(".mp4"))) as read, av.open(str(target), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                written.mux(packet)
    return target


def test_one_key_frame_for_the_whole_stream(tmp_path):
    source = make_clip(tmp_path / "a.ts", Clip(pts=range(200), options={"g": "1000", "sc_threshold": "0"}))
    pictures = shown(VideoSource(source, start_s=5, duration_s=0.2))
    assert [index_near(p.pixels, 127) for p in pictures] == [125, 126, 127, 128, 129]


def test_sound_that_is_stored_behind_its_picture_is_not_cut_short(tmp_path):
    """All sound behind all pictures, as loose writers store it."""
    clip = Clip(pts=range(100), audio_starts=(Fraction(0),), options={"bf": "0"})
    plain = make_clip(tmp_path / "plain.mkv", clip)
    loose = store_sound_late(plain, tmp_path / "loose.mkv", by_s=2)
    paint_video(loose, tmp_path / "out.mkv", lambda p: p, VideoOptions(duration_s=0.8))
    sound = [float(time) for time, _ in next(iter(packets(tmp_path / "out.mkv", "audio").values()))]
    assert sound[-1] > 0.75


def store_sound_late(source: Path, target: Path, by_s: float) -> Path:
    with (
        av.open(str(source)) as read,
        av.open(str(target), "w", container_options={"max_interleave_delta": "1"}) as written,
    ):
        tracks = {stream.index: written.add_stream_from_template(stream) for stream in read.streams}
        stored = [packet for packet in read.demux() if packet.dts is not None]
        stored.sort(key=lambda p: float((p.dts or 0) * p.time_base) + by_s * (p.stream.type == "audio"))
        for packet in stored:
            packet.stream = tracks[packet.stream.index]
            written.mux_one(packet)
    return target


def test_pictures_from_before_zero_are_shown(tmp_path):
    clip = Clip(pts=range(-5, 20), audio_starts=(Fraction(-1, 5),))
    source = make_clip(tmp_path / "a.mkv", clip)
    paint_video(source, tmp_path / "out.mp4", lambda pixels: pixels)
    assert len(times(tmp_path / "out.mp4")) == 25 and times(tmp_path / "out.mp4")[0] == 0
