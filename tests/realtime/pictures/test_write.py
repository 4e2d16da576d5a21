"""Writing paintings: format, profile, EXIF, alpha; the file is whole or not there."""

import errno
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from livebrush.models.errors import LivebrushError
from livebrush.realtime.pictures.jobs import write_picture
from livebrush.realtime.pictures.picture import Picture, read_picture
from livebrush.realtime.pictures.srgb import SRGB_PROFILE


def smooth(height: int = 20, width: int = 30) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.dstack([x * 8, y * 12, 255 - x * 4]).astype(np.uint8)


@pytest.mark.parametrize("suffix", ["png", "tif", "tiff", "bmp", "jpg", "jpeg", "webp", "PNG"])
def test_writes_every_format(tmp_path, suffix):
    path = tmp_path / f"painted.{suffix}"
    assert write_picture(path, smooth(), Picture(smooth())) == []
    tolerance = 12 if suffix in ("jpg", "jpeg", "webp") else 0
    np.testing.assert_allclose(read_picture(path).pixels.astype(int), smooth(), atol=tolerance)
    assert list(tmp_path.iterdir()) == [path]


def test_quality_is_that_of_jpeg(tmp_path):
    rough = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    sizes = []
    for quality in (20, 95):
        write_picture(tmp_path / "a.jpg", rough, Picture(rough), quality)
        sizes.append((tmp_path / "a.jpg").stat().st_size)
    assert sizes[0] * 2 < sizes[1]


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
@pytest.mark.parametrize("has_profile", [True, False])
def test_srgb_is_embedded_where_the_source_had_a_profile(tmp_path, suffix, has_profile):
    path = tmp_path / f"a.{suffix}"
    write_picture(path, smooth(), Picture(smooth(), has_profile=has_profile))
    with Image.open(path) as image:
        assert image.info.get("icc_profile") == (SRGB_PROFILE if has_profile else None)


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
def test_exif_and_dots_per_inch_travel(tmp_path, suffix):
    exif = Image.Exif()
    exif[271], exif[274] = "Cam", 6
    exif.get_ifd(0x8769).update({40962: 6, 40963: 4, 40961: 65535, 0x829A: 0.004})
    Image.new("RGB", (6, 4)).save(tmp_path / "in.jpg", exif=exif, dpi=(240, 120))
    source = read_picture(tmp_path / "in.jpg")
    path = tmp_path / f"out.{suffix}"
    write_picture(path, source.pixels, source)
    with Image.open(path) as image:
        written = image.getexif()
        photo_tags = written.get_ifd(0x8769)
        assert written[271] == "Cam" and written.get(274, 1) == 1
        assert photo_tags == {40962: 4, 40963: 6, 40961: 1, 0x829A: 0.004}  # turned, and sRGB
        if suffix != "webp":
            assert image.info["dpi"] == pytest.approx((120, 240), abs=0.02)
    assert read_picture(path).pixels.shape == (6, 4, 3)


def test_exif_that_does_not_fit_is_left_out_and_noted(tmp_path):
    exif = Image.Exif()
    exif[271] = "x" * 70000
    source = Picture(smooth(), exif=exif.tobytes())
    assert "EXIF" in write_picture(tmp_path / "a.jpg", smooth(), source)[0].text
    assert "EXIF" in write_picture(tmp_path / "a.bmp", smooth(), source)[0].text
    assert write_picture(tmp_path / "a.png", smooth(), source) == []


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_alpha_is_kept(tmp_path, suffix):
    alpha = np.full((20, 30), 255, np.uint8)
    alpha[:, :10] = 40
    assert write_picture(tmp_path / f"a.{suffix}", smooth(), Picture(smooth(), alpha)) == []
    np.testing.assert_array_equal(read_picture(tmp_path / f"a.{suffix}").alpha, alpha)


@pytest.mark.parametrize("suffix", ["jpg", "bmp"])
def test_where_there_is_no_alpha_white_shows(tmp_path, suffix):
    alpha = np.repeat(np.array([[0, 128, 255]], np.uint8), 16, axis=1).repeat(16, axis=0)
    black = np.zeros((16, 48, 3), np.uint8)
    notes = write_picture(tmp_path / f"a.{suffix}", black, Picture(black, alpha))
    assert len(notes) == 1 and "alpha" in notes[0].text
    written = read_picture(tmp_path / f"a.{suffix}")
    np.testing.assert_allclose(written.pixels[8, [4, 24, 44], 0], [255, 127, 0], atol=4)
    assert write_picture(tmp_path / f"b.{suffix}", black, Picture(black, np.full_like(alpha, 255))) == []


def test_alpha_follows_a_painting_of_another_size(tmp_path):
    alpha = np.zeros((10, 15), np.uint8)
    write_picture(tmp_path / "a.png", smooth(), Picture(smooth(10, 15), alpha))
    written = read_picture(tmp_path / "a.png").alpha
    assert written is not None and written.shape == (20, 30) and not written.any()


def test_the_embedded_profile_does_not_carry_the_time_of_day():
    fresh = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert fresh[:24] + fresh[36:] == SRGB_PROFILE[:24] + SRGB_PROFILE[36:]
    assert SRGB_PROFILE[24:36].hex() == "07d0" + "0001" * 2 + "0000" * 3


@pytest.mark.parametrize(
    ("name", "words"), [("a.gif", "'.gif'.*\\.png"), ("a", "suffix ''"), ("none/a.png", "No such file")]
)
def test_what_cannot_be_written_is_a_clear_error(tmp_path, name, words):
    with pytest.raises(LivebrushError, match=words):
        write_picture(tmp_path / name, smooth(), Picture(smooth()))


def test_a_picture_too_wide_for_webp_is_a_clear_error(tmp_path):
    wide = np.zeros((1, 17000, 3), np.uint8)
    with pytest.raises(LivebrushError, match=r"WEBP cannot hold 1x17000.*\.png"):
        write_picture(tmp_path / "a.webp", wide, Picture(wide))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_wrong_pixels_are_a_programming_error(tmp_path, pixels):
    with pytest.raises(ValueError, match=r"\(H, W, 3\) uint8"):
        write_picture(tmp_path / "a.png", pixels, Picture(smooth()))


@pytest.mark.parametrize(
    ("error", "caught", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), LivebrushError, "free some space"),
        (KeyboardInterrupt(), KeyboardInterrupt, ""),
    ],
    ids=["disk full", "ctrl-c"],
)
def test_no_half_file_stays(tmp_path, monkeypatch, error, caught, words):
    target, before = tmp_path / "a.png", b"an older painting"
    target.write_bytes(before)

    def half(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data[:20])
        raise error

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(caught) as raised:
        write_picture(target, smooth(), Picture(smooth()))
    assert words in str(raised.value)
    assert list(tmp_path.iterdir()) == [target] and target.read_bytes() == before
