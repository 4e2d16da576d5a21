"""A file of the studio as an answer."""

from pathlib import Path

from starlette.responses import FileResponse, Response

from livebrush.realtime.studio.work.refused import not_there

_TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".mp4": "video/mp4",
    ".onnx": "application/octet-stream",
}  # fmt: skip
_LASTING_S = 7 * 24 * 3600


def sent_file(path: Path, name: str, *, download: bool = False, changes: bool = True) -> Response:
    """Shown by the browser only as what we made it. changes: whether the address may show something else one day"""
    if not path.is_file():
        raise not_there("file")
    kind = _kind(name)
    shown = kind != "application/octet-stream" and not download
    place = "inline" if shown else "attachment"
    return FileResponse(
        path, media_type=kind, filename=name, content_disposition_type=place, headers=_headers(changes)
    )


def sent_picture(path: Path) -> Response:
    """A small one that may be gone a moment later: of a job that ends just then there is nothing to show."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise not_there("file") from None
    return Response(content, media_type=_kind(path.name), headers=_headers(changes=True))


def _kind(name: str) -> str:
    return _TYPES.get(Path(name).suffix, "application/octet-stream")


def _headers(changes: bool) -> dict[str, str]:
    return {
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache" if changes else f"private, max-age={_LASTING_S}, immutable",
    }
