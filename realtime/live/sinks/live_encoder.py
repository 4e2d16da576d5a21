"""Pictures and sound that come when they come, encoded into tracks with their true times."""

from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import PictureType

from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.letterbox import letterbox, pad_to_even
from livebrush.realtime.live.frame import SoundBlock
from livebrush.realtime.live.sinks.sound_encoder import SoundEncoder
from livebrush.realtime.video.codecs import Codec
from livebrush.realtime.video.colour import PICTURE, RgbWriter

_THREADS = 4  # each holds a frame back, and a live encoder is rarely the slowest part


class LiveEncoder:
    """The one video track of a container, sized by the first picture, and its sound track if it has one.

    output:     opened for writing, still empty
    codec:      what encodes it; options: the encoder's own
    size:       (height, width) of the first picture; others are letterboxed into it, odd sizes made even
    rate_hz:    pictures a second, about; None where nobody knows
    tick_hz:    times are rounded to 1/tick_hz seconds
    keyframe_s: at most about this long from one keyframe to the next
    sound:      FFmpeg's name of the encoder of sound; None for a container without
    patience_s: sound may come so much later than the pictures of its time; after that there is silence

    Its methods raise FFmpegError or OSError when the output cannot be written.
    """

    def __init__(
        self,
        output: OutputContainer,
        codec: Codec,
        options: dict[str, str],
        size: tuple[int, int],
        rate_hz: float | None,
        tick_hz: int,
        keyframe_s: float,
        sound: str | None = None,
        patience_s: float = 0.0,
    ) -> None:
        self._output, self._first_size, self._tick_hz, self._keyframe_s = output, size, tick_hz, keyframe_s
        self._even = codec.even_size
        self._size = tuple(side + side % 2 for side in size) if codec.even_size else size
        self._time_base = Fraction(1, tick_hz)
        self._first_s = self._last_s = self._keyed_s = 0.0
        self._last_pts = -1
        rate = Fraction(rate_hz or 30).limit_denominator(1001)
        stream = cast(
            av.VideoStream, output.add_stream(codec.encoder, rate, options, time_base=self._time_base)
        )
        stream.height, stream.width = self._size
        stream.pix_fmt = codec.pixel_format
        context = stream.codec_context
        context.thread_count = min(_THREADS, usable_cores())
        colour = PICTURE.as_yuv(self._size[0])
        colour.tag(context)
        self._writer, self._stream = RgbWriter(colour, codec.pixel_format), stream
        self._sound, self._patience_s = SoundEncoder(output, sound) if sound else None, patience_s
        output.start_encoding()

    @property
    def seconds(self) -> float:
        """From the first picture to the last."""
        return max(self._last_pts, 0) / self._tick_hz

    def write(self, picture: np.ndarray, at_s: float) -> bool:
        """Encode a picture; False where it was left out, being older than the one before.

        picture: (H, W, 3) uint8, RGB
        at_s:    when it was captured; the first one's time becomes 0, and times always grow by a tick or more
        """
        first = self._last_pts < 0
        if first:
            self._first_s = at_s
            if self._sound:
                self._sound.begin(at_s)
        elif at_s < self._last_s:
            return False
        frame = self._writer.write(self._laid_out(picture), None)
        frame.pts = max(round((at_s - self._first_s) * self._tick_hz), self._last_pts + 1)
        frame.time_base = self._time_base
        # By time, not by count: nobody knows how many pictures come in two seconds
        if first or at_s - self._keyed_s >= self._keyframe_s:
            frame.pict_type, self._keyed_s = PictureType.I, at_s
        self._last_s, self._last_pts = at_s, frame.pts
        self._output.mux(self._stream.encode(frame))
        if self._sound:
            self._sound.silent_until(at_s - self._patience_s)
        return True

    def write_sound(self, block: SoundBlock) -> None:
        """Encode a piece of sound, after the first picture; what is from before that is left out."""
        if self._sound:
            self._sound.write(block)

    def finish(self) -> None:
        """Write what the encoders still hold. The container stays open."""
        self._output.mux(self._stream.encode(None))
        if self._sound:
            self._sound.finish(self._last_s)

    def _laid_out(self, picture: np.ndarray) -> np.ndarray:
        if picture.shape[:2] != self._first_size:
            return letterbox(picture, *self._size)
        return pad_to_even(picture) if self._even else picture
