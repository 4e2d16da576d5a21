"""Reading stills: whatever the colour mode and profile, the pixels are sRGB."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from livebrush.realtime.pictures.picture import read_picture

D50 = (0.9642, 1.0, 0.8249)


def icc(space: bytes, tags: dict[bytes, bytes], device: bytes = b"mntr", pcs: bytes = b"XYZ ") -> bytes:
    """A version 2 ICC profile."""
    offset, table, data = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        value += bytes(-len(value) % 4)
        table += struct.pack(">4s2I", tag, offset + len(data), len(value))
        data += value
    size, date = offset + len(data), (2020, 1, 1, 0, 0, 0)
    kinds = struct.pack(">I4s4s4s", 0x02400000, device, space, pcs)
    header = struct.pack(">I4x", size) + kinds + struct.pack(">6H4s", *date, b"acsp")
    return header.ljust(68, b"\0") + xyz(D50)[8:] + bytes(48) + table + data


def xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def gamma(exponent: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))


ADOBE_COLORANTS = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB_COLORANTS = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
ADOBE_RGB = icc(b"RGB ", {b"wtpt": xyz(D50)}
                | {name: xyz(value) for name, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), ADOBE_COLORANTS, strict=True)}
                | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma(2.2)))  # fmt: skip
LINEAR_GREY = icc(b"GRAY", {b"wtpt": xyz(D50), b"kTRC": gamma(1.0)})


def any_ink_is_black() -> bytes:
    """A CMYK profile in which paper is white and every full ink is black: nothing like the naive formula."""
    ramp = bytes(range(256))
    nodes = b"".join(bytes([255 if inks == 0 else 0, 128, 128]) for inks in range(16))
    identity = struct.pack(">9i", *(65536 * (index % 4 == 0) for index in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + ramp * 4 + nodes + ramp * 3
    return icc(b"CMYK", {b"wtpt": xyz(D50), b"A2B0": table}, b"prtr", b"Lab ")


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def saved(tmp_path: Path, name: str, image: Image.Image, **options: Any) -> Path:
    image.save(tmp_path / name, **options)
    return tmp_path / name


def test_colours_are_converted_by_the_profile(tmp_path):
    pixels = np.array([[(150, 150, 150), (120, 140, 110), (180, 120, 130), (90, 100, 160)]], np.uint8)
    picture = read_picture(saved(tmp_path, "a.png", Image.fromarray(pixels), icc_profile=ADOBE_RGB))
    linear = (pixels / 255.0) ** 2.19921875  # 2.2 in the profile's fixed point
    connection = linear @ np.array(ADOBE_COLORANTS)
    expected = srgb_encoded(connection @ np.linalg.inv(np.array(SRGB_COLORANTS)))
    assert np.abs(expected - pixels).max() > 10
    np.testing.assert_allclose(picture.pixels, expected, atol=1.5)
    assert picture.has_profile and not picture.notes


def test_the_paper_of_a_scan_is_white(tmp_path):
    warm = icc(b"GRAY", {b"wtpt": xyz((0.95, 0.95, 0.6)), b"kTRC": gamma(1.0)}, b"scnr")
    picture = read_picture(saved(tmp_path, "a.png", Image.new("L", (2, 2), 255), icc_profile=warm))
    np.testing.assert_allclose(picture.pixels, 255, atol=1)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_a_grey_profile_applies_to_grey(tmp_path, mode):
    value = {"L": 55, "LA": (55, 128), "1": 1}[mode]
    picture = read_picture(saved(tmp_path, "a.png", Image.new(mode, (2, 2), value), icc_profile=LINEAR_GREY))
    expected = 255 if mode == "1" else srgb_encoded(np.array(55 / 255))
    np.testing.assert_allclose(picture.pixels, expected, atol=1)
    assert not picture.notes


def test_a_grey_picture_may_have_an_rgb_profile(tmp_path):
    path = saved(tmp_path, "a.png", Image.new("L", (2, 2), 100), icc_profile=ADOBE_RGB)
    assert not read_picture(path).notes


def test_cmyk_follows_its_profile(tmp_path):
    image = Image.new("CMYK", (16, 8), (0, 0, 0, 0))
    image.paste((255, 0, 0, 0), (8, 0, 16, 8))
    path = saved(tmp_path, "a.tif", image, icc_profile=any_ink_is_black())
    picture = read_picture(path)
    assert picture.pixels[0, 0].min() > 250
    assert picture.pixels[0, 15].max() < 5
    assert not picture.notes


def test_cmyk_without_a_profile_is_noted(tmp_path):
    picture = read_picture(saved(tmp_path, "a.jpg", Image.new("CMYK", (16, 16), (255, 0, 0, 0)), quality=100))
    np.testing.assert_allclose(picture.pixels[8, 8], (0, 255, 255), atol=3)
    assert "CMYK" in picture.notes[0].text


@pytest.mark.parametrize(("profile", "word"), [(b"no profile", "damaged"), (LINEAR_GREY, "GRAY")])
def test_an_unfit_profile_is_ignored_and_noted(tmp_path, profile, word):
    picture = read_picture(saved(tmp_path, "a.png", Image.new("RGB", (2, 2), (9, 8, 7)), icc_profile=profile))
    assert picture.pixels[0, 0].tolist() == [9, 8, 7]
    assert word in picture.notes[0].text and picture.has_profile


def test_lab_becomes_rgb(tmp_path):
    lab = Image.new("LAB", (2, 1), (255, 128, 128))
    lab.putpixel((1, 0), (138, 209, 198))  # L* 54.3, a* 81, b* 70: the red of sRGB under D50
    picture = read_picture(saved(tmp_path, "a.tif", lab))
    np.testing.assert_allclose(picture.pixels[0, 0], 255, atol=1)
    np.testing.assert_allclose(picture.pixels[0, 1], (255, 0, 0), atol=8)
