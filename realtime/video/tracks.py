"""One track of the output beside the painting: copied packet by packet, or made anew where no copy fits."""

import re
from contextlib import suppress
from fractions import Fraction
from typing import cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.stream import Stream
from av.subtitles.codeccontext import SubtitleCodecContext
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

from livebrush.models.writing import DISK_FULL
from livebrush.realtime.video.filtering import pulled

_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""what FFmpeg takes a number of channels for"""
_BITS_A_CHANNEL = 96_000
_ASS_HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""white with a thin outline: without a style, QuickTime is told to draw in a colour that cannot be seen"""
_ASS_TAGS = re.compile(r"\{\\[^}]*\}")
_ADTS = 0xFFF0
"""the bits that such a header begins with"""
_MILLISECOND = Fraction(1, 1000)


class Track:
    """A track that goes from the source into the output.

    source: the track as stored; stream: the output's track
    `lost` counts what could not be taken over.
    """

    def __init__(self, source: Stream, stream: Stream, output: OutputContainer) -> None:
        self.source, self.stream, self._output = source, stream, output
        self.lost = 0
        self._last_dts: int | None = None
        self._without_adts: BitStreamFilterContext | None = None

    def take(self, packet: av.Packet) -> None:
        """Writes a packet of the source, its times already those of the output."""
        self._write(packet)

    def finish(self) -> None:
        """Writes what is still held."""

    def _write(self, packet: av.Packet) -> None:
        self._grow(packet)
        try:
            for ready in self._without_header(packet):
                ready.stream = self.stream
                self._output.mux_one(ready)
        except FFmpegError as error:
            if error.errno in DISK_FULL:
                raise
            self.lost += 1  # damaged: no bitstream filter or writer takes it

    def _without_header(self, packet: av.Packet) -> list[av.Packet]:
        """The packet as MP4 and MOV hold it: AAC of transport streams has a header in each, which they have once."""
        if self._output.format.name not in ("mp4", "mov") or self.source.name != "aac":
            return [packet]
        if self._without_adts is None:
            if int.from_bytes(bytes(packet)[:2]) & 0xFFF0 != _ADTS:
                return [packet]
            self._without_adts = BitStreamFilterContext("aac_adtstoasc", self.source, self.stream)
        return self._without_adts.filter(packet)

    def _grow(self, packet: av.Packet) -> None:
        """Makes times grow, where a damaged file's do not: no writer takes others."""
        dts, last = packet.dts, self._last_dts
        if dts is None:
            return
        if last is not None and dts <= last:
            dts = last + (self.source.type != "subtitle")
        self._last_dts = packet.dts = dts
        packet.pts = dts if packet.pts is None else max(packet.pts, dts)


class SoundConversion(Track):
    """Sound encoded anew; gaps become silence.

    codec: FFmpeg's name of the encoder
    raises: ValueError or FFmpegError when the source's own header makes no sense; the output is as it was
    """

    def __init__(self, source: AudioStream, codec: str, output: OutputContainer) -> None:
        rates = av.Codec(codec, "w").audio_rates or [source.rate]
        nearest = min(rates, key=lambda other: (abs(other - source.rate), -other))
        self._rate = 48_000 if codec == "libopus" else nearest
        self.layout = _encodable(codec, self._rate, layout_of(source))
        stream = cast(AudioStream, output.add_stream(codec, rate=self._rate, layout=self.layout))
        self._encoder = stream.codec_context
        self._encoder.bit_rate = _BITS_A_CHANNEL * self._encoder.layout.nb_channels
        self._graph: Graph | None = None
        super().__init__(source, stream, output)

    def take(self, packet: av.Packet) -> None:
        try:
            for frame in cast(AudioStream, self.source).codec_context.decode(packet):
                # Of the first frame: what a track announces need not be what its decoder gives
                self._graph = self._graph or self._steadied(frame)
                self._graph.push(frame)
        except (FFmpegError, ValueError) as error:
            if isinstance(error, FFmpegError) and error.errno in DISK_FULL:
                raise
            self.lost += 1
        self._encode()

    def _steadied(self, frame: av.AudioFrame) -> Graph:
        """Gaps filled, overlaps cut, at the encoder's rate."""
        graph = Graph()
        start = graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=Fraction(frame.time_base or self.source.time_base or 1),
        )
        steady = graph.add("aresample", f"{self._rate}:async=1")
        graph.link_nodes(start, steady, graph.add("abuffersink")).configure()
        return graph

    def finish(self) -> None:
        if self._graph is None:
            return
        self._graph.push(None)
        self._encode()
        for packet in self._encoder.encode(None):
            self._write(packet)

    def _encode(self) -> None:
        for frame in pulled(self._graph) if self._graph else ():
            for packet in self._encoder.encode(cast(av.AudioFrame, frame)):
                self._write(packet)


class SubtitleConversion(Track):
    """Text subtitles in another form: the words and their times, without styles.

    codec: FFmpeg's name of the encoder
    """

    def __init__(self, source: SubtitleStream, codec: str, output: OutputContainer) -> None:
        stream = cast(SubtitleStream, output.add_stream(codec))
        stream.time_base = stream.codec_context.time_base = _MILLISECOND
        stream.codec_context.subtitle_header = _ASS_HEADER.encode()
        super().__init__(source, stream, output)
        self._encoder = stream.codec_context

    def take(self, packet: av.Packet) -> None:
        start = round((packet.pts or 0) * packet.time_base / _MILLISECOND)
        length = round((packet.duration or 0) * packet.time_base / _MILLISECOND)
        try:
            words = self._words(packet)
        except FFmpegError:
            self.lost += 1
            return
        if not words or not length:
            return
        line = f"0,0,Default,,0,0,0,,{words}".encode()
        made = self._encoder.encode_subtitle(
            SubtitleSet.create(text=line, start=0, end=length, pts=start * 1000)
        )
        made.pts = made.dts = start
        made.duration, made.time_base = length, _MILLISECOND
        self._write(made)

    def _words(self, packet: av.Packet) -> str:
        decoder = cast(SubtitleCodecContext, cast(SubtitleStream, self.source).codec_context)
        found = decoder.decode2(packet)
        lines = [
            part.dialogue.decode("utf-8", "replace") for part in found or () if isinstance(part, AssSubtitle)
        ]
        bare = [_ASS_TAGS.sub("", line).strip() for line in lines]
        return "\\N".join(line.replace("\n", "\\N") for line in bare if line)


def _encodable(codec: str, rate: int, wanted: str) -> str:
    """The wanted layout, another of as many channels, or stereo: the first that the encoder takes."""
    usual = _LAYOUTS.get(av.AudioLayout(wanted).nb_channels, "stereo")
    for layout in (wanted, usual, "quad", "stereo"):
        if layout == "quad" and usual != "4.0":
            continue
        context = cast(AudioCodecContext, av.CodecContext.create(codec, "w"))
        formats = av.Codec(codec, "w").audio_formats
        context.sample_rate, context.layout = rate, layout
        context.format = formats[0].name if formats else "s16"
        context.time_base = Fraction(1, rate)
        with suppress(FFmpegError, ValueError):
            context.open()
            return layout
    return "stereo"


def layout_of(stream: AudioStream) -> str:
    """Which channels a track has; where it says only how many, what FFmpeg takes them for."""
    layout = stream.codec_context.layout
    if any(channel.name for channel in layout.channels) and not layout.name.endswith(" channels"):
        return layout.name
    return _LAYOUTS.get(layout.nb_channels, "stereo")
