"""A network stream as a live source: cameras and senders on the network, videos on a web server."""

import threading
import time
from collections.abc import Callable, Iterator

import av
import numpy as np
from av.container import InputContainer
from av.error import ExitError, FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.address import why_closed, without_password
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceEnded, SourceLost
from livebrush.realtime.orientation import Orientation
from livebrush.realtime.video.colour import Colour, RgbReader
from livebrush.realtime.video.media_file import is_cover

_LONGEST_WAIT_S = 0.1
_LATE_S = 1.0  # later than this, the video goes on from here and does not hurry after its time
_GAP_S = 10.0  # a live playlist that jumps by more has started a new timeline
# No nobuffer: it throws away the packets that were read to find out what the stream holds, the first key frame
# with them, and the first picture waits for the next one. Latency is the same: nothing read is held back.
_OPTIONS = {
    "rtsp_transport": "tcp",  # over UDP, lost packets smear the picture
    "overrun_nonfatal": "1",  # of the UDP buffer: late is better than lost
}


class StreamSource(LiveSource):
    """Reads a URL by FFmpeg.

    url:  rtsp, rtmp, http(s), udp, tcp, or what else FFmpeg opens
    open_timeout_s, read_timeout_s: how long to wait for a first answer, and for more when it stalls
    clock: seconds, monotonic

    A stream of known length, a video on a web server, is played at its own speed; so are playlists (HLS), which
    arrive in pieces of seconds. Anything else is delivered as it comes. `damaged` counts packets that could not be
    decoded. `close` may be called while another thread waits in `read`, which then ends with SourceLost as soon as
    FFmpeg lets go.
    """

    def __init__(
        self,
        url: str,
        open_timeout_s: float = 10.0,
        read_timeout_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = without_password(url)
        self.damaged = 0
        self._url, self._timeouts_s, self._clock = url, (open_timeout_s, read_timeout_s), clock
        self._busy = threading.Lock()  # FFmpeg crashes when a container is closed under a reader
        self._closing = threading.Event()
        self._container: InputContainer | None = None
        self._rate_hz: float | None = None

    @property
    def rate_hz(self) -> float | None:
        """Frames a second that the stream announces."""
        return self._rate_hz

    def open(self) -> None:
        """Connects, and finds out what the stream holds.

        raises: LivebrushError: refused, not found, no answer, no video in it
        """
        self.close()
        try:
            container = av.open(
                self._url, options=_OPTIONS, timeout=self._timeouts_s, metadata_errors="replace"
            )
        except (FFmpegError, OSError, ValueError) as error:
            raise LivebrushError(
                f"{self.name} does not open: {why_closed(self._url, error, self._timeouts_s[0])}",
                code="unavailable",
            ) from error
        try:
            self._start(container)
        except LivebrushError:
            container.close()
            raise
        self._container = container
        self._closing.clear()

    def read(self) -> Delivered | None:
        """The next frame, upright; a video's when it is due, and captured then, None before that.

        raises: SourceLost when the stream breaks off or stalls; SourceEnded at the end of a video
        """
        try:
            with self._busy:
                if self._container is None or self._closing.is_set():
                    raise SourceLost(f"{self.name} is closed")
                return self._read_due()
        finally:
            self._close_when_asked()

    def close(self) -> None:
        self._closing.set()
        self._close_when_asked()

    def _close_when_asked(self) -> None:
        """By whoever comes last: the one who asks, or the reader who was at work then."""
        if self._closing.is_set() and self._busy.acquire(blocking=False):
            try:
                container, self._container = self._container, None
                if container is not None:
                    container.close()
            finally:
                self._busy.release()

    def _start(self, container: InputContainer) -> None:
        tracks = [stream for stream in container.streams.video if not is_cover(stream)]
        if not tracks:
            kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
            raise LivebrushError(
                f"{self.name}: no video in it, only {kinds}; give a stream with moving pictures",
                code="unsupported",
            )
        track = tracks[0]
        if track.codec_context is None:
            raise LivebrushError(
                f"{self.name}: no decoder for its video; have it sent as H.264", code="unsupported"
            )
        self._is_video = container.duration is not None
        self._is_paced = self._is_video or container.format.name == "hls"
        # A thread for each frame holds back as many frames as there are threads
        track.codec_context.thread_type = "AUTO" if self._is_paced else "SLICE"
        rate = track.average_rate or track.guessed_rate
        self._rate_hz = float(rate) if rate else None
        self._frames = self._decode(container, track)
        self._waiting: av.VideoFrame | None = None
        self._starts_s: float | None = None  # when time 0 of the stream was, on our clock
        self._last_s = 0.0
        self._layout: tuple[object, ...] | None = None

    def _read_due(self) -> Delivered | None:
        if self._waiting is None:
            self._waiting = next(self._frames, None)
            if self._waiting is None:
                raise SourceLost(f"{self.name} is over: open it again")
            self._due_s = self._schedule(self._waiting) if self._is_paced else self._clock()
        wait_s = self._due_s - self._clock()
        if wait_s > 0:
            self._closing.wait(min(wait_s, _LONGEST_WAIT_S))
            if self._clock() < self._due_s:
                return None
        frame, self._waiting = self._waiting, None
        return Delivered(self._rgb(frame), self._due_s if self._is_paced else None)

    def _schedule(self, frame: av.VideoFrame) -> float:
        """When a frame is due, on our clock; a stall or a new timeline moves all that follows."""
        time_s, now = self._time_s(frame), self._clock()
        gap_s, self._last_s = time_s - self._last_s, time_s
        jumps = gap_s < 0 or (gap_s > _GAP_S and not self._is_video)
        if self._starts_s is None or jumps or self._starts_s + time_s < now - _LATE_S:
            self._starts_s = now - time_s
        return self._starts_s + time_s

    def _time_s(self, frame: av.VideoFrame) -> float:
        if frame.pts is None or frame.time_base is None:
            return self._last_s + 1 / (self._rate_hz or 25)
        return float(frame.pts * frame.time_base)

    def _rgb(self, frame: av.VideoFrame) -> np.ndarray:
        colour = Colour.of(frame)
        layout = (colour, frame.height, frame.width, frame.format.name)
        if layout != self._layout:  # senders change size and format midway
            self._layout = layout
            self._reader = RgbReader(colour, (frame.height, frame.width), alpha=False)
        return (Orientation.of(frame) or Orientation()).shown(self._reader.read(frame)[0])

    def _decode(self, container: InputContainer, track: av.VideoStream) -> Iterator[av.VideoFrame]:
        packets = container.demux(track)
        while True:
            try:
                packet = next(packets, None)
            except (FFmpegError, OSError) as error:
                raise SourceLost(f"{self.name} broke off: {self._why_lost(error)}") from error
            if packet is None:
                break
            try:
                yield from track.codec_context.decode(packet if packet.size else None)
            except FFmpegError:
                self.damaged += 1
        if self._is_video:
            raise SourceEnded
        raise SourceLost(f"{self.name} ended: the sender stopped")

    def _why_lost(self, error: Exception) -> str:
        if isinstance(error, ExitError | TimeoutError):
            return f"nothing came for {self._timeouts_s[1]:g} s; check the sender and the network"
        return f"{getattr(error, 'strerror', None) or error}; check the sender and the network"
