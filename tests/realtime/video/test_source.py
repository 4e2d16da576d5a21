"""VideoSource: pixels, colour, timing and errors of files that are read."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.source import Picture, VideoSource
from tests.realtime.video.clips import Clip, make_clip, picture, psnr, times

SHARED_CLIPS = Path(__file__).parents[4] / "shared" / "data" / "clips"
BARS = [(255, 0, 0), (0, 0, 255), (255, 255, 0), (190, 70, 50), (60, 170, 90), (30, 30, 30), (225, 225, 225)]


def pictures(path, **options) -> list[Picture]:
    source = VideoSource(path, **options)
    try:
        return [event for event in source.read() if isinstance(event, Picture)]
    finally:
        source.close()


def test_every_frame_comes_with_its_exact_time(tmp_path):
    path = make_clip(
        tmp_path / "vfr.mp4", Clip(pts=(0, 100, 350, 351, 900, 1500), time_base=Fraction(1, 1000))
    )
    read = pictures(path)
    assert [p.pts * p.time_base for p in read] == [Fraction(t, 1000) for t in (0, 100, 350, 351, 900, 1500)]
    assert all(p.pixels.shape == (48, 64, 3) and p.pixels.dtype == np.uint8 and p.alpha is None for p in read)


def test_pixels_are_the_pictures_that_were_stored(tmp_path):
    read = pictures(make_clip(tmp_path / "a.mkv", Clip(codec="ffv1", pixel_format="bgr0")))
    assert all(np.array_equal(p.pixels, picture(i, 48, 64)) for i, p in enumerate(read))


@pytest.mark.parametrize("matrix, kr, kb", [(1, 0.2126, 0.0722), (6, 0.299, 0.114), (9, 0.2627, 0.0593)])
@pytest.mark.parametrize("full", [False, True])
def test_colour_bars_follow_the_tagged_matrix_and_range(tmp_path, matrix, kr, kb, full):
    """Y'CbCr written by the standard's own formula must come back as the colours it means."""
    path = tmp_path / "bars.mkv"
    low, y_span, c_span = (0, 255, 255) if full else (16, 219, 224)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("ffv1", rate=25, width=32 * len(BARS), height=32, pix_fmt="yuv444p")
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, 2 if full else 1
        planes = []
        for red, green, blue in BARS:
            luma = kr * red + (1 - kr - kb) * green + kb * blue
            blueness, redness = (blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)
            planes.append(
                [low + luma * y_span / 255, 128 + blueness * c_span / 255, 128 + redness * c_span / 255]
            )
        stored = np.repeat(np.clip(np.round(np.array(planes).T), 0, 255).astype(np.uint8), 32, axis=1)
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(stored[:, None, :].repeat(32, 1)), format="yuv444p"
        )
        frame.colorspace, frame.color_range = matrix, 2 if full else 1
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    (read,) = pictures(path)
    seen = read.pixels[16, 16::32].astype(int)
    assert np.abs(seen - np.array(BARS)).max() <= 3


def test_untagged_video_takes_its_matrix_from_its_size(tmp_path):
    small = VideoSource(make_clip(tmp_path / "small.mp4"))
    large = VideoSource(make_clip(tmp_path / "large.mp4", Clip(height=720, width=64, pts=range(2))))
    assert (small.colour.matrix, large.colour.matrix) == (6, 1)


def test_ten_bits_become_eight(tmp_path):
    path = make_clip(tmp_path / "ten.mkv", Clip(codec="ffv1", pixel_format="yuv444p10le"))
    assert psnr(pictures(path)[3].pixels, picture(3, 48, 64)) > 45


def test_hdr_is_mapped_to_an_ordinary_screen(tmp_path):
    """PQ's grey steps come out in order, the dark ones far brighter than their codes, and tagged as BT.709."""
    path = make_clip(tmp_path / "hdr.mkv", Clip(pixel_format="yuv420p10le", colour=(9, 1, 9, 16)))
    source, as_stored = VideoSource(path), VideoSource(path, keep_hdr=True)
    assert any("tone-mapped" in note.text for note in source.notes)
    assert any("tags kept" in note.text for note in as_stored.notes)
    colour = source.colour.as_yuv(48)
    assert (colour.primaries, colour.transfer) == (1, 1) and as_stored.colour.transfer == 16
    mapped, stored = (np.stack([p.pixels for p in pictures_of(s)]) for s in (source, as_stored))
    assert mapped.shape == stored.shape
    order = np.argsort(stored.mean(-1).ravel())
    levels = mapped.mean(-1).ravel()[order].reshape(10, -1).mean(1)
    assert (np.diff(levels) > 0).all()


def pictures_of(source):
    return [event for event in source.read() if isinstance(event, Picture)]


@pytest.mark.parametrize(
    "suffix, codec, pixel_format",
    [
        ("mov", "qtrle", "argb"),
        ("mov", "prores_ks", "yuva444p10le"),
        ("mov", "png", "rgba"),
        ("webm", "libvpx-vp9", "yuva420p"),
    ],
)
def test_alpha_is_a_plane_of_its_own(tmp_path, suffix, codec, pixel_format):
    clip = Clip(codec=codec, pixel_format=pixel_format, alpha=True, pts=range(3))
    read = pictures(make_clip(tmp_path / f"alpha.{suffix}", clip))
    assert all(p.alpha is not None and p.alpha.shape == (48, 64) for p in read)
    assert all(p.alpha[:, :28].min() > 250 and p.alpha[:, 36:].max() < 5 for p in read if p.alpha is not None)


