"""A program that makes a stranger's picture small and plain: from standard input to a PNG on standard output.

It runs by itself, with little memory and little time, because decoders are what damaged files are made to break.
"""

import sys
from io import BytesIO

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1024
"""of what is made; nets look at no more than a few hundred"""
MEMORY_BYTES, CPU_S = 2 * 1024**3, 20
FORMATS = ("JPEG", "PNG", "WEBP")


def small_picture(data: bytes) -> bytes:
    """PNG of a picture, upright, at most LONGEST_SIDE each way.

    raises: ValueError with a sentence for people; what Pillow raises for damaged files
    """
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(f"the picture has more than {MOST_PIXELS // 10**6} megapixels")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: decoded at a smaller size
        has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        plain = image.convert("RGBA" if has_alpha else "RGB")
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(plain)
    made = BytesIO()
    upright.save(made, "PNG", compress_level=1)
    return made.getvalue()


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows: whoever started this still watches the time
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if hasattr(resource, "RLIMIT_FSIZE"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> int:
    _limit()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        made = small_picture(sys.stdin.buffer.read())
    except ValueError as error:
        sys.stderr.write(str(error))
        return 2
    except Exception as error:  # decoders raise nearly anything on damaged bytes
        sys.stderr.write(f"it is no JPEG, PNG or WebP that can be read ({type(error).__name__})")
        return 2
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
