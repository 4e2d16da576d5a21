"""Reads a still of any mode, depth, profile and orientation as upright 8-bit sRGB."""

import importlib
import io
import math
import os
import struct
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
import psutil
from PIL import ExifTags, Image, ImageCms, ImageFile, UnidentifiedImageError
from PIL.TiffImagePlugin import BITSPERSAMPLE, EXTRASAMPLES, PHOTOMETRIC_INTERPRETATION, TiffImageFile

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.orientation import Orientation

# No EPS, PDF or other format that Pillow hands to another program.
READABLE = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000", "PPM", "HEIF")
HEIF_SUFFIXES = {".heic", ".heif", ".hif"}
WRITABLE = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF", ".bmp": "BMP",
}  # fmt: skip
PICTURE_SUFFIXES = {
    *WRITABLE, *HEIF_SUFFIXES, ".apng", ".avif", ".gif", ".jfif", ".jp2", ".jpe", ".pbm", ".pgm", ".pnm", ".ppm",
}  # fmt: skip
_EXIF_ORIENTATIONS = {
    2: Orientation(False, True, False), 3: Orientation(False, True, True), 4: Orientation(False, False, True),
    5: Orientation(True, False, False), 6: Orientation(True, True, False), 7: Orientation(True, True, True),
    8: Orientation(True, False, True),
}  # fmt: skip
# Of a TIFF only these: its other tags describe how the source's pixels are stored, not the photo.
_PHOTO_TAGS = {
    ExifTags.Base.ImageDescription, ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Software,
    ExifTags.Base.DateTime, ExifTags.Base.Artist, ExifTags.Base.Copyright, ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo,
}  # fmt: skip
BYTES_A_PIXEL = 20
"""that reading, painting and writing take at most at a time: 168 megapixels took 3.1 GB, 18.5 each"""
_one_at_a_time = threading.Lock()  # for Pillow's one switch for all pictures
_PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}


def _srgb_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Little CMS writes the present time into the header; the same picture must give the same file.
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


SRGB_PROFILE = _srgb_profile()


@dataclass(frozen=True, eq=False)
class Picture:
    """A still as it is shown.

    pixels: (H, W, 3) RGB uint8, sRGB, upright
    alpha: (H, W) uint8, 0 is transparent; None: opaque
    exif: the camera's data, orientation 1, without the thumbnail; None: there is none
    dpi: (horizontal, vertical) dots per inch, or None
    has_profile: whether the file came with an ICC profile
    notes: what was approximated or left out, one line each
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    has_profile: bool = False
    notes: Sequence[Note] = ()


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """Reads a still of any colour mode and depth; of several frames or pages, the first.

    16-bit values are rounded to 8. Floats and 32-bit integers have no agreed white: it is the smallest of
    1 (floats only), 255 and 65535 that holds the brightest value, else that value.
    raises: LivebrushError when it is missing, a folder, empty, no picture, damaged or too large
    """
    path, notes = Path(path), []
    _check_file(path)
    image, exif, orientation = _decode(path, notes)
    colour, alpha = _split_alpha(image)
    icc = image.info.get("icc_profile")
    pixels = np.array(_to_srgb(colour, icc, notes))
    dpi = _valid_dpi(image.info.get("dpi"))
    turn = _EXIF_ORIENTATIONS.get(orientation)
    if turn:
        pixels, alpha = turn.shown(pixels), None if alpha is None else turn.shown(alpha)
        dpi = (dpi[1], dpi[0]) if dpi and turn.transpose else dpi
    return Picture(pixels, alpha, exif, dpi, bool(icc), tuple(notes))


def writable_format(path: Path) -> str:
    """Pillow's name of the format that the suffix stands for. Raises LivebrushError when it is none of ours."""
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        raise LivebrushError(
            f"{path}: a picture cannot be written with the suffix {path.suffix!r}; use {' '.join(WRITABLE)}",
            code="invalid",
        )
    return kind


