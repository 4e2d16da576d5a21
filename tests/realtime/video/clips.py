"""Tiny video files for the tests, made on the spot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec.context import Flags
from av.stream import Disposition
from av.subtitles.subtitle import SubtitleSet

RATE = 25


@dataclass
class Clip:
    """What a made clip holds; the defaults are one second of H.264 at 64x48."""

    height: int = 48
    width: int = 64
    pts: Sequence[int] = tuple(range(25))
    time_base: Fraction = Fraction(1, RATE)
    durations: Sequence[int] = ()  # of the frames, in ticks
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    alpha: bool = False
    audio_starts: Sequence[Fraction] = ()  # one AAC track for each, in seconds
    audio_blocks: int = 40  # of 1024 samples at 48 kHz
    subtitles: str | None = None  # a subtitle encoder
    subtitle_starts: Sequence[int] = (100, 500)  # ms, each 300 long
    chapters: bool = False
    cover: bool = False
    rotation: int = 0
    sample_aspect_ratio: Fraction | None = None
    colour: tuple[int, int, int, int] | None = None  # matrix, range, primaries, transfer
    metadata: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)


def picture(index: int, height: int, width: int) -> np.ndarray:
    """(H, W, 3) RGB uint8, smooth and different for every index."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    phase = index * 0.35
    waves = [
        127 + 110 * np.sin(x / 17 + phase),
        127 + 110 * np.cos(y / 13 - phase),
        127 + 90 * np.sin((x + y) / 23),
    ]
    return np.dstack(waves).astype(np.uint8)


def make_clip(path: Path, clip: Clip | None = None) -> Path:
    """Writes the clip; the path's suffix names the container. Returns the path."""
    clip = clip or Clip()
    with av.open(str(path), "w", container_options=clip.container_options) as output:
        video = _add_video(output, clip)
        sounds = [output.add_stream("aac", rate=48000) for _ in clip.audio_starts]
        for number, sound in enumerate(sounds):
            sound.metadata["language"] = ("eng", "deu")[number % 2]
        titles = _add_subtitles(output, clip)
        cover = output.add_stream("png", rate=1, width=16, height=16, pix_fmt="rgb24") if clip.cover else None
        if cover is not None:
            cover.disposition = Disposition.attached_pic
        output.metadata.update(clip.metadata)
        if clip.chapters:
            halves = [(0, 400, "one"), (400, 900, "two")]
            output.set_chapters(
                [
                    {
                        "id": n,
                        "start": a,
                        "end": b,
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": title},
                    }
                    for n, (a, b, title) in enumerate(halves)
                ]
            )
        output.start_encoding()
        if cover is not None:
            output.mux(cover.encode(av.VideoFrame.from_ndarray(picture(0, 16, 16), format="rgb24")))
            output.mux(cover.encode())
        _write_subtitles(output, titles, clip.subtitle_starts)
        for number, (sound, start) in enumerate(zip(sounds, clip.audio_starts, strict=True)):
            _write_sound(output, sound, start, 440 * (number + 1), clip.audio_blocks)
        _write_pictures(output, video, clip)
    return path


def _add_video(output, clip: Clip):
    stream = output.add_stream(clip.codec, rate=RATE, options=clip.options, time_base=clip.time_base)
    stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, clip.pixel_format
    context = stream.codec_context
    if clip.durations:
        context.flags |= Flags.frame_duration
    if clip.sample_aspect_ratio:
        context.sample_aspect_ratio = clip.sample_aspect_ratio
    if clip.colour:
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = clip.colour
    if clip.rotation:
        stream.set_display_rotation(clip.rotation)
    return stream


def _write_pictures(output, stream, clip: Clip) -> None:
    for index, pts in enumerate(clip.pts):
        pixels = picture(index, clip.height, clip.width)
        if clip.alpha:
            alpha = np.zeros(pixels.shape[:2], np.uint8)
            alpha[:, : clip.width // 2] = 255
            pixels = np.dstack([pixels, alpha])
        frame = av.VideoFrame.from_ndarray(pixels, format="rgba" if clip.alpha else "rgb24")
        if clip.colour:
            frame = frame.reformat(
                format=clip.pixel_format, dst_colorspace=clip.colour[0], dst_color_range=clip.colour[1]
            )
        elif clip.pixel_format == "pal8":
            frame = frame.reformat(format="rgb8")
        frame.pts, frame.time_base = pts, clip.time_base
        if clip.durations:
            frame.duration = clip.durations[index]
        output.mux(stream.encode(frame))
    output.mux(stream.encode())


def _write_sound(output, stream, start: Fraction, hertz: int, blocks: int) -> None:
    for block in range(blocks):
        times = (np.arange(1024) + block * 1024) / 48000
        wave = (np.sin(2 * np.pi * hertz * times) * 0.3).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
        frame.pts = round(start * 48000) + block * 1024
        output.mux(stream.encode(frame))
    output.mux(stream.encode())


def _add_subtitles(output, clip: Clip):
    if clip.subtitles is None:
        return None
    stream = output.add_stream(clip.subtitles)
    stream.codec_context.subtitle_header = _ASS_HEADER
    stream.time_base = Fraction(1, 1000)
    stream.codec_context.time_base = Fraction(1, 1000)
    return stream


def _write_subtitles(output, stream, starts: Sequence[int]) -> None:
    if stream is None:
        return
    for start in starts:
        text = f"0,0,Default,,0,0,0,,title at {start}".encode()
        titles = SubtitleSet.create(text=text, start=0, end=300, pts=start * 1000)
        packet = stream.codec_context.encode_subtitle(titles)
        packet.pts = packet.dts = start
        packet.duration, packet.time_base, packet.stream = 300, Fraction(1, 1000), stream
        output.mux(packet)


_ASS_HEADER = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n\n[Events]\n"
)


def frames(path: Path) -> list[av.VideoFrame]:
    """All decoded frames of a file's first video track."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def times(path: Path) -> list[Fraction]:
    """Exact times of all frames, in seconds."""
    return [(frame.pts or 0) * (frame.time_base or Fraction(1)) for frame in frames(path)]


def packets(path: Path, kind: str) -> dict[int, list[tuple[Fraction, bytes]]]:
    """Time in seconds and payload of all packets, by track, for tracks of one kind."""
    found: dict[int, list[tuple[Fraction, bytes]]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size and packet.stream.type == kind and bytes(packet) != b"\0\0":
                found.setdefault(packet.stream.index, []).append(
                    ((packet.pts or 0) * packet.time_base, bytes(packet))
                )
    return found


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two uint8 pictures."""
    return cv2.PSNR(one, other)
