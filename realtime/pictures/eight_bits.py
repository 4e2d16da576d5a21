"""Pictures of 16 and 32 bits a channel as 8, rounded: Pillow alone cuts 16-bit colour down."""

from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import BITSPERSAMPLE, EXTRASAMPLES, PHOTOMETRIC_INTERPRETATION, TiffImageFile

from livebrush.models.events import Note


def eight_bits(image: Image.Image, file: BinaryIO, notes: list[Note]) -> Image.Image:
    """The picture with 8 bits a channel. image: decoded; file: what it was decoded from"""
    bits, grey_alpha = _stored_bits(image, file)
    if image.mode.startswith("I;16"):
        levels = np.asarray(image)
        top = 2**bits - 1
        if isinstance(image, TiffImageFile) and image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == 0:
            levels = top - levels  # MinIsWhite, which Pillow minds at 8 bits only
        planes = _round_to_bytes(levels, top)
        if "transparency" in image.info:
            opaque = levels != image.info["transparency"]
            planes = np.dstack([planes, opaque.astype(np.uint8) * 255])
    elif image.mode in ("I", "F"):
        planes = _wide_to_bytes(np.asarray(image), image, notes)
    elif bits == 16 and image.format in ("PNG", "TIFF"):
        levels = _decode_16_bit(image, file)
        if levels is None:
            notes.append(Note("its 16-bit values were cut to 8 bits"))
            return image
        planes = _round_to_bytes(levels[..., [0, 3]] if grey_alpha else levels, 65535)
    else:
        return image
    rounded = Image.fromarray(planes)
    rounded.info = {key: value for key, value in image.info.items() if key != "transparency"}
    return rounded


def _stored_bits(image: Image.Image, file: BinaryIO) -> tuple[int, bool]:
    """Bits a channel in the file, and whether it is a PNG of grey and alpha."""
    if image.format == "PNG":
        file.seek(24)  # IHDR: bit depth, colour type
        bits, colour_type = file.read(2)
        return bits, colour_type == 4
    if isinstance(image, TiffImageFile):
        return max(image.tag_v2.get(BITSPERSAMPLE, (1,))), False
    return 16 if image.mode.startswith("I;16") else 8, False


def _decode_16_bit(image: Image.Image, file: BinaryIO) -> np.ndarray | None:
    """(H, W, 3 or 4) RGB or RGBA uint16 by OpenCV; None where it does not read this file as Pillow does."""
    premultiplied = isinstance(image, TiffImageFile) and 1 in image.tag_v2.get(EXTRASAMPLES, ())
    if premultiplied or image.mode not in ("RGB", "RGBA"):
        return None
    file.seek(0)
    levels = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.shape[:2] != (image.height, image.width):
        return None
    return levels[..., [2, 1, 0, 3][: levels.shape[2]]] if levels.ndim == 3 else None


def _round_to_bytes(levels: np.ndarray, top: int) -> np.ndarray:
    table = (np.arange(65536, dtype=np.uint32).clip(0, top) * 255 + top // 2) // top
    return table.astype(np.uint8)[levels]


def _wide_to_bytes(values: np.ndarray, image: Image.Image, notes: list[Note]) -> np.ndarray:
    values = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0).clip(0)
    if image.format in ("PPM", "PNG") and image.mode == "I":
        white = 65535.0  # Pillow has stretched it so
    else:
        whites = ([1.0] if image.mode == "F" else []) + [255.0, 65535.0, values.max()]
        white = next(white for white in whites if white >= values.max())
        notes.append(Note(f"its 32-bit values have no agreed white: {white:g} was taken"))
    return np.floor(values * (255 / white) + 0.5).astype(np.uint8)
