"""A picture that a visitor drops on the page becomes a style."""

import asyncio
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from livebrush.models.catalogue import any_picture_path
from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.made.picture_style import style_of_picture, style_pixels

MOST_PICTURE_BYTES = 20 * 1024 * 1024
_TIME_S = 30.0
_SMALL_PICTURE = [sys.executable, "-P", "-m", "livebrush.realtime.studio.live.small_picture"]


class StyleMaker:
    """Makes styles, one at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "livebrush-style-maker")

    async def style_of(self, picture: bytes, name: str) -> StyleModel:
        """The style that paints after this picture.

        picture: JPEG, PNG or WebP as it was uploaded; decoded by a program of its own
        name:    fit for a file
        raises:  LivebrushError for what is no picture, or cannot carry a style
        """
        small = await _small(picture)
        return await asyncio.get_running_loop().run_in_executor(self._pool, _made, small, name)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


async def _small(picture: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *_SMALL_PICTURE,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        small, said = await asyncio.wait_for(process.communicate(picture), _TIME_S)
    except TimeoutError as error:
        raise LivebrushError("the picture takes too long to read", code="unreadable") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        why = said.decode(errors="replace").strip()
        known = process.returncode == 2 and why
        raise LivebrushError(
            f"the picture cannot be used: {why if known else 'it needs too much memory or time'}",
            code="unreadable",
        )
    return small


def _made(picture: bytes, name: str) -> StyleModel:
    with tempfile.TemporaryDirectory(prefix="livebrush-style-") as folder:
        path = Path(folder) / f"{name}.png"
        path.write_bytes(picture)
        return style_of_picture(read_style_model(any_picture_path()), style_pixels(path), name)
