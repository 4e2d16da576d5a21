"""Sound and subtitles that a format cannot hold as they are, and those that are damaged."""

import re
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.subtitles.subtitle import AssSubtitle

from livebrush.realtime.video.stylize import VideoOptions, paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, make_clip, packets, times


def pcm_clip(path: Path, channels: int) -> Path:
    """A second of picture, and of PCM sound whose first channel is a tone of 440 Hz."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    with av.open(str(path), "w") as output:
        video = output.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = output.add_stream("pcm_s16le", rate=48000, layout=layout)
        for index in range(25):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), index * 9, np.uint8), format="rgb24")
            output.mux(video.encode(picture))
            samples = np.zeros((1, 1920 * channels), np.int16)
            tone = 9000 * np.sin(2 * np.pi * 440 * (np.arange(1920) + 1920 * index) / 48000)
            samples[0, ::channels] = tone.astype(np.int16)
            block = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
            block.sample_rate, block.pts = 48000, 1920 * index
            output.mux(sound.encode(block))
        output.mux(video.encode())
        output.mux(sound.encode())
    return path


def heard(path: Path) -> np.ndarray:
    """The first channel of the first sound track, float."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].codec_context.layout.nb_channels
    flat = [block[0] if len(block) > 1 else block[0, ::channels] for block in blocks]
    wave = np.concatenate(flat).astype(float)
    return wave / max(1.0, np.abs(wave).max())


def painted(source: Path, target: Path, **options) -> list[str]:
    listener = Listener()
    paint_video(source, target, lambda pixels: pixels, VideoOptions(**options), listener)
    return listener.notes


