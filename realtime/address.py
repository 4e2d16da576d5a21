"""Videos and streams on the network, by their address; and why one does not open."""

import re
import socket
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from av.error import (
    ExitError,
    HTTPForbiddenError,
    HTTPNotFoundError,
    HTTPUnauthorizedError,
    InvalidDataError,
    ProtocolNotFoundError,
)

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
_SCHEMES = "rtsp://, rtmp://, srt://, http://, https://, udp:// or tcp://"
"""as far as the FFmpeg that is here was built with them"""


@dataclass(frozen=True)
class Address:
    """A URL that FFmpeg reads; str() is what may be shown of it, without user and password."""

    url: str

    def __str__(self) -> str:
        return without_password(self.url)

    @property
    def path(self) -> Path:
        """What a file made of it is called after: HOST/NAME, both fit for a file's name."""
        try:
            parts = urlsplit(self.url)
            host = parts.hostname or parts.scheme
        except ValueError:
            return Path("stream", "stream")
        name = _fit(unquote(parts.path.rstrip("/").rpartition("/")[2]))
        return Path(_fit(host), name or _fit(host))


def source_of(name: str | PathLike[str]) -> Path | Address:
    """What a name stands for: an address where it is written as one and no file is called so."""
    text = fspath(name)
    is_address = isinstance(name, str) and _ADDRESS.match(text) and not Path(text).exists()
    return Address(text) if is_address else Path(text)


def without_password(url: str) -> str:
    """The URL as it may be shown: without user and password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.split("@")[-1]
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def why_closed(url: str, error: Exception, timeout_s: float) -> str:
    """What to look at, for an error of av.open; its own text would show passwords."""
    said = getattr(error, "strerror", None) or type(error).__name__
    if isinstance(error, ProtocolNotFoundError):
        return f"this FFmpeg does not know the protocol; use {_SCHEMES}"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there; check address and port, and that the sender runs"
    if isinstance(error, ExitError | TimeoutError):
        return f"no answer in {timeout_s:g} s; check the address, and that the sender runs"
    if isinstance(error, HTTPUnauthorizedError | HTTPForbiddenError | PermissionError):
        return f"{said}; give user and password as ://USER:PASSWORD@HOST"
    if isinstance(error, HTTPNotFoundError | FileNotFoundError):
        return "the server has nothing under this name; check what comes after the host"
    if isinstance(error, EOFError):
        return "the sender hung up at once; check that it has a picture to send"
    if isinstance(error, InvalidDataError):
        return "what arrives is no video that FFmpeg knows; check that a player shows it"
    if (host := _host(url)) and not _is_known(host):
        return f"there is no host '{host}'; check the spelling and the network"
    return f"{said}; check address, sender and network"


def _fit(name: str) -> str:
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(". ")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
