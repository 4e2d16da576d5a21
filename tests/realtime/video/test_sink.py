"""VideoSink: what survives in the written file, and what is refused before anything is painted."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.video.source import Picture, VideoSource
from livebrush.realtime.video.stylize import VideoOptions, paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip, packets, picture, psnr, times

FULL = Clip(
    audio_starts=(Fraction(0), Fraction(1, 10)),
    chapters=True,
    metadata={"title": "A video", "artist": "me"},
    sample_aspect_ratio=Fraction(4, 3),
    colour=(1, 1, 1, 1),
)
TICK = {".mkv": Fraction(1, 1000), ".webm": Fraction(1, 1000), ".gif": Fraction(1, 100), ".mp4": 0, ".mov": 0}


def through(source: Path, target: Path, heard: Listener | None = None, **options):
    """Source to target with a brush that paints nothing."""
    return paint_video(source, target, lambda pixels: pixels, VideoOptions(**options), heard)


def notes_of(source: Path, target: Path, **options) -> list[str]:
    heard = Listener()
    through(source, target, heard, **options)
    return heard.notes


def seconds(stream) -> Fraction:
    return stream.duration * stream.time_base


def test_tracks_and_tags_survive_in_mp4(tmp_path):
    source = make_clip(tmp_path / "in.mp4", FULL)
    assert notes_of(source, tmp_path / "out.mp4") == []
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # a browser can start before the file is loaded
    with av.open(str(source)) as before, av.open(str(tmp_path / "out.mp4")) as after:
        assert after.chapters() == before.chapters() and len(after.chapters()) == 2
        assert (after.metadata["title"], after.metadata["artist"]) == ("A video", "me")
        assert [s.language for s in after.streams.audio] == ["eng", "deu"]
        assert [s.disposition for s in after.streams.audio] == [s.disposition for s in before.streams.audio]
        old, new = before.streams.video[0], after.streams.video[0]
        assert new.sample_aspect_ratio == old.sample_aspect_ratio == Fraction(4, 3)
        for tag in ("colorspace", "color_range", "color_primaries", "color_trc"):
            assert getattr(new, tag) == getattr(old, tag) == 1
        assert new.codec_context.name == "h264" and new.pix_fmt == "yuv420p"
        assert seconds(new) == seconds(old)


@pytest.mark.parametrize("suffixes", [(".mp4", ".mp4"), (".mp4", ".mkv"), (".mkv", ".mp4"), (".mkv", ".mkv")])
@pytest.mark.parametrize("first_frame, sound", [(0, Fraction(0)), (5, Fraction(0)), (0, Fraction(1, 2))])
def test_sound_is_copied_bit_by_bit_at_the_same_offset(tmp_path, suffixes, first_frame, sound):
    """Sound that starts with, before and after the picture."""
    clip = Clip(pts=range(first_frame, first_frame + 25), audio_starts=(sound, sound + Fraction(1, 10)))
    source = make_clip(tmp_path / f"in{suffixes[0]}", clip)
    through(source, tmp_path / f"out{suffixes[1]}")
    before, after = packets(source, "audio"), packets(tmp_path / f"out{suffixes[1]}", "audio")
    assert len(before) == len(after) == 2
    tick = max(TICK[suffix] for suffix in suffixes)
    shift = times(tmp_path / f"out{suffixes[1]}")[0] - times(source)[0]
    for old, new in zip(before.values(), after.values(), strict=True):
        assert [data for _, data in new] == [data for _, data in old]
        assert all(abs(b[0] - a[0] - shift) <= tick for a, b in zip(old, new, strict=True))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".gif"])
def test_variable_frame_times_survive(tmp_path, suffix):
    ticks = [0, 1001, 3003, 3503, 9009, 12012, 12512, 20020]
    source = make_clip(tmp_path / "in.mp4", Clip(pts=ticks, time_base=Fraction(1, 30000)))
    through(source, tmp_path / f"out{suffix}")
    after = times(tmp_path / f"out{suffix}")
    assert len(after) == len(ticks)
    for old, new in zip(ticks, after, strict=True):
        assert abs(new - Fraction(old, 30000)) <= TICK[suffix]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(2997, 100), Fraction(10)])
def test_odd_frame_rates_are_never_rounded(tmp_path, rate):
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(12), time_base=1 / rate))
    through(source, tmp_path / "out.mp4")
    assert times(tmp_path / "out.mp4") == [index / rate for index in range(12)]


@pytest.mark.parametrize("suffix, codec", [(".mp4", "mov_text"), (".mkv", "srt"), (".mkv", "ass")])
def test_subtitles_are_copied(tmp_path, suffix, codec):
    source = make_clip(tmp_path / f"in{suffix}", Clip(subtitles=codec))
    through(source, tmp_path / f"out{suffix}")
    before, after = packets(source, "subtitle"), packets(tmp_path / f"out{suffix}", "subtitle")
    assert list(after.values()) == list(before.values()) and len(next(iter(after.values()))) == 2


def test_sound_that_cannot_be_copied_is_refused_before_painting_where_a_copy_is_asked_for(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(audio_starts=(Fraction(0),)))
    with pytest.raises(LivebrushError, match=r"\.webm cannot hold audio .*aac, eng.* \.mkv"):
        options = VideoOptions(sound="copy")
        paint_video(path, tmp_path / "out.webm", lambda pixels: pytest.fail("painted"), options)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]
    through(path, tmp_path / "out.webm", sound="none")
    assert len(times(tmp_path / "out.webm")) == 25


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_covers_are_kept(tmp_path, suffix):
    source = make_clip(tmp_path / "in.mp4", Clip(cover=True, audio_starts=(Fraction(0),)))
    through(source, tmp_path / f"out{suffix}")
    before, after = VideoSource(source), VideoSource(tmp_path / f"out{suffix}")
    assert list(after.covers.values()) == list(before.covers.values())
    assert (after.height, after.width) == (48, 64)


def test_what_cannot_be_kept_is_noted(tmp_path):
    source = make_clip(tmp_path / "in.mp4", Clip(cover=True, audio_starts=(Fraction(0),)))
    assert any("audio left out" in note for note in notes_of(source, tmp_path / "out.gif"))
    assert any("cover" in note for note in notes_of(source, tmp_path / "out.webm", sound="none"))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_rotation_tag_and_stored_pixels_are_kept(tmp_path, suffix, degrees):
    clip = Clip(rotation=degrees, sample_aspect_ratio=Fraction(4, 3), pts=range(3), options={"crf": "5"})
    source = make_clip(tmp_path / "in.mp4", clip)
    seen = []
    paint_video(source, tmp_path / f"out{suffix}", lambda pixels: seen.append(pixels.shape) or pixels)
    assert seen[0][:2] == ((64, 48) if abs(degrees) == 90 else (48, 64))
    after = frames(tmp_path / f"out{suffix}")[0]
    assert after.rotation % 360 == degrees % 360
    assert psnr(after.to_ndarray(format="rgb24"), picture(0, 48, 64)) > 25


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv", "out.avi", "out.webm"])
def test_pixel_shape_is_kept_or_its_loss_noted(tmp_path, target):
    source = make_clip(tmp_path / "in.mp4", Clip(sample_aspect_ratio=Fraction(4, 3), pts=range(3)))
    notes = notes_of(source, tmp_path / target)
    with av.open(str(tmp_path / target)) as container:
        kept = container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)
    assert kept != any("pixels of 4:3" in note for note in notes)
    assert kept == (target != "out.webm")


@pytest.mark.parametrize("suffix", [".avi", ".gif"])
def test_without_a_place_for_the_tag_the_pixels_are_turned(tmp_path, suffix):
    source = make_clip(tmp_path / "in.mp4", Clip(rotation=90, pts=range(3), options={"crf": "5"}))
    through(source, tmp_path / f"out{suffix}")
    after = frames(tmp_path / f"out{suffix}")[0].to_ndarray(format="rgb24")
    assert psnr(after, np.ascontiguousarray(np.rot90(picture(0, 48, 64)))) > 25


def test_ffv1_is_lossless_at_any_size(tmp_path):
    source = make_clip(tmp_path / "in.mkv", Clip(height=47, width=63, codec="ffv1", pixel_format="bgr0"))
    through(source, tmp_path / "out.mkv", codec="ffv1")
    for index, frame in enumerate(frames(tmp_path / "out.mkv")):
        assert np.array_equal(frame.to_ndarray(format="rgb24"), picture(index, 47, 63))


def test_odd_sizes_get_one_more_row_and_column_in_h264(tmp_path):
    source = make_clip(tmp_path / "in.mkv", Clip(height=47, width=63, codec="ffv1", pixel_format="bgr0"))
    even, half = notes_of(source, tmp_path / "out.mp4", crf=4)
    assert even == "h264 needs even sizes: 63x47 got one more row or column"
    assert half.startswith("bgr0 is written as yuv420p: colour at half")
    after = frames(tmp_path / "out.mp4")[0].to_ndarray(format="rgb24")
    padded = np.pad(picture(0, 47, 63), ((0, 1), (0, 1), (0, 0)), mode="edge")
    assert after.shape == (48, 64, 3) and psnr(after, padded) > 33


@pytest.mark.parametrize("matrix, kr, kb", [(1, 0.2126, 0.0722), (6, 0.299, 0.114)])
@pytest.mark.parametrize("full", [False, True])
def test_written_colours_follow_their_tags(tmp_path, matrix, kr, kb, full):
    """The stored Y'CbCr of bars, against the standard's own formula."""
    colour_range = 2 if full else 1
    source = make_clip(tmp_path / "in.mp4", Clip(colour=(matrix, colour_range, matrix, matrix), pts=range(2)))
    bars = [(255, 0, 0), (30, 30, 30), (60, 170, 90), (225, 225, 225)]
    pixels = np.repeat(np.array(bars, np.uint8), 16, axis=0)[None].repeat(48, 0)
    paint_video(source, tmp_path / "out.mp4", lambda _: pixels, VideoOptions(crf=1))
    frame = frames(tmp_path / "out.mp4")[0]
    assert (frame.colorspace, frame.color_range) == (matrix, colour_range)
    stored = frame.to_ndarray()
    low, luma_span, chroma_span = (0, 1, 1) if full else (16, 219 / 255, 224 / 255)
    for index, (red, green, blue) in enumerate(bars):
        luma = kr * red + (1 - kr - kb) * green + kb * blue
        chroma = [(blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)]
        expected = [low + luma_span * luma, *(min(128 + chroma_span * value, 255) for value in chroma)]
        planes = stored[:48], stored[48:60].reshape(24, 32), stored[60:].reshape(24, 32)
        seen = [planes[0][20, 16 * index + 8], planes[1][12, 8 * index + 4], planes[2][12, 8 * index + 4]]
        assert np.abs(np.array(seen, float) - expected).max() <= 2.5


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".gif"])
def test_the_last_picture_stays_as_long_as_it_did(tmp_path, suffix):
    """Uneven times and B-frames: MP4 would otherwise end before its last pictures."""
    clip = Clip(pts=[0, 10, 15, 85], durations=[10, 5, 70, 100], time_base=Fraction(1, 100))
    source = make_clip(tmp_path / "in.mkv", clip)
    through(source, tmp_path / f"out{suffix}")
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        assert Fraction(container.duration or 0, av.time_base) == Fraction(185, 100)


@pytest.mark.parametrize(
    "target, options", [("out.mp4", {}), ("out.webm", {}), ("out.mkv", {"codec": "hevc"})]
)
def test_an_identity_brush_loses_little(tmp_path, target, options):
    source = make_clip(
        tmp_path / "in.mkv", Clip(codec="ffv1", pixel_format="bgr0", height=96, width=128, pts=range(8))
    )
    through(source, tmp_path / target, **options)
    for index, frame in enumerate(frames(tmp_path / target)):
        assert psnr(frame.to_ndarray(format="rgb24"), picture(index, 96, 128)) > 33


@pytest.mark.parametrize(
    "target, codec",
    [
        ("out.mov", None),
        ("out.mov", "qtrle"),
        ("out.webm", None),
        ("out.mkv", "ffv1"),
        ("out.mkv", None),
        ("out.gif", None),
    ],
)
def test_alpha_is_kept_where_it_can_be(tmp_path, target, codec):
    source = make_clip(
        tmp_path / "in.mov", Clip(codec="qtrle", pixel_format="argb", alpha=True, pts=range(3))
    )
    notes = notes_of(source, tmp_path / target, codec=codec)
    read = [event for event in VideoSource(tmp_path / target).read() if isinstance(event, Picture)]
    assert all("is written as" in note for note in notes) and len(read) == 3
    for one in read:
        assert one.alpha is not None and one.alpha[:, :28].min() > 250 and one.alpha[:, 36:].max() < 5
    assert (
        psnr(np.ascontiguousarray(read[0].pixels[:, :28]), np.ascontiguousarray(picture(0, 48, 64)[:, :28]))
        > 28
    )


def test_alpha_that_cannot_be_kept_is_painted_over_black(tmp_path):
    source = make_clip(
        tmp_path / "in.mov", Clip(codec="qtrle", pixel_format="argb", alpha=True, pts=range(3))
    )
    seen, heard = [], Listener()
    paint_video(source, tmp_path / "out.mp4", lambda pixels: seen.append(pixels) or pixels, on_event=heard)
    assert heard.notes[0] == "h264 holds no alpha: painted over black"
    assert seen[0][:, 36:].max() == 0 and seen[0][:, :28].max() > 100


def test_gif_to_gif(tmp_path):
    ticks = [0, 4, 8, 20, 25]
    source = make_clip(
        tmp_path / "in.gif", Clip(codec="gif", pixel_format="rgb8", pts=ticks, time_base=Fraction(1, 100))
    )
    colours = iter([picture(index, 48, 64) for index in range(5)])
    heard = Listener()
    paint_video(source, tmp_path / "out.gif", lambda _: next(colours), on_event=heard)
    assert heard.notes == [] and times(tmp_path / "out.gif") == [Fraction(t, 100) for t in ticks]
    for index, frame in enumerate(frames(tmp_path / "out.gif")):
        assert psnr(frame.to_ndarray(format="rgb24"), picture(index, 48, 64)) > 24


def test_colour_at_full_resolution_is_kept_where_asked_for_and_missed_aloud_elsewhere(tmp_path):
    source = make_clip(tmp_path / "in.mkv", Clip(codec="ffv1", pixel_format="yuv444p", pts=range(3)))
    heard = Listener()
    through(source, tmp_path / "half.mp4", heard)
    (note,) = (event for event in heard.events if isinstance(event, Note))
    assert "yuv444p is written as yuv420p: colour at half" in note.text and note.remedy == "pixel_format"
    assert notes_of(source, tmp_path / "full.mp4", pixel_format="yuv444p") == []
    assert [frame.format.name for frame in frames(tmp_path / "full.mp4")] == ["yuv444p"] * 3
    with pytest.raises(LivebrushError, match="libx264 does not take 'rgb24'; it takes yuv420p"):
        through(source, tmp_path / "out.mp4", pixel_format="rgb24")


def test_gif_is_thinned_to_what_players_show(tmp_path):
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(60), time_base=Fraction(1, 120)))
    heard = Listener()
    report = through(source, tmp_path / "out.gif", heard)
    assert heard.notes == [f"GIF shows 50 frames a second at most: {60 - report.frames} left out"]
    shown = times(tmp_path / "out.gif")
    assert 20 <= len(shown) == report.frames <= 26
    assert all(after - before >= Fraction(1, 50) for before, after in itertools.pairwise(shown))
