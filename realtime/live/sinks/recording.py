"""Recording: painted frames into a video file that plays whatever happens while it is written."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import DISK_FULL, claim, require_writable
from livebrush.realtime.live.frame import PaintedFrame, SoundBlock
from livebrush.realtime.live.sinks.live_encoder import LiveEncoder
from livebrush.realtime.live.sinks.sink import SinkThread
from livebrush.realtime.video.codecs import CONTAINERS, Codec, choose_codec

_QUEUED = 8
_TICK_HZ = 1000  # Matroska keeps milliseconds
_KEYFRAME_S = 5.0  # a player can jump this exactly
# Half a second at a time reaches the file, each piece playable without the next
_IN_CLUSTERS = {"cluster_time_limit": "500", "flush_packets": "1"}
_IN_FRAGMENTS = {"movflags": "+hybrid_fragmented", "frag_duration": "500000", "flush_packets": "1"}
_MUXER_OPTIONS = {
    "matroska": _IN_CLUSTERS, "webm": _IN_CLUSTERS, "mp4": _IN_FRAGMENTS, "mov": _IN_FRAGMENTS,
}  # fmt: skip
_SOUND = {"webm": "libopus"}  # AAC elsewhere
_PATIENCE_S = (
    2.0  # for sound that a busy machine is late with: what is held until then is lost when it is killed
)


class Recording(SinkThread):
    """Writes a file whose pictures and sound have the times at which they were captured.

    path:    a new file; its suffix names the container: .mkv .mp4 .m4v .mov .webm
    rate_hz: frames a second that the source announces, None where it does not; only a hint to the encoder
    notice:  told one line when frames change their size
    clock:   the one that `captured_s` of the frames is read from
    raises:  LivebrushError when the file cannot be written as asked, before the first frame

    The last picture lasts until `close`. Sound becomes a track of AAC, of Opus in .webm. A recording without a frame
    leaves no file.
    """

    takes_sound = True

    def __init__(
        self,
        path: Path,
        rate_hz: float | None = None,
        notice: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("recording", _QUEUED)
        kind = CONTAINERS.get(path.suffix.lower())
        if kind is None or kind.format not in _MUXER_OPTIONS:
            known = " ".join(s for s, container in CONTAINERS.items() if container.format in _MUXER_OPTIONS)
            raise LivebrushError(
                f"{path}: a recording cannot have the suffix '{path.suffix}'; use {known}", code="invalid"
            )
        self.path, self.target, self._format = path, str(path), kind.format
        self._rate_hz, self._notice, self._clock = rate_hz, notice, clock
        self._codec = choose_codec(path, None, alpha=False)[1]
        self._frames, self._seconds = 0, 0.0
        self._last: np.ndarray | None = None
        self._encoder: LiveEncoder | None = None
        _claim(path)
        self.start()

    @property
    def frames(self) -> int:
        """How many were written."""
        return self._frames

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return self._seconds

    def close(self) -> None:
        super().close()
        if not self._frames:
            self.path.unlink(missing_ok=True)

    def outcome(self) -> str:
        if not self._frames:
            return "no frame came: nothing was recorded"
        left_out = f", {self.dropped} frames left out: the encoder could not follow" if self.dropped else ""
        return f"recorded {self.seconds:.1f} s to {self.path}{left_out}"

    def _begin(self, painted: PaintedFrame) -> None:
        size = (painted.painted.shape[0], painted.painted.shape[1])
        self._size = size
        # file: or "12:30.mkv" names a protocol
        self._output = av.open(
            f"file:{self.path}", "w", format=self._format, container_options=_MUXER_OPTIONS[self._format]
        )
        options = _encoder_options(self._codec)
        try:
            self._encoder = LiveEncoder(
                self._output, self._codec, options, size, self._rate_hz, _TICK_HZ, _KEYFRAME_S,
                _SOUND.get(self._format, "aac") if self.with_sound else None, _PATIENCE_S,
            )  # fmt: skip
        except (FFmpegError, OSError) as error:
            raise self._stopped(error) from error

    def _write(self, painted: PaintedFrame) -> None:
        assert self._encoder is not None
        size = (painted.painted.shape[0], painted.painted.shape[1])
        if size != self._size:
            self._size = size
            self._notice(
                f"frames are {size[1]}x{size[0]} now: recorded with borders, at the size that it began with"
            )
        try:
            if self._encoder.write(painted.painted, painted.frame.captured_s):
                self._frames, self._last = self._frames + 1, painted.painted
                self._seconds = self._encoder.seconds
        except (FFmpegError, OSError) as error:
            raise self._stopped(error) from error

    def _write_sound(self, block: SoundBlock) -> None:
        assert self._encoder is not None
        try:
            self._encoder.write_sound(block)
        except (FFmpegError, OSError) as error:
            raise self._stopped(error) from error

    def _end(self) -> None:
        if self.problem or self._encoder is None or self._last is None:
            return
        try:
            self._encoder.write(self._last, self._clock())
            self._encoder.finish()
            self._output.close()
        except (FFmpegError, OSError) as error:
            raise self._stopped(error) from error
        self._seconds = self._encoder.seconds
        if not self.path.exists():
            self._frames = 0
            raise LivebrushError(
                f"{self.path}: was deleted or moved while it was being recorded", code="unwritable"
            )

    def _stopped(self, error: FFmpegError | OSError) -> LivebrushError:
        """Closes the file as well as it can be closed, and says what became of it."""
        with suppress(FFmpegError, OSError):
            self._output.close()
        what_next = "free some space" if error.errno in DISK_FULL else "record to another disk"
        if _plays(self.path):
            return LivebrushError(
                f"{error.strerror}: what was recorded until then is {self.path}, and plays; {what_next}",
                code="unwritable",
            )
        self._frames, self._seconds = 0, 0.0
        self.path.unlink(missing_ok=True)
        return LivebrushError(
            f"{error.strerror}: nothing could be written to {self.path}; {what_next}", code="unwritable"
        )


def recording_name(folder: Path, now: datetime | None = None) -> Path:
    """A new recording's path in this folder, named after the local time: livebrush_20261121_061530.mkv."""
    return unused(folder / f"livebrush_{now or datetime.now():%Y%m%d_%H%M%S}.mkv")


def unused(path: Path) -> Path:
    """The path itself, or with -2, -3 … before its suffix where that exists."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _claim(path: Path) -> None:
    """Creates the file, empty: nobody else takes the name, and what forbids it shows at once."""
    require_writable(path.parent)
    try:
        claim(path)
    except FileExistsError as error:
        raise LivebrushError(
            f"{path}: exists already, and is not replaced; choose another name", code="exists"
        ) from error


def _encoder_options(codec: Codec) -> dict[str, str]:
    """Good quality, and little held back: what the encoder holds is lost when the program is killed."""
    options = codec.options(codec.crf or 0, "veryfast")
    if codec.encoder == "libx264":
        # Without B-frames the first picture of an MP4 in fragments is at 0. Looking 3 frames ahead made a 640x480
        # clip no larger than 10
        options |= {"bf": "0", "rc-lookahead": "3", "forced-idr": "1"}
    elif codec.encoder == "libvpx-vp9":
        options |= {"lag-in-frames": "0"}
    return options


def _plays(path: Path) -> bool:
    try:
        with av.open(f"file:{path}") as container:
            return next(container.decode(video=0), None) is not None
    except (FFmpegError, OSError, IndexError):
        return False