def exif_of_size(data: bytes, height: int, width: int) -> bytes:
    """EXIF corrected to this size and to sRGB, where it states a size and a colour space."""
    exif = Image.Exif()
    exif.load(data)
    photo = exif.get_ifd(ExifTags.IFD.Exif)
    true = {
        ExifTags.Base.ExifImageWidth: width,
        ExifTags.Base.ExifImageHeight: height,
        ExifTags.Base.ColorSpace: 1,
    }
    photo.update({tag: value for tag, value in true.items() if tag in photo})
    return exif.tobytes()


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


def _decode(path: Path, notes: list[Note]) -> tuple[Image.Image, bytes | None, int]:
    """The first frame with 8 bits a channel, as stored; EXIF; and the EXIF orientation still to be applied."""
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
            exif, orientation = _read_exif(image, notes)
            return _eight_bits(image, file, notes), exif, orientation
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


def _read_exif(image: Image.Image, notes: list[Note]) -> tuple[bytes | None, int]:
    try:
        exif = image.getexif()
        orientation = exif.pop(ExifTags.Base.Orientation, 1)
        if isinstance(image, TiffImageFile):
            for tag in set(exif) - _PHOTO_TAGS:
                del exif[tag]
        if not exif:
            return None, orientation
        exif[ExifTags.Base.Orientation] = 1
        return exif.tobytes(), orientation
    except Exception as error:  # damaged EXIF must not cost the picture
        notes.append(Note(f"its EXIF data is damaged ({error}): left out"))
        return None, 1


def _note_more_frames(image: Image.Image, notes: list[Note]) -> None:
    if not getattr(image, "is_animated", False) or image.format == "MPO":  # MPO: a phone's depth or gain map
        return
    if image.format in ("GIF", "PNG"):
        notes.append(Note("it moves: only the first frame is taken", remedy="paint_video"))
    else:
        notes.append(Note("only the first of its frames or pages is taken"))


def _eight_bits(image: Image.Image, file: BinaryIO, notes: list[Note]) -> Image.Image:
    """The picture with 8 bits a channel; Pillow alone cuts 16-bit colour down without rounding."""
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


def _split_alpha(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    """The colours in mode L, RGB, CMYK or LAB, and the alpha plane (H, W) uint8 or None."""
    kept = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK", "LAB": "LAB"}.get(image.mode, "RGB")
    if not image.has_transparency_data:
        return image.convert(kept), None
    rgba = image.convert("RGBA")
    return rgba.convert(kept), np.array(rgba.getchannel("A"))


def _to_srgb(colour: Image.Image, icc: bytes | None, notes: list[Note]) -> Image.Image:
    """colour: mode L, RGB, CMYK or LAB. Returns mode RGB, relative colorimetric with black point compensation."""
    if icc == SRGB_PROFILE and colour.mode in ("L", "RGB"):
        return colour.convert("RGB")
    if icc:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            space = profile.profile.xcolor_space.strip()  # type: ignore[union-attr]
            # A grey PNG may carry an RGB profile.
            fitting = colour.convert("RGB") if (space, colour.mode) == ("RGB", "L") else colour
            if _PROFILE_MODES.get(space) == fitting.mode:
                return _convert_profile(fitting, profile)
            notes.append(
                Note(f"its ICC profile is for {space}, its pixels are {colour.mode}: profile ignored")
            )
        except (OSError, ValueError, ImageCms.PyCMSError) as error:
            notes.append(Note(f"its ICC profile is damaged ({error}): profile ignored"))
    if colour.mode == "LAB":
        return _convert_profile(colour, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if colour.mode == "CMYK":
        notes.append(Note("CMYK without a profile: its colours are approximate"))
    return colour.convert("RGB")


def _convert_profile(colour: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    converted = ImageCms.profileToProfile(
        colour, profile, ImageCms.ImageCmsProfile(io.BytesIO(SRGB_PROFILE)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip
    assert converted is not None  # None only when it converts in place
    return converted


def _valid_dpi(dpi: Any) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    fits = all(math.isfinite(value) and 1 <= value <= 65535 for value in (across, down))
    return (across, down) if fits else None