@pytest.mark.parametrize("suffix", [".mkv", ".avi"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_pcm_sound_whose_channels_are_only_counted_goes_into_mp4(tmp_path, suffix, channels):
    source = pcm_clip(tmp_path / f"in{suffix}", channels)
    notes = painted(source, tmp_path / "out.mp4")
    assert heard(tmp_path / "out.mp4") == pytest.approx(heard(source), abs=1e-6)
    assert not any("audio" in note for note in notes)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.audio[0].codec_context.layout.nb_channels == channels


def test_sound_that_a_format_does_not_hold_is_encoded_anew(tmp_path):
    source = pcm_clip(tmp_path / "in.mkv", 2)
    notes = painted(source, tmp_path / "out.webm")
    assert any("encoded anew as opus" in note for note in notes)
    spectrum = np.abs(np.fft.rfft(heard(tmp_path / "out.webm")[4800:43200]))
    assert np.argmax(spectrum) * 48000 / 38400 == pytest.approx(440, abs=2)
    with av.open(str(tmp_path / "out.webm")) as container:
        length = sum(frame.samples for frame in container.decode(audio=0)) / 48000
    assert length == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("suffix", [".avi", ".webm", ".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize(
    "codec, channels", [("mp2", 2), ("ac3", 6), ("eac3", 6), ("libopus", 2), ("flac", 6)]
)
def test_any_sound_goes_into_any_video_at_its_own_pace(tmp_path, suffix, codec, channels):
    pcm = pcm_clip(tmp_path / "pcm.mkv", channels)
    source = encoded(pcm, tmp_path / ("in.ts" if codec in ("mp2", "ac3") else "in.mkv"), codec)
    for sound in ("auto", "transcode"):
        painted(source, tmp_path / f"{sound}{suffix}", sound=sound, overwrite=True)
        with av.open(str(tmp_path / f"{sound}{suffix}")) as container:
            rate = container.streams.audio[0].rate
            length = sum(frame.samples for frame in container.decode(audio=0)) / rate
        assert length == pytest.approx(1, abs=0.08)
        wave = heard(tmp_path / f"{sound}{suffix}")[rate // 10 : rate * 8 // 10]
        spectrum = np.abs(np.fft.rfft(wave))
        assert np.argmax(spectrum) * rate / len(wave) == pytest.approx(440, abs=5)


def encoded(source: Path, target: Path, codec: str) -> Path:
    """The same video with its sound encoded by another codec."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        picture = written.add_stream_from_template(read.streams.video[0])
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[read.streams.audio[0].codec_context.layout.nb_channels]
        sound = cast(AudioStream, written.add_stream(codec, rate=48000, layout=layout))
        for packet in read.demux():
            if packet.size and packet.stream.type == "video":
                packet.stream = picture
                written.mux(packet)
            elif packet.size:
                for frame in packet.decode():
                    written.mux(sound.encode(cast(av.AudioFrame, frame)))
        written.mux(sound.encode())
    return target


def test_transcode_encodes_even_what_could_be_copied(tmp_path):
    source = make_clip(tmp_path / "in.mp4", Clip(audio_starts=(Fraction(1, 5),)))
    notes = painted(source, tmp_path / "out.mp4", sound="transcode")
    assert any("encoded anew as aac, as asked" in note for note in notes)
    before, after = packets(source, "audio"), packets(tmp_path / "out.mp4", "audio")
    (first, _), *_ = next(iter(before.values()))
    (again, _), *_ = next(iter(after.values()))
    assert float(again) == pytest.approx(float(first), abs=0.05)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.audio[0].language == "eng"


@pytest.mark.parametrize(
    "source, codec, target, becomes",
    [
        ("in.mp4", "mov_text", "out.mkv", "srt"),
        ("in.mkv", "srt", "out.mp4", "mov_text"),
        ("in.mkv", "ass", "out.mov", "mov_text"),
        ("in.mkv", "srt", "out.webm", "webvtt"),
    ],
)
def test_text_subtitles_keep_words_and_times_in_another_form(tmp_path, source, codec, target, becomes):
    notes = painted(make_clip(tmp_path / source, Clip(subtitles=codec)), tmp_path / target)
    assert any("keeps the words" in note for note in notes)
    with av.open(str(tmp_path / target)) as container:
        stream = container.streams.subtitles[0]
        assert stream.codec_context.name == becomes
        found = []
        for packet in container.demux(stream):
            for part in (stream.codec_context.decode2(packet) if packet.size else None) or ():
                if isinstance(part, AssSubtitle) and part.dialogue:
                    start = float((packet.pts or 0) * packet.time_base)
                    words = re.sub(r"\{[^}]*\}", "", part.dialogue.decode())
                    found.append((start, float((packet.duration or 0) * packet.time_base), words))
                    assert b"&HFF&" not in part.dialogue  # drawn in a colour that cannot be seen
    assert found == [
        (pytest.approx(0.1), pytest.approx(0.3), "title at 100"),
        (pytest.approx(0.5), pytest.approx(0.3), "title at 500"),
    ]


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.webm"])
def test_subtitles_that_begin_together_are_all_kept_in_another_form(tmp_path, target):
    clip = Clip(subtitles="ass", subtitle_starts=(100, 100, 500))
    painted(make_clip(tmp_path / "in.mkv", clip), tmp_path / target)
    with av.open(str(tmp_path / target)) as container:
        stream = container.streams.subtitles[0]
        shown = [
            (float((p.pts or 0) * p.time_base), bytes(p)[-12:])
            for p in container.demux(stream)
            if b"title" in bytes(p)
        ]
    assert shown == [(0.1, b"title at 100"), (0.1, b"title at 100"), (0.5, b"title at 500")]


def test_a_subtitle_on_screen_where_the_part_begins_is_shortened_at_both_ends(tmp_path):
    source = make_clip(tmp_path / "in.mkv", Clip(subtitles="srt", options={"g": "5"}))
    painted(source, tmp_path / "out.mkv", start_s=0.24, duration_s=0.08)
    with av.open(str(tmp_path / "out.mkv")) as container:
        stream = container.streams.subtitles[0]
        shown = [p for p in container.demux(stream) if p.size]
    times_s = [((p.pts or 0) * p.time_base, (p.duration or 0) * p.time_base) for p in shown]
    assert [(float(a), float(b)) for a, b in times_s] == [(0.0, pytest.approx(0.08))]


def test_sound_with_noise_in_its_packets_is_copied_past_it(tmp_path):
    """Damage in the middle of a transport stream: what cannot be read is left out, the rest stays in step."""
    source = make_clip(tmp_path / "a.ts", Clip(pts=range(100), audio_starts=(Fraction(0),)))
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    source.write_bytes(data)
    report = paint_video(source, tmp_path / "out.mp4", lambda pixels: pixels)
    assert 60 <= report.frames <= 100
    shown = times(tmp_path / "out.mp4")
    assert shown == sorted(shown) and 3.5 < shown[-1] - shown[0] < 4.1


def test_a_format_that_fails_only_at_its_end_is_found_out_at_the_start(tmp_path, monkeypatch):
    """The trial writes a packet and the index, as the file itself will."""
    from livebrush.realtime.video import stream_copy

    source = pcm_clip(tmp_path / "in.mkv", 2)
    monkeypatch.setattr(
        stream_copy, "layout_of", lambda stream: "stereo" if False else stream.codec_context.layout
    )
    notes = painted(source, tmp_path / "out.mp4")
    assert any("encoded anew as aac" in note for note in notes)


def test_the_command_names_both_ways(tmp_path):
    from click.testing import CliRunner

    from livebrush.realtime.commands.video import video

    assert "--sound" in CliRunner().invoke(video, ["--help"]).output
