"""Who may come in: the names that the server answers to, and the token that visitors from elsewhere must know."""

import hashlib
import hmac
import ipaddress
import socket
from dataclasses import dataclass

from livebrush.models.errors import LivebrushError

LEAST_TOKEN = 12
"""characters; a shorter one is soon guessed"""


@dataclass(frozen=True)
class Access:
    """What a request must show.

    names:    host names by which the server may be called, lower case, without a port
    any_ip:   it may be called by any IP address too: other sites can only make browsers send names of their own
    token:    what visitors must know; None: whoever reaches it may come in
    tls:      connections are encrypted
    """

    names: frozenset[str]
    any_ip: bool = False
    token: str | None = None
    tls: bool = False

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def cookie(self) -> str:
        """What the browser of a visitor who knew the token keeps; the token cannot be told from it."""
        assert self.token is not None
        return hmac.new(self.token.encode(), b"livebrush studio", hashlib.sha256).hexdigest()

    def is_token(self, given: str) -> bool:
        """Whether that is the token; how long the answer takes tells nothing."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def is_cookie(self, given: str) -> bool:
        return self.token is None or hmac.compare_digest(given.encode(), self.cookie.encode())

    def answers_to(self, host: str) -> bool:
        """host: what a request's Host header says, with or without a port"""
        name = _without_port(host.lower())
        return name in self.names or (self.any_ip and _is_ip(name))


def access_for(host: str, names: tuple[str, ...] = (), token: str | None = None, tls: bool = False) -> Access:
    """The access to a server that listens on this host.

    names:  further names by which it is reached
    raises: LivebrushError where others reach it and there is no token, or one that is soon guessed
    """
    known = {"localhost", "127.0.0.1", "::1", *(name.lower() for name in names)}
    if is_loopback(host) and token is None:
        return Access(frozenset(known), tls=tls)
    if token is None:
        raise LivebrushError(
            f"on {host} others reach the studio, and they must know a token", code="invalid", remedy="token"
        )
    if len(token) < LEAST_TOKEN:
        raise LivebrushError(
            f"the token has {len(token)} characters and is soon guessed: it must have {LEAST_TOKEN} or more",
            code="invalid",
        )
    machine = socket.gethostname().lower()
    known |= {machine, f"{machine}.local", host.lower()}
    return Access(frozenset(known), any_ip=not is_loopback(host), token=token, tls=tls)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
