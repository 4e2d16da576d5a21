"""Reading stills: more than 8 bits are rounded to 8, never cut, clipped or turned twice."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from livebrush.realtime.pictures.picture import read_picture
from tests.realtime.pictures.stills import STORED, noise


def rounded(levels: np.ndarray, top: int = 65535) -> np.ndarray:
    """The nearest of 256 levels, in exact integers."""
    return ((levels.astype(np.int64) * 510 + top) // (2 * top)).astype(np.uint8)


def png_16(levels: np.ndarray, colour_type: int, transparent: bytes = b"") -> bytes:
    """A 16-bit PNG. colour_type: 0 grey, 2 RGB, 4 grey and alpha, 6 RGBA."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = levels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    header = struct.pack(">2I5B", width, height, 16, colour_type, 0, 0, 0)
    key = chunk(b"tRNS", transparent) if transparent else b""
    body = chunk(b"IHDR", header) + key + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def tiff(
    levels: np.ndarray, orientation: int = 1, photometric: int | None = None, extra: int | None = None
) -> bytes:
    """An uncompressed TIFF of (H, W) or (H, W, C), uint8 or uint16; extra: ExtraSamples, 1 premultiplied alpha."""
    height, width = levels.shape[:2]
    channels = 1 if levels.ndim == 2 else levels.shape[2]
    bits, data = levels.itemsize * 8, levels.tobytes()
    if photometric is None:
        photometric = 1 if channels == 1 else 2
    bits_at = 8 + len(data)
    bits_entry = (bits | bits << 16 if channels == 2 else bits) if channels < 3 else bits_at
    tags = [(256, 1, width), (257, 1, height), (258, channels, bits_entry), (259, 1, 1), (262, 1, photometric),
            (273, 1, 8), (274, 1, orientation), (277, 1, channels), (278, 1, height), (279, 1, len(data))]  # fmt: skip
    if extra is not None:
        tags.append((338, 1, extra))
    entries = b"".join(
        struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, count, value) for tag, count, value in tags
    )
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    start = struct.pack("<2sHI", b"II", 42, bits_at + 2 * channels)
    return start + data + struct.pack(f"<{channels}H", *[bits] * channels) + directory


def stored(tmp_path: Path, name: str, data: bytes) -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_is_turned_once(tmp_path, orientation, dtype):
    shown = noise((3, 5, 3), dtype)
    path = stored(tmp_path, "turned.tif", tiff(np.ascontiguousarray(STORED[orientation](shown)), orientation))
    expected = rounded(shown, np.iinfo(dtype).max)
    np.testing.assert_array_equal(read_picture(path).pixels, expected)


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_are_rounded_not_cut(tmp_path, suffix, channels):
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    if channels == 3:
        levels = np.dstack([levels, levels[::-1], levels.T])
    path = tmp_path / f"deep.{suffix}"
    cv2.imwrite(str(path), levels[..., ::-1] if channels == 3 else levels)
    picture = read_picture(path)
    expected = rounded(levels)
    assert (expected != levels >> 8).any()
    np.testing.assert_array_equal(picture.pixels, expected if channels == 3 else np.dstack([expected] * 3))
    assert not picture.notes and picture.alpha is None


@pytest.mark.parametrize(("colour_type", "channels"), [(4, 2), (6, 4)])
def test_16_bit_alpha_is_kept(tmp_path, colour_type, channels):
    levels = noise((4, 6, channels), np.uint16)
    picture = read_picture(stored(tmp_path, "deep.png", png_16(levels, colour_type)))
    np.testing.assert_array_equal(picture.alpha, rounded(levels[..., -1]))
    np.testing.assert_array_equal(
        picture.pixels, np.broadcast_to(rounded(levels[..., : channels - 1]), (4, 6, 3))
    )


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3)])
def test_a_16_bit_transparent_colour_is_kept(tmp_path, colour_type, channels):
    levels = noise((4, 6, channels), np.uint16)
    data = png_16(levels, colour_type, levels[2, 3].astype(">u2").tobytes())
    picture = read_picture(stored(tmp_path, "deep.png", data))
    expected = np.full((4, 6), 255)
    expected[2, 3] = 0
    np.testing.assert_array_equal(picture.alpha, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_in_which_0_is_white(tmp_path, dtype):
    levels = noise((4, 6), dtype)
    top = np.iinfo(dtype).max
    picture = read_picture(stored(tmp_path, "white.tif", tiff(levels, photometric=0)))
    np.testing.assert_array_equal(picture.pixels[..., 0], rounded(top - levels, top))


def test_premultiplied_16_bit_alpha_is_divided_out(tmp_path):
    levels = np.full((2, 2, 4), (20000, 10000, 5000, 32768), np.uint16)
    picture = read_picture(stored(tmp_path, "a.tif", tiff(levels, extra=1)))
    np.testing.assert_allclose(picture.pixels[0, 0], (155.6, 77.8, 38.9), atol=3)
    assert picture.alpha is not None and picture.alpha[0, 0] == 128
    assert "16-bit" in picture.notes[0].text


@pytest.mark.parametrize(
    ("values", "white"), [([0, 0.5, 1], 1), ([0, 51.2, 255], 255), ([-4, 700, np.nan], 65535), ([0, 1e6, 4e6], 4e6)]
)  # fmt: skip
def test_floats_take_the_white_that_holds_them(tmp_path, values, white):
    values = np.array([values], np.float32)
    Image.fromarray(values).save(tmp_path / "a.tif")
    picture = read_picture(tmp_path / "a.tif")
    expected = np.floor(np.nan_to_num(values).clip(0) * 255 / white + 0.5)
    np.testing.assert_array_equal(picture.pixels[..., 1], expected)
    assert f"{white:g}" in picture.notes[0].text


def test_a_dark_16_bit_pgm_stays_dark(tmp_path):
    data = b"P5\n2 1\n65535\n" + struct.pack(">2H", 200, 65535 // 3)
    assert read_picture(stored(tmp_path, "a.pgm", data)).pixels[0, :, 0].tolist() == [1, 85]
    dark = b"P5\n1 1\n65535\n" + struct.pack(">H", 200)
    assert read_picture(stored(tmp_path, "b.pgm", dark)).pixels[0, 0].tolist() == [1, 1, 1]