@pytest.mark.parametrize("degrees, turns", [(90, 1), (180, 2), (-90, 3)])
def test_rotated_video_is_handed_out_upright(tmp_path, degrees, turns):
    path = make_clip(tmp_path / "rotated.mp4", Clip(rotation=degrees, options={"crf": "5"}))
    first = pictures(path)[0].pixels
    assert psnr(first, np.ascontiguousarray(np.rot90(picture(0, 48, 64), turns))) > 30


def test_size_scales_and_keeps_the_shape(tmp_path):
    path = make_clip(tmp_path / "a.mp4", Clip(sample_aspect_ratio=Fraction(4, 3)))
    source = VideoSource(path, size=24)
    assert (source.height, source.width, source.sample_aspect_ratio) == (24, 32, Fraction(4, 3))
    assert pictures(path, size=24)[0].pixels.shape == (24, 32, 3)
    squeezed = VideoSource(path, size=(48, 32))
    assert squeezed.sample_aspect_ratio == Fraction(8, 3)


def test_a_part_starts_at_the_exact_frame_although_keyframes_are_rare(tmp_path):
    path = make_clip(tmp_path / "long.mp4", Clip(pts=range(75), options={"g": "50"}))
    read = pictures(path, start_s=0.5, duration_s=0.4)
    expected = [t for t in times(path) if Fraction(1, 2) <= t < Fraction(9, 10)]
    assert [p.pts * p.time_base for p in read] == [t - expected[0] for t in expected]
    assert psnr(read[0].pixels, picture(13, 48, 64)) > 30 > psnr(read[0].pixels, picture(11, 48, 64))


def test_a_start_behind_the_end_says_how_long_the_clip_is(tmp_path):
    with pytest.raises(LivebrushError, match=r"no frame at or after 9 s, it lasts 1\.000 s"):
        VideoSource(make_clip(tmp_path / "a.mp4"), start_s=9)


@pytest.mark.parametrize(
    "options", [{"start_s": -1}, {"duration_s": 0}, {"start_s": float("nan")}, {"size": (0, 8)}]
)
def test_impossible_wishes_are_refused(tmp_path, options):
    with pytest.raises(LivebrushError):
        VideoSource(make_clip(tmp_path / "a.mp4"), **options)


def _text(path: Path) -> None:
    path.write_text("this is no video\n" * 50)


def _cut_index(path: Path) -> None:
    make_clip(path)
    path.write_bytes(path.read_bytes()[:3000])


def _audio_only(path: Path) -> None:
    with av.open(str(path), "w") as output:
        sound = output.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 48000
        output.mux(sound.encode(frame))
        output.mux(sound.encode())


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (_text, "is not a video"),
        (_cut_index, r"index \(moov\) is missing"),
        (_audio_only, "no video track, only audio"),
    ],
)
def test_files_that_are_no_video(tmp_path, make, message):
    path = tmp_path / "video.mp4"
    make(path)
    with pytest.raises(LivebrushError, match=message) as caught:
        VideoSource(path)
    assert "\n" not in str(caught.value) and "video.mp4" in str(caught.value)


@pytest.mark.parametrize("name", ["note.txt", "photo.png"])
def test_text_and_pictures_are_no_video(tmp_path, name):
    path = tmp_path / name
    if name.endswith("txt"):
        _text(path)
    else:
        av.VideoFrame.from_ndarray(picture(0, 8, 8), format="rgb24").save(str(path))
    with pytest.raises(LivebrushError, match=r"is (not a video|a still picture)"):
        VideoSource(path)


def test_sound_with_a_cover_is_no_video(tmp_path):
    clip = make_clip(tmp_path / "full.mp4", Clip(cover=True, audio_starts=(Fraction(0),)))
    with av.open(str(clip)) as full, av.open(str(tmp_path / "song.mp4"), "w") as song:
        tracks = {}
        for stream in (full.streams.audio[0], full.streams.video[1]):
            tracks[stream.index] = song.add_stream_from_template(stream, opaque=True)
            tracks[stream.index].disposition = stream.disposition
        for packet in full.demux():
            if packet.size and packet.stream.index in tracks:
                packet.stream = tracks[packet.stream.index]
                song.mux(packet)
    with pytest.raises(LivebrushError, match="no video track, only audio, cover"):
        VideoSource(tmp_path / "song.mp4")


def test_cover_art_is_no_video(tmp_path):
    path = make_clip(tmp_path / "cover.mp4", Clip(cover=True, audio_starts=(Fraction(0),)))
    source = VideoSource(path)
    assert (source.height, source.width) == (48, 64)
    assert [len(data) > 0 for data in source.covers.values()] == [True]


def test_a_file_cut_short_is_read_as_far_as_it_goes(tmp_path):
    path = make_clip(tmp_path / "a.mp4", Clip(pts=range(100), container_options={"movflags": "+faststart"}))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = VideoSource(path)
    count = sum(isinstance(event, Picture) for event in source.read())
    assert 10 < count < 90
    assert source.damage and f"{count} of 100" in source.damage


def test_a_whole_file_is_not_called_damaged(tmp_path):
    source = VideoSource(make_clip(tmp_path / "a.mp4", Clip(audio_starts=(Fraction(0),))))
    list(source.read())
    assert source.damage is None and source.expected_frames == 25


@pytest.mark.skipif(not SHARED_CLIPS.is_dir(), reason="the shared clips are not here")
@pytest.mark.parametrize(
    "name", ["rotated_minus90_3frames.mov", "sintel_alley_04.avi", "carphone_pristine.mp4"]
)
def test_real_clips_keep_their_times(name):
    read = pictures(SHARED_CLIPS / name, size=32)
    assert [p.pts * p.time_base for p in read] == times(SHARED_CLIPS / name)


def test_no_torch_is_needed():
    code = "import sys; sys.modules['torch'] = None; import livebrush.realtime.video.stylize"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
