"""Runs the studio: takes the port, says where it is, serves until it is stopped."""

import logging
import os
import socket
import ssl
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psutil
import uvicorn
from starlette.types import ASGIApp

from livebrush.models.errors import LivebrushError
from livebrush.realtime.studio.access import Access, is_loopback
from livebrush.realtime.studio.gate import SIGN_IN
from livebrush.realtime.studio.live.messages import MOST_BYTES

_ENDING_S = 3
"""how long open connections may take to close when the server ends"""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    port:   0 takes any that is free
    raises: LivebrushError where the port is taken, or the address is none of this machine
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except socket.gaierror as error:
        raise LivebrushError(
            f"there is no host {host!r}: give an address of this machine", code="invalid"
        ) from error
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise LivebrushError(
            f"{host}:{port} cannot be used ({why})", code="in_use", remedy="another_port"
        ) from error


def check_certificate(certificate: Path, key: Path) -> None:
    """raises: LivebrushError where the two cannot be read, or are no pair"""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise LivebrushError(
            f"{certificate.name} and {key.name} are no certificate and its key in PEM ({error})",
            code="unreadable",
        ) from error


def address_of(access: Access, host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    name = "127.0.0.1" if host in ("0.0.0.0", "localhost") else "::1" if host == "::" else host
    return f"{access.scheme}://{f'[{name}]' if ':' in name else name}:{port}/"


def addresses_for_others(access: Access, host: str, port: int) -> list[str]:
    """Where browsers of other machines find it, where it listens on all of this one's addresses."""
    if host not in ("0.0.0.0", "::"):
        return []
    found = [
        one.address
        for addresses in psutil.net_if_addrs().values()
        for one in addresses
        if one.family == socket.AF_INET and not is_loopback(one.address)
    ]
    return [f"{access.scheme}://{address}:{port}/" for address in found]


def first_address(access: Access, address: str) -> str:
    """The address to begin with; it brings the token along where only browsers see it, behind the #."""
    return address if access.token is None else f"{address.rstrip('/')}{SIGN_IN}#token={quote(access.token)}"


def serve(
    app: ASGIApp,
    listening: socket.socket,
    tls: tuple[Path, Path] | None = None,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM; in the main thread.

    listening:  from `listen`
    tls:        certificate and key
    when_ready: called in a thread when it answers
    raises:     KeyboardInterrupt when it was stopped
    """
    certificate, key = tls or (None, None)
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_per_message_deflate=False, ws_max_size=MOST_BYTES, ws_max_queue=4,
        proxy_headers=False, server_header=False, access_log=False, log_level="warning", lifespan="on",
        timeout_graceful_shutdown=_ENDING_S, ssl_certfile=certificate, ssl_keyfile=key,
    )  # fmt: skip
    # That somebody still looked at the page when it was stopped is no error
    logging.getLogger("uvicorn.error").addFilter(lambda record: "graceful shutdown" not in str(record.msg))
    _Server(config, when_ready).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        threading.Thread(target=self._when_ready, name="livebrush-ready", daemon=True).start()


def open_browser(address: str) -> None:
    """Where there is one."""
    webbrowser.open(address)
