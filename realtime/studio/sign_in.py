"""Where visitors from elsewhere say the token; their browser keeps a cookie, and is known from then on."""

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from livebrush.realtime.studio.access import Access
from livebrush.realtime.studio.gate import COOKIE, SIGN_IN, refused
from livebrush.realtime.studio.rate_limit import RateLimit

_LONGEST_TOKEN = 1024  # bytes
_KEPT_S = 30 * 24 * 3600


def sign_in_router(access: Access, page: Path) -> APIRouter:
    """page: the folder of pages"""
    router = APIRouter()
    tries = RateLimit(1 / 12, 5)

    @router.get(SIGN_IN, include_in_schema=False)
    async def form() -> Response:
        return FileResponse(page / "sign_in.html")

    @router.post(SIGN_IN, status_code=204)
    async def sign_in(request: Request) -> Response:
        """The token is the body, as plain text; the answer sets the cookie."""
        client = request.client.host if request.client else "unknown"
        if not tries.allows(client):
            return refused(429, "too many tries: wait a little", wait_s=tries.wait_s(client))
        given = b""
        async for part in request.stream():
            given += part
            if len(given) > _LONGEST_TOKEN:
                return refused(413, "that is no token")
        if access.token is not None and not access.is_token(given.decode(errors="replace").strip()):
            return refused(401, "that is not the token")
        answer = Response(status_code=204)
        if access.token is not None:
            answer.set_cookie(
                COOKIE, access.cookie, max_age=_KEPT_S, httponly=True, samesite="strict", secure=access.tls
            )
        return answer

    return router
