"""Painted frames over the network, as H.264, and sound as AAC.

PyAV opens outputs while it holds the interpreter, and gives network protocols no timeout: a server that does not
answer would freeze the whole program. So udp and tcp go through sockets of our own, and the protocols that only
FFmpeg speaks through a process of their own, see livebrush.realtime.live.sinks.stream_relay.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

import av
from av.error import FFmpegError, ProtocolNotFoundError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import PaintedFrame, SoundBlock
from livebrush.realtime.live.sinks.live_encoder import LiveEncoder
from livebrush.realtime.live.sinks.sink import SinkThread
from livebrush.realtime.live.sinks.stream_relay import StreamRelay
from livebrush.realtime.video.codecs import CODECS

_QUEUED = 2
_KEYFRAME_S = 2.0  # whoever joins sees a picture after this long
_PATIENCE_S = 5.0  # for a receiver that neither takes nor refuses
_SOUND_PATIENCE_S = 0.3  # pictures wait for the sound of their time, so long where none comes
_DATAGRAM = 7 * 188  # bytes: what of a transport stream fits into one Ethernet packet
_WAITING = 256 * 1024  # bytes
_HOPS = 16  # of multicast, as FFmpeg


@dataclass(frozen=True)
class _Scheme:
    """format: FFmpeg's name of what travels; relayed: only FFmpeg speaks it; needs_port: has no usual port."""

    format: str
    relayed: bool = True
    needs_port: bool = False


_SCHEMES = {
    "udp": _Scheme("mpegts", relayed=False, needs_port=True),
    "tcp": _Scheme("mpegts", relayed=False, needs_port=True),
    "rtmp": _Scheme("flv"),
    "rtmps": _Scheme("flv"),
    "rtsp": _Scheme("rtsp"),
    "srt": _Scheme("mpegts", needs_port=True),
}


