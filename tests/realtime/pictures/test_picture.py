"""Reading stills: orientation, EXIF, transparency, frames, and what is wrong with a file."""

import io
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.realtime.pictures.picture import read_picture
from tests.realtime.pictures.stills import STORED, noise


def saved(tmp_path: Path, name: str, image: Image.Image, **options: Any) -> Path:
    image.save(tmp_path / name, **options)
    return tmp_path / name


def stored(tmp_path: Path, name: str, data: bytes) -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_is_upright_whatever_the_exif_orientation(tmp_path, orientation, suffix):
    shown = noise((3, 5, 4))
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(np.ascontiguousarray(STORED[orientation](shown)))
    path = saved(tmp_path, f"turned.{suffix}", image, exif=exif, lossless=True, exact=True)
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, shown[..., :3])
    np.testing.assert_array_equal(picture.alpha, shown[..., 3])


def test_dots_per_inch_turn_with_the_picture(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    path = saved(tmp_path, "a.jpg", Image.new("RGB", (5, 3)), exif=exif, dpi=(300, 150))
    picture = read_picture(path)
    assert picture.dpi == (150, 300)
    assert picture.pixels.shape == (5, 3, 3)


def test_exif_is_kept_but_upright(tmp_path):
    exif = Image.Exif()
    exif[271], exif[274] = "Cam", 8
    exif.get_ifd(0x8825)[1] = "N"
    picture = read_picture(saved(tmp_path, "a.jpg", Image.new("RGB", (5, 3)), exif=exif))
    kept = Image.Exif()
    kept.load(picture.exif or b"")
    assert (kept[271], kept[274], kept.get_ifd(0x8825)[1]) == ("Cam", 1, "N")


def test_a_tiffs_own_tags_are_no_exif(tmp_path):
    exif = Image.Exif()
    exif[270], exif[271], exif[274] = "a title", "Cam", 6
    exif.get_ifd(0x8769)[0x829A] = 0.004
    path = saved(tmp_path, "a.tif", Image.new("RGB", (5, 3)), exif=exif.tobytes())
    picture = read_picture(path)
    kept = Image.Exif()
    kept.load(picture.exif or b"")
    assert picture.pixels.shape == (5, 3, 3)
    assert set(kept) == {270, 271, 274, 0x8769}
    assert kept.get_ifd(0x8769)[0x829A] == 0.004 and kept[274] == 1


def test_damaged_exif_costs_only_itself(tmp_path):
    data = b"Exif\0\0II*\0" + b"\xff" * 30
    picture = read_picture(saved(tmp_path, "a.png", Image.new("RGB", (2, 2), "red"), exif=data))
    assert picture.pixels[0, 0].tolist() == [255, 0, 0]
    assert picture.exif is None


def test_palette_transparency_becomes_alpha(tmp_path):
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    for column in range(3):
        image.putpixel((column, 0), column)
    picture = read_picture(saved(tmp_path, "a.png", image, transparency=bytes([255, 0, 77])))
    assert picture.alpha is not None and picture.alpha.tolist() == [[255, 0, 77]]
    assert picture.pixels.tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]]


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_transparent_colour_becomes_alpha(tmp_path, mode):
    image = Image.new(mode, (2, 1), "white")
    key = {"1": 0, "L": 0, "RGB": (0, 0, 0)}[mode]
    image.putpixel((0, 0), key)
    picture = read_picture(saved(tmp_path, "a.png", image, transparency=key))
    assert picture.alpha is not None and picture.alpha.tolist() == [[0, 255]]


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_of_several_frames_the_first_is_read_and_that_is_noted(tmp_path, suffix):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    options = {} if suffix == "tif" else {"duration": 100}
    if suffix == "webp":
        options["lossless"] = True
    path = saved(tmp_path, f"a.{suffix}", frames[0], save_all=True, append_images=frames[1:], **options)
    picture = read_picture(path)
    assert picture.pixels[4, 4].tolist() == [255, 0, 0]
    assert len(picture.notes) == 1 and "only the first" in picture.notes[0].text
    assert (picture.notes[0].remedy == "paint_video") == (suffix in ("gif", "png"))


def test_one_pixel(tmp_path):
    picture = read_picture(saved(tmp_path, "a.bmp", Image.new("RGB", (1, 1), (1, 2, 3))))
    assert picture.pixels.tolist() == [[[1, 2, 3]]]
    assert picture.alpha is None and picture.exif is None and not picture.has_profile


def truncated(suffix: str) -> bytes:
    data = io.BytesIO()
    Image.fromarray(noise((64, 64, 3))).save(data, suffix)
    return data.getvalue()[: len(data.getvalue()) // 2]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 bytes"),
        (b"Dear diary, today", "not a picture"),
        (truncated("PNG"), "damaged"),
        (truncated("TIFF"), "damaged"),
        (truncated("WEBP"), "picture|damaged"),
        (cv2.imencode(".png", noise((64, 64, 3), np.uint16))[1].tobytes()[:900], "damaged"),
    ],
    ids=["empty", "text", "png", "tiff", "webp", "png16"],
)
def test_damaged_files_are_clear_errors(tmp_path, data, words):
    with pytest.raises(LivebrushError, match=words) as caught:
        read_picture(stored(tmp_path, "photo.jpg", data))
    assert "photo.jpg" in str(caught.value) and "\n" not in str(caught.value)


def test_missing_files_and_folders_are_clear_errors(tmp_path):
    with pytest.raises(LivebrushError, match="no such file"):
        read_picture(tmp_path / "none.jpg")
    with pytest.raises(LivebrushError, match="is a folder"):
        read_picture(tmp_path)


def test_too_many_pixels_are_a_clear_error(tmp_path, monkeypatch):
    path = saved(tmp_path, "a.png", Image.new("L", (30, 30)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    assert read_picture(path).pixels.shape == (30, 30, 3)  # Pillow only warns up to twice the limit
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400)
    with pytest.raises(LivebrushError, match="more than 800 pixels"):
        read_picture(path)


def test_a_picture_that_is_cut_short_gives_what_there_is(tmp_path):
    whole = Image.fromarray(noise((64, 96, 3)))
    path = saved(tmp_path, "a.jpg", whole, quality=95)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    picture = read_picture(path)
    assert picture.pixels.shape == (64, 96, 3) and any("cut short" in note.text for note in picture.notes)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(picture.pixels[:24], expected[:24])


def test_a_pipe_is_read_to_its_end(tmp_path):
    saved(tmp_path, "a.png", Image.fromarray(noise((8, 9, 3))))
    os.mkfifo(tmp_path / "pipe.png")
    data = (tmp_path / "a.png").read_bytes()
    writer = threading.Thread(target=(tmp_path / "pipe.png").write_bytes, args=[data])
    writer.start()
    picture = read_picture(tmp_path / "pipe.png")
    writer.join()
    np.testing.assert_array_equal(picture.pixels, noise((8, 9, 3)))


def test_heic_is_read_or_names_what_to_install(tmp_path, monkeypatch):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    path = saved(tmp_path, "a.HEIC", Image.new("RGB", (64, 48), (200, 30, 60)), quality=95)
    assert np.abs(read_picture(path).pixels.astype(int) - (200, 30, 60)).max() < 8
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(LivebrushError, match=r"HEIC needs pillow-heif.*\[heif\]"):
        read_picture(path)


def test_a_picture_that_memory_does_not_hold_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = saved(tmp_path, "a.png", Image.new("RGB", (3000, 2000)))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=100_000_000))
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(
        LivebrushError, match=r"3000x2000 pixels take about 0\.1 GB to paint, 0\.1 GB are free"
    ):
        read_picture(path)
