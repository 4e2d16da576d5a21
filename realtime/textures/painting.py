"""A texture net run over noise, tile by tile, into a picture of any size."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, OnEvent, Progress, Started, telling
from livebrush.models.textures import OUTPUT, TextureModel, read_texture_model
from livebrush.models.writing import check_outputs
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.provider import create_session, reason, session_options
from livebrush.realtime.engine.runs import run_options, stopped_by_signals
from livebrush.realtime.pictures.formats import writable_format
from livebrush.realtime.pictures.jobs import write_picture
from livebrush.realtime.pictures.picture import Picture
from livebrush.realtime.textures.noise import noise

LARGEST_SIDE = 16_384
"""pixels"""
LARGEST_SEED = 2**63 - 1
TILE = 512
"""pixels: the net takes 0.2 GB for it"""
_RIM = 4
"""pixels that a picture is continued by before it is resized: what a cubic filter looks at, and more"""


class TexturePainter:
    """A texture net that is loaded on the CPU.

    threads: CPU threads; None: one for each core that this process may use
    tile:    side of what is made at a time, pixels; memory grows with its square
    raises:  LivebrushError when the file cannot be run
    """

    def __init__(self, model: TextureModel, threads: int | None = None, tile: int = TILE) -> None:
        self.model = model
        multiple = model.metadata.multiple
        self._tile = max(1, tile // multiple) * multiple
        wanted = min(threads or usable_cores(), usable_cores())
        self._session = create_session(model.path, model.path.name, session_options(wanted))

    def tiles(self, height: int, width: int) -> int:
        """How many tiles a picture of this size takes."""
        return len(list(self._places(*self._whole(height, width))))

    def paint(
        self,
        height: int,
        width: int,
        seed: int = 0,
        *,
        tileable: bool = False,
        on_tile: Callable[[int], object] | None = None,
    ) -> np.ndarray:
        """The same picture for the same seed; of another size, more or less of it, except where it is tileable.

        seed:     0 to LARGEST_SEED
        tileable: whether left and right edge meet, and top and bottom
        on_tile:  told after each how many are done
        returns:  (height, width, 3) uint8 RGB
        raises:   LivebrushError for sizes and seeds out of range, and when the net fails
        """
        _check(height, width, seed)
        whole = self._whole(height, width)
        made = np.empty((*whole, 3), np.uint8)
        for done, (top, left, bottom, right) in enumerate(self._places(*whole), 1):
            place, size = (top, left), (bottom - top, right - left)
            made[top:bottom, left:right] = self._tile_at(place, size, seed, whole if tileable else None)
            if on_tile:
                on_tile(done)
        return _wrapped_to(made, height, width) if tileable else made[:height, :width]

    def _whole(self, height: int, width: int) -> tuple[int, int]:
        """The next size that the net makes."""
        multiple = self.model.metadata.multiple
        return -(-height // multiple) * multiple, -(-width // multiple) * multiple

    def _places(self, height: int, width: int) -> Iterator[tuple[int, int, int, int]]:
        for top in range(0, height, self._tile):
            for left in range(0, width, self._tile):
                yield top, left, min(top + self._tile, height), min(left + self._tile, width)

    def _tile_at(
        self, place: tuple[int, int], size: tuple[int, int], seed: int, wrapped: tuple[int, int] | None
    ) -> np.ndarray:
        metadata = self.model.metadata
        feeds = {}
        for scale, (name, margin) in enumerate(zip(metadata.inputs, metadata.margins, strict=True)):
            top, left = ((first >> scale) - margin for first in place)
            height, width = ((side >> scale) + 2 * margin for side in size)
            repeat = (wrapped[0] >> scale, wrapped[1] >> scale) if wrapped else None
            feeds[name] = noise(seed, scale, metadata.channels, (top, left), (height, width), repeat)[None]
        try:
            with run_options() as options:
                made = np.asarray(self._session.run([OUTPUT], feeds, options)[0])
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise LivebrushError(
                f"{self.model.path.name} failed on a tile of {size[1]}x{size[0]}: {reason(error)}",
                code="failed",
            ) from error
        if made.shape != (1, *size, 3) or made.dtype != np.uint8:
            raise LivebrushError(
                f"{self.model.path.name} gave {made.dtype} {'x'.join(map(str, made.shape))} for a tile of "
                f"{size[1]}x{size[0]}: it breaks the texture contract; train it again",
                code="unsupported",
            )
        return made[0]


def paint_texture(
    texture: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    width: int = 1024,
    height: int = 1024,
    seed: int = 0,
    tileable: bool = False,
    threads: int | None = None,
    overwrite: bool = False,
    on_event: OnEvent | None = None,
) -> Path:
    """Make a picture of a texture, of any size, with a net that has learnt it.

    texture:   the texture net, an .onnx file; output: the picture, whose suffix names the format
    width, height: of the picture, pixels, 1 to LARGEST_SIDE
    seed:      which of its pictures
    tileable:  whether the edges meet, so that copies side by side show no seam
    threads:   CPU threads; None: one for each core
    overwrite: replace the picture where it exists
    on_event:  told of the start, every tile and the end
    returns:   the picture

    raises: LivebrushError for everything that can be mended
    """
    target = Path(output)
    with telling(on_event) as tell, stopped_by_signals():
        writable_format(target)
        check_outputs([target], [Path(texture)], overwrite=overwrite)
        _check(height, width, seed)
        painter = TexturePainter(read_texture_model(Path(texture)), threads)
        tiles = painter.tiles(height, width)
        tell(Started(target.name, "tile", tiles))
        try:
            pixels = painter.paint(
                height, width, seed, tileable=tileable, on_tile=lambda done: tell(Progress(done, tiles))
            )
            write_picture(target, pixels, Picture(np.zeros((1, 1, 3), np.uint8)))
        except MemoryError as error:
            raise LivebrushError(
                f"{target}: {width}x{height} needs more memory; make a smaller picture", code="out_of_memory"
            ) from error
        tell(Finished(target, {"width": width, "height": height, "seed": seed}))
    return target


def _check(height: int, width: int, seed: int) -> None:
    if not all(1 <= side <= LARGEST_SIDE for side in (height, width)):
        raise LivebrushError(
            f"a texture of {width}x{height} pixels: each side may be 1 to {LARGEST_SIDE}", code="invalid"
        )
    if not 0 <= seed <= LARGEST_SEED:
        raise LivebrushError(f"the seed is {seed}: it must be 0 to {LARGEST_SEED}", code="invalid")


def _wrapped_to(made: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture whose edges meet, at another size, at which they meet as well."""
    if made.shape[:2] == (height, width):
        return made
    down, across = made.shape[0] / height, made.shape[1] / width
    # Centre to centre, as resizing has it; beyond an edge lies what is at the other
    rows = ((np.arange(height) + 0.5) * down - 0.5).astype(np.float32)
    columns = ((np.arange(width) + 0.5) * across - 0.5).astype(np.float32)
    out = np.empty((height, width, 3), np.uint8)
    padded = cv2.copyMakeBorder(made, _RIM, _RIM, _RIM, _RIM, cv2.BORDER_WRAP)
    for top in range(0, height, TILE):
        part = rows[top : top + TILE] + _RIM
        first = int(part[0]) - _RIM if part[0] > _RIM else 0
        band = padded[first : int(part[-1]) + _RIM + 1]
        across_at, down_at = np.meshgrid(columns + _RIM, part - first)
        out[top : top + TILE] = cv2.remap(band, across_at, down_at, cv2.INTER_CUBIC)
    return out
