"""The disk is full when all is painted, and again when that is resumed: a second at most is painted anew."""

import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import pytest

from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.stylize import paint_video
from tests.realtime.video.clips import RATE, Clip, make_clip, packets, times

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix")

CLIP = Clip(pts=range(60), audio_starts=(Fraction(0),), subtitles="srt", width=160, height=120)
INTRA = {".mp4": "mjpeg", ".mov": "prores", ".mkv": "ffv1"}
"""each picture a key frame: all that is in the file can be gone on from"""


def painted_with_room(source: Path, target: Path, codec: str, room: int) -> tuple[int, str]:
    """How many frames were painted, and the error, where no file may grow beyond `room` bytes."""
    code = f"""
        import resource, sys
        from livebrush.models.errors import LivebrushError
        from livebrush.realtime.video.options import VideoOptions
        from livebrush.realtime.video.stylize import paint_video
        resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
        painted = []
        try:
            paint_video(
                {str(source)!r}, {str(target)!r}, lambda pixels: painted.append(0) or 255 - pixels,
                VideoOptions(codec={codec!r}, resume=True),
            )
        except LivebrushError as error:
            print(len(painted), error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    count, _, said = run.stdout.partition(" ")
    return int(count), said


@pytest.mark.parametrize("suffix", INTRA)
@pytest.mark.parametrize("lacking", [1, 1500])
def test_a_last_step_that_lacks_room_twice(tmp_path: Path, suffix: str, lacking: int) -> None:
    """lacking: bytes that the complete file has more than there is room for"""
    source, codec = make_clip(tmp_path / "in.mkv", CLIP), INTRA[suffix]
    whole, target = tmp_path / f"whole{suffix}", tmp_path / f"out{suffix}"
    paint_video(source, whole, lambda pixels: 255 - pixels, VideoOptions(codec=codec))
    room = whole.stat().st_size - lacking
    for wanted in (60, RATE):
        count, said = painted_with_room(source, target, codec, room)
        assert (
            count <= wanted
            and "free some space" in said
            and f"what is painted is in {tmp_path}/out.partial" in said
        )
        assert not target.exists() and len(list(tmp_path.glob(f"out.partial*{suffix}"))) == 1
    painted: list[int] = []
    options = VideoOptions(codec=codec, resume=True)
    paint_video(source, target, lambda pixels: painted.append(0) or 255 - pixels, options)
    assert len(painted) <= RATE and times(target) == times(whole)
    for kind in ("video", "audio", "subtitle"):
        assert packets(target, kind) == packets(whole, kind)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["in.mkv", whole.name, target.name])
