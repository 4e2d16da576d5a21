"""Opens a picture file of any kind, as far as memory allows."""

import importlib
import io
import threading
import warnings
from pathlib import Path
from typing import BinaryIO

import psutil
from PIL import Image, ImageFile, UnidentifiedImageError

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.pictures.eight_bits import eight_bits
from livebrush.realtime.pictures.exif import read_exif
from livebrush.realtime.pictures.formats import HEIF_SUFFIXES, READABLE

BYTES_A_PIXEL = 20
"""that reading, painting and writing take at most at a time: 168 megapixels took 3.1 GB, 18.5 each"""
_one_at_a_time = threading.Lock()  # for Pillow's one switch for all pictures


def decode(path: Path, notes: list[Note]) -> tuple[Image.Image, bytes | None, int]:
    """The first frame with 8 bits a channel, as stored; EXIF; and the EXIF orientation still to be applied.

    notes:  gets what was approximated or left out
    raises: LivebrushError when it is missing, a folder, empty, no picture, damaged or too large
    """
    _check_file(path)
    Image.init()
    if path.suffix.lower() in HEIF_SUFFIXES:
        _learn_heif(path)
    try:
        # Pillow remarks on odd metadata, and on large pictures long before they are too large.
        with warnings.catch_warnings(action="ignore"), _opened(path) as file:
            image = Image.open(file, formats=[kind for kind in READABLE if kind in Image.OPEN])
            _require_memory(image, path)
            _note_more_frames(image, notes)
            _load(image, notes)  # before EXIF: Pillow turns a TIFF by the orientation that it finds there
            exif, orientation = read_exif(image, notes)
            return eight_bits(image, file, notes), exif, orientation
    except UnidentifiedImageError as error:
        raise LivebrushError(
            f"{path}: is not a picture that can be read; save it as PNG or JPEG", code="unreadable"
        ) from error
    except Image.DecompressionBombError as error:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise LivebrushError(
            f"{path}: has more than {most} pixels; scale it down first", code="out_of_memory"
        ) from error
    except MemoryError as error:
        raise LivebrushError(
            f"{path}: does not fit into memory; scale it down first", code="out_of_memory"
        ) from error
    except PermissionError as error:
        raise LivebrushError(f"{path}: cannot be read ({error.strerror})", code="unreadable") from error
    except LivebrushError:
        raise
    except Exception as error:  # decoders raise nearly anything on damaged bytes
        raise LivebrushError(
            f"{path}: is damaged or unusual ({error}); copy or export it again", code="unreadable"
        ) from error


def _check_file(path: Path) -> None:
    try:
        if not path.exists():
            raise LivebrushError(f"{path}: no such file", code="not_found")
        if path.is_dir():
            raise LivebrushError(f"{path}: is a folder, expected a picture", code="unreadable")
        if path.is_file() and path.stat().st_size == 0:
            raise LivebrushError(
                f"{path}: is empty (0 bytes), expected a picture; copy it again", code="unreadable"
            )
    except OSError as error:
        raise LivebrushError(f"{path}: cannot be read ({error.strerror})", code="unreadable") from error


def _require_memory(image: Image.Image, path: Path) -> None:
    """Before decoding: a small file may unpack to gigabytes."""
    needed, free = image.width * image.height * BYTES_A_PIXEL, psutil.virtual_memory().available
    if needed > free:
        raise LivebrushError(
            f"{path}: {image.width}x{image.height} pixels take about {needed / 1e9:.1f} GB to paint, "
            f"{free / 1e9:.1f} GB are free; scale it down first",
            code="out_of_memory",
        )


def _opened(path: Path) -> BinaryIO:
    """The file; a pipe is read to its end, since decoders go back and forth."""
    return path.open("rb") if path.is_file() else io.BytesIO(path.read_bytes())


def _learn_heif(path: Path) -> None:
    try:
        pillow_heif = importlib.import_module("pillow_heif")
    except ImportError as error:
        raise LivebrushError(
            f"{path}: HEIC needs pillow-heif: run pip install -c constraints.txt -e '.[heif]', or save it as JPEG",
            code="not_installed",
        ) from error
    pillow_heif.register_heif_opener()


def _load(image: Image.Image, notes: list[Note]) -> None:
    """Decode; of a JPEG that is cut short, what there is of it."""
    try:
        image.load()
    except OSError as error:
        if image.format not in ("JPEG", "MPO") or "truncated" not in str(error):
            raise
        with _one_at_a_time:
            ImageFile.LOAD_TRUNCATED_IMAGES = True
            try:
                image.load()
            finally:
                ImageFile.LOAD_TRUNCATED_IMAGES = False
        notes.append(Note("the file is cut short: what there is of the picture was taken"))


def _note_more_frames(image: Image.Image, notes: list[Note]) -> None:
    if not getattr(image, "is_animated", False) or image.format == "MPO":  # MPO: a phone's depth or gain map
        return
    if image.format in ("GIF", "PNG"):
        notes.append(Note("it moves: only the first frame is taken", remedy="paint_video"))
    else:
        notes.append(Note("only the first of its frames or pages is taken"))
