"""Subtitles that an MP4 or MOV file gets at its end are what FFmpeg writes in one go; their video survives a kill."""

import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.container import InputContainer

from livebrush.realtime.video.late_tracks import LateTracks
from livebrush.realtime.video.stream_copy import add_copy
from livebrush.realtime.video.stylize import VideoOptions, paint_video
from tests.realtime.video.clips import RATE, Clip, make_clip, packets, times

CLIP = Clip(pts=range(400), audio_starts=(Fraction(0),), subtitles="srt", subtitle_starts=(500, 7000))
"""nothing is said for longer than a fragment, and the sound ends before the first second has"""
KILLED_AT = 390


def in_two_goes(source: Path, target: Path, beyond: int = 0) -> None:
    """Copies a video, its subtitles late; beyond: bytes of nothing that they come behind."""
    with av.open(str(source)) as video, av.open(str(target), "w") as output:
        late = LateTracks(output.format.name)
        copies = {
            s.index: add_copy(late.container if s.type == "subtitle" else output, s) for s in video.streams
        }
        for stream in video.streams:
            copies[stream.index].metadata.update(stream.metadata)
        late.begin()
        for packet in video.demux():
            if packet.size and not (packet.stream.type == "subtitle" and packet.size == 2):
                stream = packet.stream
                packet.stream = copies[stream.index]
                (late.container if stream.type == "subtitle" else output).mux_one(packet)
    if beyond:
        with target.open("r+b") as file:
            end = file.seek(0, 2)
            file.write((1).to_bytes(4) + b"free" + beyond.to_bytes(8))
            file.truncate(end + beyond)
    late.add_to(target)


def described(path: Path) -> list[Any]:
    """All tracks, by kind, with all their packets."""

    def track(video: InputContainer, index: int) -> tuple[Any, ...]:
        stream = video.streams[index]
        video.seek(0)
        held = [(p.pts, p.dts, p.duration, bytes(p)) for p in video.demux(stream) if p.size]
        return (stream.type, stream.language, stream.time_base, stream.duration, stream.disposition, held)

    with av.open(str(path)) as video:
        found = [track(video, index) for index in range(len(video.streams))]
        return [video.duration, *sorted(found, key=lambda told: str(told[0]))]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_tracks_added_late_are_those_written_in_one_go(tmp_path: Path, suffix: str) -> None:
    clip = Clip(pts=range(50), audio_starts=(Fraction(0),), subtitles="mov_text", subtitle_starts=(300, 5000))
    source = make_clip(tmp_path / f"in{suffix}", clip)
    in_two_goes(source, tmp_path / f"out{suffix}")
    assert described(tmp_path / f"out{suffix}") == described(source)


def test_behind_more_than_32_bits_reach(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "in.mp4", Clip(subtitles="mov_text"))
    in_two_goes(source, tmp_path / "out.mp4", beyond=5 << 30)  # a hole, which takes no room
    assert described(tmp_path / "out.mp4") == described(source)


@pytest.mark.parametrize("suffix, codec", [(".mp4", "h264"), (".mov", "prores"), (".mkv", "ffv1")])
def test_after_a_kill_the_video_with_subtitles_goes_on(tmp_path: Path, suffix: str, codec: str) -> None:
    """H.264 goes on from its last key frame, the others from where the file ends."""
    source, target = make_clip(tmp_path / "in.mkv", CLIP), tmp_path / f"out{suffix}"
    whole = tmp_path / f"whole{suffix}"
    paint_video(source, whole, lambda pixels: 255 - pixels, VideoOptions(codec=codec))
    code = f"""
        import itertools, os
        from livebrush.realtime.video.stylize import VideoOptions, paint_video
        count = itertools.count()
        paint = lambda pixels: os._exit(9) if next(count) == {KILLED_AT} else 255 - pixels
        paint_video({str(source)!r}, {str(target)!r}, paint, VideoOptions(codec={codec!r}))
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False).returncode == 9
    partial = tmp_path / f"out.partial{suffix}"
    kept = times(partial)
    assert len(kept) > KILLED_AT - 4 * RATE and kept[:290] == times(whole)[:290], "what plays, and when"
    painted: list[int] = []

    def paint(pixels: np.ndarray) -> np.ndarray:
        painted.append(1)
        return 255 - pixels

    paint_video(source, target, paint, VideoOptions(codec=codec, resume=True))
    assert len(painted) < 250 and times(target) == times(whole)
    assert [packets(target, kind) for kind in ("audio", "subtitle")] == [
        packets(whole, kind) for kind in ("audio", "subtitle")
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["in.mkv", whole.name, target.name])
