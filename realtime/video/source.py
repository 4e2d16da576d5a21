"""A video file as pictures with exact timestamps, and everything else in it as packets to be copied."""

import itertools
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from livebrush.models.events import Note
from livebrush.realtime.orientation import Orientation
from livebrush.realtime.video.clip_range import ClipRange
from livebrush.realtime.video.colour import Colour, RgbReader, ToneMapper
from livebrush.realtime.video.facts import ClipFacts, OtherTracks
from livebrush.realtime.video.frame_reader import FrameReader
from livebrush.realtime.video.media_file import is_cover, open_again
from livebrush.realtime.video.pace import Pace
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.pixel_reader import PixelReader
from livebrush.realtime.video.sizes import reshaped, sized
from livebrush.realtime.video.stage_clock import StageClock


class VideoSource:
    """Reads the first video track of a file.

    path: any file that FFmpeg reads
    start_s, duration_s: the part to read; the first frame at or after start_s becomes time 0
    size: (height, width) of the pictures, or a height that keeps their shape; the default is the file's own
    clock: gets the CPU time of the stages 'decode' and 'convert'
    deinterlace: make whole pictures of frames that are marked as interlaced
    keep_hdr: take the values of HDR video as they are stored, instead of mapping them to an ordinary screen's
    part: of all that would be read, the pictures from one time to before another, in the file's own s, each where it
        is in the whole; None: from the first, to the last
    raises: LivebrushError when the file is missing, unreadable, or holds no video frame

    Pictures are handed out as they are shown: where the file asks players to turn them, the net must
    see them turned, since strokes, skies and people have an up and a down. VideoSink turns them back and
    keeps the request, so that the file stays exchangeable with its source.

    `facts` is what a sink needs; `notes` are remarks on what the file holds; `damage` says after reading what was
    wrong, or None.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        start_s: float | None = None,
        duration_s: float | None = None,
        size: tuple[int, int] | int | None = None,
        clock: StageClock | None = None,
        deinterlace: bool = True,
        keep_hdr: bool = False,
        part: tuple[Fraction | None, Fraction | None] | None = None,
    ) -> None:
        self.notes: list[Note] = []
        self._missing = ""
        self._clock = clock or StageClock()
        self._frames = FrameReader(path, start_s, duration_s, self._clock, deinterlace)
        self._first = self._frames.first
        try:
            self.range.start_at(self._frames.time(self._first))
            if part:
                self._frames.close()
                within = ClipRange.in_place(
                    part[0] or self.range.begin, part[1] or self.range.end, self.range.shift
                )
                self._frames = FrameReader(path, None, None, self._clock, deinterlace, within)
            self._pace = Pace(self._frames.time_base)
            self.facts = self._describe(Path(path), size, keep_hdr)
        except BaseException:
            self._frames.close()
            raise

    @property
    def damage(self) -> str | None:
        """What was wrong with what has been read so far, or None."""
        return "; ".join(filter(None, (self._frames.damage, self._missing))) or None

    @property
    def range(self) -> ClipRange:
        """The part that is read, in the file's own time."""
        return self._frames.range

    @property
    def container(self) -> InputContainer:
        """The opened file."""
        return self._frames.container

    @property
    def stream(self) -> av.VideoStream:
        """The track that is painted."""
        return self._frames.stream

    @property
    def expected_frames(self) -> int | None:
        """How many pictures to expect, for a progress bar; None when the file does not say."""
        if self.range.whole and self.stream.frames:
            return self.stream.frames
        stops = [stop for stop in (self._frames.announced_end, self.range.end) if stop is not None]
        if not stops:
            return None
        return max(1, round((min(stops) - self._frames.time(self._frames.first)) * self.facts.rate))

    def read(self) -> Iterator[Picture | av.Packet]:
        """Pictures in the order they are shown, and between them the other tracks' packets as they come.

        All timestamps are shifted alike: a part cut out of a file starts near 0, and the offset between
        sound and picture stays.
        """
        for event in self._frames.read():
            if isinstance(event, av.VideoFrame):
                yield self._picture(event)
            elif self._place(event):
                yield event
        self._note_what_was_read()

    def read_around(self, pictures: Iterable[Picture]) -> Iterator[Picture | av.Packet]:
        """As `read`, but the pictures are these, all that it would give: nothing is decoded."""
        coming = self._seen(pictures)
        for packet in self._frames.read_undecoded():
            if packet is None:
                yield from itertools.islice(coming, 1)
            elif self._place(packet):
                yield packet
        yield from coming
        self._note_what_was_read()

    def _seen(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        number, pts = 0, 0
        for picture in pictures:
            number += 1
            pts = self.range.unshifted(picture.pts, picture.time_base)
            self._pace.see(pts)
            yield picture
        self._frames.check_complete(number, pts * self._frames.time_base)

    def _place(self, packet: av.Packet) -> bool:
        """Moves a packet of another track to its time in the output; False when it lies outside the part."""
        if packet.stream.type == "audio":
            self._pace.hear(packet)
        return is_cover(packet.stream) or self.range.place(packet)

    def _note_what_was_read(self) -> None:
        if self.range.keeps_place:
            return  # who reads all of them tells what is missing
        self._missing = self._pace.missing(self.range.shifted_time)
        if pauses := self._pace.pauses(self.range.shifted_time):
            self.notes.append(Note(pauses))
        if self._frames.deinterlaced:
            self.notes.append(
                Note("interlaced video: deinterlaced, one picture a frame", remedy="no_deinterlace")
            )
        if jumps := self._frames.clock_jumps:
            self.notes.append(Note(f"the file's clock begins anew ({jumps} times): played on without a gap"))

    def close(self) -> None:
        """Closes the file; reading ends."""
        self._frames.close()

    def _picture(self, frame: av.VideoFrame) -> Picture:
        if self._pixels.changes_size(frame):
            at = float(self.range.shifted_time(self._frames.time(frame)))
            self.notes.append(
                Note(f"the picture changes to {frame.width}x{frame.height} at {at:.2f} s: shown with borders")
            )
        with self._clock.stage("convert"):
            pixels, alpha = self._pixels.read(frame)
        self._pace.see(frame.pts or 0)
        base = self._frames.time_base
        return Picture(pixels, alpha, self.range.shifted(frame.pts or 0, base), frame.duration, base)

    def _describe(self, path: Path, size: tuple[int, int] | int | None, keep_hdr: bool) -> ClipFacts:
        """What holds for all pictures, as the first tells it; makes ready to read them."""
        first, stream = self._first, self.stream
        orientation = Orientation.of(first)
        if orientation is None:
            self.notes.append(Note(f"rotation by {first.rotation} degrees: painted as stored, not upright"))
            orientation = Orientation()
        colour, tone_mapper = self._choose_colour(keep_hdr)
        self._note_oddities(colour)
        own = _turned((first.height, first.width), orientation)
        height, width = sized(own, size)
        stored_size = _turned((height, width), orientation)
        has_alpha = self._has_alpha(colour, stored_size)
        self._pixels = PixelReader(first, stored_size, orientation, colour, tone_mapper, has_alpha)
        return ClipFacts(
            height, width, self._frames.rate, self._frames.time_base,
            even_rate=stream.guessed_rate,
            sample_aspect_ratio=reshaped(_pixel_shape(stream, orientation), own, (height, width)),
            orientation=orientation, colour=colour, pixel_format=first.format.name, has_alpha=has_alpha,
            metadata=dict(self.container.metadata), track_metadata=dict(stream.metadata),
            disposition=stream.disposition,
            chapters=self.range.chapters(self.container), inputs=[path], beside=self._beside(),
        )  # fmt: skip

    def _choose_colour(self, keep_hdr: bool) -> tuple[Colour, ToneMapper | None]:
        """The tags of what is read, and what maps HDR to them."""
        colour = Colour.of(self._first)
        if not colour.hdr:
            return colour, None
        if keep_hdr:
            self.notes.append(Note(f"HDR video ({colour.hdr}): painted with 8 bits a channel, tags kept"))
            return colour, None
        self.notes.append(Note(f"HDR video ({colour.hdr}): tone-mapped to BT.709", remedy="keep_hdr"))
        return ToneMapper.colour, ToneMapper()

    def _note_oddities(self, colour: Colour) -> None:
        first = self._first
        if first.interlaced_frame and not self._frames.deinterlaces:
            self.notes.append(Note("interlaced video: both fields are painted as one picture"))
        if self.range.shift:
            self.notes.append(
                Note(f"timestamps start at {float(self.range.shift):.3f} s: moved to 0, all tracks alike")
            )
        if (bits := max(component.bits for component in first.format.components)) > 8 and not colour.hdr:
            self.notes.append(Note(f"{bits} bits a channel: painted with 8"))

    def _has_alpha(self, colour: Colour, stored_size: tuple[int, int]) -> bool:
        first = self._first
        if self._frames.decoder_name == "gif":
            # GIF always decodes with alpha, used or not; later frames only cover more of the canvas.
            alpha = RgbReader(colour, stored_size, alpha=True).read(first)[1]
            return alpha is not None and bool((alpha < 255).any())
        return any(component.is_alpha for component in first.format.components)

    def _beside(self) -> OtherTracks:
        container = self.container
        others = [stream for stream in container.streams if stream is not self.stream]
        return OtherTracks(
            others, self._frames.covers, bool(container.chapters()), lambda: open_again(container)
        )


def _turned(size: tuple[int, int], orientation: Orientation) -> tuple[int, int]:
    """The (height, width) of stored pictures as they are shown, or of shown ones as they are stored."""
    return (size[1], size[0]) if orientation.transpose else size


def _pixel_shape(stream: av.VideoStream, orientation: Orientation) -> Fraction | None:
    """The width of a stored pixel as it is shown over its height; None where the file does not tell."""
    ratio = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or None
    return 1 / ratio if ratio and orientation.transpose else ratio
