"""What every request passes first: the right host, the right origin, a token where one is wanted, not too often."""

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from livebrush.realtime.studio.access import Access
from livebrush.realtime.studio.rate_limit import RateLimit

COOKIE = "livebrush_studio"
SIGN_IN = "/sign-in"
OPEN = "/page/"
"""what lies below needs no token: scripts, pictures and sheets of the pages, the same for everybody"""
_REQUESTS_HZ, _REQUESTS_AT_ONCE = 50.0, 400
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), fullscreen=(self), microphone=(), geolocation=(), payment=(), usb=()",
}


def content_policy(access: Access, host: str) -> str:
    """The Content-Security-Policy: everything comes from here, nothing stands in the page itself.

    Pictures and videos may also be the visitor's own files (blob:). Safari does not count a WebSocket to the same host
    as 'self'.
    """
    sockets = f"{'wss' if access.tls else 'ws'}://{host}" if access.answers_to(host) else ""
    return "; ".join(
        (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:",
            "media-src 'self' blob:", f"connect-src 'self' {sockets}".strip(), "worker-src 'self'",
            "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
        )
    )  # fmt: skip


class Gate:
    """An ASGI application in front of another: refuses what may not come in, and adds the headers that keep it safe."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access
        self._requests = RateLimit(_REQUESTS_HZ, _REQUESTS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal:
                await send(
                    {"type": "websocket.close", "code": 1008}
                )  # not accepted yet: the browser gets a 403
            else:
                await self._app(scope, receive, send)
            return
        policy = content_policy(self._access, headers.get("host", ""))

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["Content-Security-Policy"] = policy
                for name, value in _HEADERS.items():
                    answer[name] = value
                answer.setdefault("Cache-Control", "no-store")
            await send(message)

        await (refusal or self._app)(scope, receive, send_safely)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        client = scope["client"][0] if scope.get("client") else "unknown"
        host = headers.get("host", "")
        if not self._access.answers_to(host):
            return refused(421, f"this studio is not called {host[:80]!r}")
        if not self._is_of_this_site(scope, headers, host):
            return refused(403, "the request comes from another site")
        if not self._requests.allows(client):
            return refused(429, "too many requests", wait_s=self._requests.wait_s(client))
        if scope["path"] == SIGN_IN or scope["path"].startswith(OPEN) or self._is_known(headers):
            return None
        if scope["type"] == "http" and scope["path"] == "/":
            return RedirectResponse(SIGN_IN, 303)
        return refused(401, "the token is missing")

    def _is_of_this_site(self, scope: Scope, headers: Headers, host: str) -> bool:
        """Browsers tell with whatever may do harm which site asked for it. What is no browser need not tell."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        if origin is not None:
            return origin.lower() == f"{self._access.scheme}://{host.lower()}"
        if scope["type"] == "websocket":
            return False
        if site in ("same-origin", "none"):
            return True
        return (
            scope["method"] in _SAFE and headers.get("sec-fetch-mode") == "navigate"
        )  # a link on another page

    def _is_known(self, headers: Headers) -> bool:
        if self._access.token is None:
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._access.is_token(given):
            return True
        return self._access.is_cookie(_cookie(headers))


def refused(status: int, why: str, wait_s: float = 0.0) -> JSONResponse:
    """An answer that says why not; wait_s: after which it may be tried again"""
    headers = {"Retry-After": str(round(wait_s + 0.5))} if wait_s else None
    return JSONResponse({"ok": False, "error": why}, status, headers)


def _cookie(headers: Headers) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""