class NetworkSink(SinkThread):
    """Sends painted frames and sound to an address, with the times at which they were captured.

    url:     udp://host:port and tcp://host:port (MPEG transport stream), rtmp://, rtmps://, rtsp://, srt://
    rate_hz: frames a second, about
    raises:  LivebrushError for an address that cannot be sent to, before anything is sent

    The newest frame wins. A receiver that is not there ends the sink, see `problem`; one that goes away, or takes
    nothing for some seconds, is called again. Over udp nobody can tell.
    """

    resumes = takes_sound = True

    def __init__(self, url: str, rate_hz: float) -> None:
        super().__init__("network", _QUEUED)
        self.url, self._rate_hz = url, rate_hz
        self._address = _checked(url)
        self.target = f"{self._address.scheme}://{self._address.netloc.rpartition('@')[2]}"  # no stream key
        self.start()

    def _begin(self, painted: PaintedFrame) -> None:
        scheme = _SCHEMES[self._address.scheme]
        with self._sending():
            self._link = _connect(self.url, self._address)
        # FLV's header tells the relay all that it has to know about the stream
        form, tick_hz = ("flv", 1000) if scheme.relayed else (scheme.format, 90_000)
        options = {"flush_packets": "1"} | ({"flvflags": "no_duration_filesize"} if form == "flv" else {})
        encoding = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23", "forced-idr": "1", "g": "600"}
        size = (painted.painted.shape[0], painted.painted.shape[1])
        try:
            with self._sending():
                self._output = av.open(
                    self._link,
                    "w",
                    format=form,
                    container_options=options,
                    buffer_size=self._link.buffer_size,
                )
                self._encoder = LiveEncoder(
                    self._output, CODECS["h264"], encoding, size, self._rate_hz, tick_hz, _KEYFRAME_S,
                    "aac" if self.with_sound else None, _SOUND_PATIENCE_S,
                )  # fmt: skip
        except LivebrushError:
            self._link.abort()
            raise

    def _write(self, painted: PaintedFrame) -> None:
        with self._sending():
            self._encoder.write(painted.painted, painted.frame.captured_s)

    def _write_sound(self, block: SoundBlock) -> None:
        with self._sending():
            self._encoder.write_sound(block)

    def _end(self) -> None:
        try:
            if not self.problem:
                with self._sending():
                    self._encoder.finish()
                    self._output.close()
                    self._link.finish()
        finally:
            self._link.abort()

    @contextmanager
    def _sending(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise LivebrushError(
                f"{self.target} did not answer for {_PATIENCE_S:g} s; check the address and the network",
                code="unavailable",
            ) from error
        except (FFmpegError, OSError) as error:
            raise LivebrushError(
                f"{self.target}: {error.strerror or error}; start the receiver, then livebrush again",
                code="unavailable",
            ) from error


class _Link(Protocol):
    """Where the encoded stream is written. PyAV calls `write`, and looks at `closed` before it ends a stream.

    Its methods raise OSError, TimeoutError where the receiver takes nothing.
    """

    closed: bool
    buffer_size: int

    def write(self, data: bytes) -> int: ...

    def finish(self) -> None:
        """Everything was written: wait until it has left."""
        ...

    def abort(self) -> None:
        """Let go of everything at once; may be called twice."""
        ...


class _TcpLink:
    def __init__(self, address: SplitResult) -> None:
        self.closed, self.buffer_size = False, 32 * 1024
        self._socket = socket.create_connection((address.hostname, address.port), _PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Megabytes of pictures that wait in the system would all be late
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _WAITING)

    def write(self, data: bytes) -> int:
        self._socket.sendall(data)
        return len(data)

    def finish(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        self.closed = True
        self._socket.close()


class _UdpLink:
    """Each write is one datagram: PyAV writes no more than the buffer's size at once."""

    def __init__(self, address: SplitResult) -> None:
        asked = dict(parse_qsl(address.query))
        self.closed, self.buffer_size = False, int(asked.get("pkt_size", _DATAGRAM))
        found = socket.getaddrinfo(address.hostname, address.port, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, self._to = found[0]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        hops = int(asked.get("ttl", _HOPS))
        if family == socket.AF_INET:
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
        else:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)

    def write(self, data: bytes) -> int:
        with suppress(OSError):  # a network that is gone for a moment: datagrams may be lost
            self._socket.sendto(data, self._to)
        return len(data)

    def finish(self) -> None: ...

    def abort(self) -> None:
        self.closed = True
        self._socket.close()


def _checked(url: str) -> SplitResult:
    works = "use udp://host:port, tcp://host:port, rtmp://host/name/key or rtsp://host/name"
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError as error:
        raise LivebrushError(f"{url}: is no address ({error}); {works}", code="invalid") from error
    scheme = _SCHEMES.get(address.scheme)
    if scheme is None:
        raise LivebrushError(
            f"{url}: cannot send by {address.scheme or 'no protocol'}; {works}", code="invalid"
        )
    if not address.hostname or (scheme.needs_port and not port):
        raise LivebrushError(
            f"{url}: names no {'port' if address.hostname else 'host'}; {works}", code="invalid"
        )
    if address.scheme == "srt" and not _speaks_srt():
        raise LivebrushError(f"{url}: this FFmpeg is built without srt; {works}", code="not_installed")
    if not scheme.relayed:
        _check_query(url, address)
    return address


def _check_query(url: str, address: SplitResult) -> None:
    """Of FFmpeg's many options after a "?" those that matter, with values that work."""
    allowed = {"pkt_size": (188, 65507), "ttl": (0, 255)} if address.scheme == "udp" else {}
    for name, value in parse_qsl(address.query, keep_blank_values=True):
        least, most = allowed.get(name, (0, -1))
        if not (re.fullmatch(r"\d{1,9}", value) and least <= int(value) <= most):
            known = "pkt_size (188 to 65507) and ttl (0 to 255)" if allowed else "nothing"
            raise LivebrushError(
                f"{url}: {name}={value} is not understood; {address.scheme} takes {known}", code="invalid"
            )


def _speaks_srt() -> bool:
    try:
        av.open("srt:").close()
    except ProtocolNotFoundError:
        return False
    except FFmpegError:  # known, and nothing to connect to
        return True
    return True


def _connect(url: str, address: SplitResult) -> _Link:
    scheme = _SCHEMES[address.scheme]
    if scheme.relayed:
        return StreamRelay(url, scheme.format, _PATIENCE_S)
    return _UdpLink(address) if address.scheme == "udp" else _TcpLink(address)
