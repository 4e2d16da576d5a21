"""Which kinds of pictures are read and written."""

from pathlib import Path

from livebrush.models.errors import LivebrushError

# No EPS, PDF or other format that Pillow hands to another program.
READABLE = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000", "PPM", "HEIF")
HEIF_SUFFIXES = {".heic", ".heif", ".hif"}
WRITABLE = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF", ".bmp": "BMP",
}  # fmt: skip
PICTURE_SUFFIXES = {
    *WRITABLE, *HEIF_SUFFIXES, ".apng", ".avif", ".gif", ".jfif", ".jp2", ".jpe", ".pbm", ".pgm", ".pnm", ".ppm",
}  # fmt: skip


def writable_format(path: Path) -> str:
    """Pillow's name of the format that the suffix stands for. Raises LivebrushError when it is none of ours."""
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        raise LivebrushError(
            f"{path}: a picture cannot be written with the suffix {path.suffix!r}; use {' '.join(WRITABLE)}",
            code="invalid",
        )
    return kind
