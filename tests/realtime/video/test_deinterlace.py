"""Interlaced video, and pictures that change their size."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags

from livebrush.realtime.video.source import Picture, VideoSource
from tests.realtime.video.clips import Clip, make_clip

HEIGHT, WIDTH = 96, 128


def interlaced(path: Path) -> Path:
    """A white bar that moves 8 pixels between the two fields of a frame."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg2video", rate=25, options={"flags": "+ildct+ilme"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.bit_rate = 4_000_000
        stream.codec_context.flags |= Flags.interlaced_dct
        for index in range(25):
            pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            for field in range(2):
                left = (16 * index + 8 * field) % (WIDTH - 16)
                pixels[field::2, left : left + 16] = 255
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def combs(pixels: np.ndarray) -> float:
    """How much each row differs from the mean of its neighbours."""
    rows = pixels.mean(2)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


def shown(source: VideoSource) -> list[Picture]:
    return [event for event in source.read() if isinstance(event, Picture)]


def test_combs_go_and_every_frame_stays(tmp_path):
    path = interlaced(tmp_path / "a.mpg")
    source, as_stored = VideoSource(path), VideoSource(path, deinterlace=False)
    whole, stored = shown(source), shown(as_stored)
    assert [p.pts for p in whole] == [p.pts for p in stored] and len(whole) == 25
    assert np.mean([combs(p.pixels) for p in whole]) < 0.3 * np.mean([combs(p.pixels) for p in stored])
    assert any("deinterlaced" in note.text for note in source.notes)
    assert any("both fields" in note.text for note in as_stored.notes)


def test_progressive_video_is_untouched(tmp_path):
    path = make_clip(tmp_path / "a.mp4")
    one, other = shown(VideoSource(path)), shown(VideoSource(path, deinterlace=False))
    assert all((a.pixels == b.pixels).all() for a, b in zip(one, other, strict=True))


def test_a_picture_that_changes_its_size_gets_borders(tmp_path):
    wide = make_clip(tmp_path / "a.ts", Clip(height=48, width=96))
    tall = make_clip(tmp_path / "b.ts", Clip(height=96, width=48))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(wide.read_bytes() + tall.read_bytes())
    source = VideoSource(joined)
    pictures = shown(source)
    assert len(pictures) == 50 and {p.pixels.shape for p in pictures} == {(48, 96, 3)}
    last = pictures[-1].pixels
    assert last[:, :34].max() == 0 and last[:, -34:].max() == 0 and last[:, 40:56].mean() > 40
    assert sum("changes to 48x96" in note.text for note in source.notes) == 1
