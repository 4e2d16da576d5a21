"""The kinds of sinks: how each is written, recognised and opened."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livebrush.realtime.live.sinks.sink import Sink

VIRTUAL_CAMERA = "virtual-camera"


@dataclass(frozen=True)
class SinkOptions:
    """What every sink may want to know.

    rate_hz: frames a second, about; None where nobody knows
    notice:  told a line when there is something to say
    """

    rate_hz: float | None = None
    notice: Callable[[str], None] = lambda line: None


@dataclass(frozen=True)
class SinkKind:
    """One kind of sink.

    written: how it is named, for people
    fits:    whether a text names one of this kind
    open:    begins it; raises LivebrushError for what cannot be done, before the first frame
    """

    name: str
    written: str
    fits: Callable[[str], bool]
    open: Callable[[str, SinkOptions], Sink]


def open_sink(text: str, options: SinkOptions = SinkOptions()) -> Sink:
    """Begin the sink that a text names: what is no address and no virtual camera is a file to record into.

    text:   a new file, an address, "virtual-camera", "virtual-camera:DEVICE"
    raises: LivebrushError for what cannot be done, before the first frame
    """
    return next(kind for kind in SINK_KINDS if kind.fits(text)).open(text, options)


def _network(text: str, options: SinkOptions) -> Sink:
    from livebrush.realtime.live.sinks.network import NetworkSink

    return NetworkSink(text, options.rate_hz or 30.0)


def _virtual_camera(text: str, options: SinkOptions) -> Sink:
    from livebrush.realtime.live.sinks.virtual_camera import VirtualCamera

    return VirtualCamera(text.partition(":")[2] or None, options.rate_hz or 30.0)


def _recording(text: str, options: SinkOptions) -> Sink:
    from livebrush.realtime.live.sinks.recording import Recording

    return Recording(Path(text), options.rate_hz, options.notice)


# In the order in which they are asked
SINK_KINDS = (
    SinkKind("network", "udp://, tcp://, rtmp://, …", lambda text: "://" in text, _network),
    SinkKind(
        "virtual camera", "virtual-camera or virtual-camera:DEVICE",
        lambda text: text == VIRTUAL_CAMERA or text.startswith(f"{VIRTUAL_CAMERA}:"), _virtual_camera,
    ),
    SinkKind("recording", "a new .mkv, .mp4, .mov or .webm file", lambda text: True, _recording),
)  # fmt: skip
