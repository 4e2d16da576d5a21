"""Numbered pictures painted: into a video, out of a video, and into pictures."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.stylize import Interrupted, VideoReport, paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip, picture, psnr, times


def pictures(
    folder: Path,
    numbers: Iterable[int] = range(1, 9),
    name: str = "%04d.png",
    size: tuple[int, int] = (48, 64),
) -> Path:
    """Writes them; returns the name that they are given by."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        Image.fromarray(picture(number, *size)).save(folder / (name % number))
    return folder / name


def painted(source, target, heard: Listener | None = None, paint=None, **options) -> VideoReport:
    """With a brush that inverts."""
    return paint_video(source, target, paint or (lambda pixels: 255 - pixels), VideoOptions(**options), heard)


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_pictures_become_a_video_at_the_rate_that_is_told(tmp_path):
    source, heard = pictures(tmp_path / "in", range(1001, 1011), "f_%d.png"), Listener()
    report = painted(source, tmp_path / "out.mkv", heard, codec="ffv1", fps=Fraction(24000, 1001))
    written = frames(tmp_path / "out.mkv")
    assert report.frames == len(written) == 10 and report.damage is None and heard.notes == []
    for index, frame in enumerate(written):
        assert np.array_equal(frame.to_ndarray(format="rgb24"), 255 - picture(1001 + index, 48, 64))
    for index, time in enumerate(times(tmp_path / "out.mkv")):
        assert abs(time - index * Fraction(1001, 24000)) <= Fraction(1, 1000)
    assert heard.progress[-1] == (10, 10)


@pytest.mark.parametrize(
    "fps, rate", [(24, Fraction(24)), (23.976, Fraction(2997, 125)), (Fraction(30000, 1001),) * 2]
)
def test_rates_are_exact(tmp_path, fps, rate):
    painted(pictures(tmp_path / "in"), tmp_path / "out.mp4", fps=fps)
    assert times(tmp_path / "out.mp4") == [index / rate for index in range(8)]


def test_without_a_rate_it_is_25_and_that_is_said(tmp_path):
    heard = Listener()
    painted(pictures(tmp_path / "in"), tmp_path / "out.mp4", heard)
    assert times(tmp_path / "out.mp4") == [Fraction(index, 25) for index in range(8)]
    note = next(event for event in heard.events if isinstance(event, Note))
    assert "taken for 25 a second" in note.text and note.remedy == "fps"


@pytest.mark.parametrize("fps", [0, -1, 1001, float("nan"), float("inf")])
def test_rates_that_mean_nothing_are_refused(tmp_path, fps):
    with pytest.raises(LivebrushError, match="fps must be more than 0"):
        painted(pictures(tmp_path / "in"), tmp_path / "out.mp4", fps=fps)


def test_a_video_has_times_of_its_own(tmp_path):
    with pytest.raises(LivebrushError, match="has times of its own") as caught:
        painted(make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", fps=24)
    assert caught.value.remedy == "leave_out" and not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "jpg", "bmp"])
def test_a_video_becomes_pictures(tmp_path, suffix):
    source = make_clip(tmp_path / "in.mkv", Clip(codec="ffv1", pixel_format="bgr0", pts=range(12)))
    heard = Listener()
    report = painted(source, tmp_path / "out" / f"%03d.{suffix}", heard)
    assert (
        names(tmp_path / "out") == [f"{number:03d}.{suffix}" for number in range(1, 13)] and heard.notes == []
    )
    assert (report.frames, report.path) == (12, tmp_path / "out" / f"%03d.{suffix}")
    for index in range(12):
        written, expected = read(tmp_path / "out" / f"{index + 1:03d}.{suffix}"), 255 - picture(index, 48, 64)
        if suffix in ("png", "tif", "bmp"):
            assert np.array_equal(written, expected)
        else:
            assert psnr(written, expected) > 30


def test_what_pictures_cannot_hold_is_noted(tmp_path):
    clip = Clip(audio_starts=(Fraction(0),), sample_aspect_ratio=Fraction(4, 3), pts=[0, 1, 2, 9, 10])
    source, heard = make_clip(tmp_path / "in.mp4", clip), Listener()
    painted(source, tmp_path / "a" / "%d.png", heard)
    assert [
        any(word in note for note in heard.notes) for word in ("audio left out", "4:3", "times vary")
    ] == [True] * 3
    silent = Listener()
    painted(source, tmp_path / "b" / "%d.png", silent, sound="none")
    assert not any("audio" in note for note in silent.notes)


def test_a_rotated_video_gives_upright_pictures(tmp_path):
    source = make_clip(tmp_path / "in.mp4", Clip(rotation=90, pts=range(2)))
    painted(source, tmp_path / "out" / "%d.png")
    assert read(tmp_path / "out" / "1.png").shape == (64, 48, 3)


def test_pictures_keep_their_numbers(tmp_path):
    source, heard = pictures(tmp_path / "in", [7, 8, 10, 11]), Listener()
    painted(source, tmp_path / "out" / "p%02d.tif", heard)
    assert names(tmp_path / "out") == ["p07.tif", "p08.tif", "p10.tif", "p11.tif"]
    assert np.array_equal(read(tmp_path / "out" / "p10.tif"), 255 - picture(10, 48, 64))
    assert heard.notes == ["missing: 9; the picture before a gap lasts until its end"]


def test_a_gap_takes_its_time(tmp_path):
    painted(pictures(tmp_path / "in", [3, 4, 7, 8, 9]), tmp_path / "out.mp4", fps=10)
    assert times(tmp_path / "out.mp4") == [Fraction(n, 10) for n in (0, 1, 4, 5, 6)]


def test_more_gaps_than_pictures_are_no_video(tmp_path):
    with pytest.raises(LivebrushError, match="3 pictures between 1 and 9, more are missing than there"):
        painted(pictures(tmp_path / "in", [1, 5, 9]), tmp_path / "out.mp4")


def test_other_digits_are_pointed_out(tmp_path):
    pictures(tmp_path / "in", name="%04d.png")
    with pytest.raises(LivebrushError, match=r"no such pictures; there is .*%04d\.png"):
        painted(tmp_path / "in" / "%05d.png", tmp_path / "out.mp4")
    with pytest.raises(LivebrushError, match="no such pictures; check the name"):
        painted(tmp_path / "in" / "x%05d.png", tmp_path / "out.mp4")


@pytest.mark.parametrize(
    "start_s, duration_s, expected", [(0.2, None, range(3, 9)), (None, 0.3, range(1, 4)), (0.25, 0.2, [4, 5])]
)
def test_a_part_goes_by_the_times(tmp_path, start_s, duration_s, expected):
    source = pictures(tmp_path / "in")
    options = {"fps": 10, "start_s": start_s, "duration_s": duration_s}
    painted(source, tmp_path / "out" / "%04d.png", **options)
    assert names(tmp_path / "out") == [f"{number:04d}.png" for number in expected]
    painted(source, tmp_path / "out.mp4", **options)
    assert times(tmp_path / "out.mp4") == [Fraction(index, 10) for index in range(len(expected))]


def test_a_part_behind_the_end_is_refused(tmp_path):
    with pytest.raises(LivebrushError, match=r"no picture at or after 2 s, they last 0\.800 s"):
        painted(pictures(tmp_path / "in"), tmp_path / "out.mp4", fps=10, start_s=2)


def test_another_size_is_shown_with_borders(tmp_path):
    source, heard = pictures(tmp_path / "in", range(1, 4)), Listener()
    Image.fromarray(np.full((24, 64, 3), 200, np.uint8)).save(tmp_path / "in" / "0002.png")
    painted(source, tmp_path / "out" / "%d.png", heard, paint=lambda pixels: pixels)
    written = read(tmp_path / "out" / "2.png")
    assert written.shape == (48, 64, 3)
    assert written[:12].max() == 0 and written[36:].max() == 0 and (written[12:36] == 200).all()
    assert heard.notes == ["0002.png is 64x24: shown with borders"]


@pytest.mark.parametrize("size, expected", [(24, (24, 32)), ((30, 30), (30, 30))])
def test_a_size_to_paint_at(tmp_path, size, expected):
    seen = []
    painted(
        pictures(tmp_path / "in", range(1, 4)), tmp_path / "out" / "%d.png",
        paint=lambda pixels: seen.append(pixels.shape[:2]) or pixels, size=size,
    )  # fmt: skip
    assert seen == [expected] * 3 and read(tmp_path / "out" / "1.png").shape[:2] == expected


def with_alpha(folder: Path, numbers=range(1, 4)) -> Path:
    folder.mkdir()
    for number in numbers:
        alpha = np.zeros((48, 64), np.uint8)
        alpha[:, :32] = 255
        Image.fromarray(np.dstack([picture(number, 48, 64), alpha])).save(folder / f"{number}.png")
    return folder / "%d.png"


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_alpha_stays_in_pictures(tmp_path, suffix):
    painted(with_alpha(tmp_path / "in"), tmp_path / "out" / f"%d.{suffix}")
    written = read(tmp_path / "out" / f"2.{suffix}")
    assert written.shape == (48, 64, 4)
    assert (written[:, :32, 3] == 255).all() and (written[:, 32:, 3] == 0).all()
    assert psnr(written[:, :32, :3], 255 - picture(2, 48, 64)[:, :32]) > 30


def test_alpha_stays_in_a_video_that_holds_it(tmp_path):
    painted(with_alpha(tmp_path / "in"), tmp_path / "out.mov", fps=24)
    painted(tmp_path / "out.mov", tmp_path / "again" / "%d.png", paint=lambda pixels: pixels)
    written = read(tmp_path / "again" / "1.png")
    assert written[:, :28, 3].min() > 250 and written[:, 36:, 3].max() < 5


@pytest.mark.parametrize("target", ["out.mp4", "out/%d.jpg"])
def test_where_there_is_no_alpha_pictures_lie_on_black(tmp_path, target):
    seen, heard = [], Listener()
    painted(
        with_alpha(tmp_path / "in"),
        tmp_path / target,
        heard,
        paint=lambda pixels: seen.append(pixels) or pixels,
        fps=9,
    )
    assert seen[0][:, 32:].max() == 0 and seen[0][:, :32].max() > 100
    assert any("holds no alpha: painted over black" in note for note in heard.notes)


def test_later_alpha_is_kept_in_pictures_and_noted(tmp_path):
    source, heard = pictures(tmp_path / "in", range(1, 4), "%d.png"), Listener()
    half = np.dstack([picture(2, 48, 64), np.full((48, 64), 128, np.uint8)])
    Image.fromarray(half).save(tmp_path / "in" / "2.png")
    painted(source, tmp_path / "out.mp4", heard, fps=25)
    assert any("2.png has transparency" in note for note in heard.notes)


def test_sixteen_bits_are_rounded(tmp_path):
    levels = np.linspace(0, 65535, 48 * 64 * 3).reshape(48, 64, 3).astype(np.uint16)
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        cv2.imwrite(str(tmp_path / "in" / f"{number}.png"), levels)
    painted(tmp_path / "in" / "%d.png", tmp_path / "out" / "%d.png", paint=lambda pixels: pixels)
    expected = np.round(levels[..., ::-1] / 257).astype(np.uint8)
    assert np.array_equal(read(tmp_path / "out" / "1.png"), expected)


@pytest.mark.parametrize("bad", [1, 3])
def test_a_damaged_picture_is_left_out_and_reported(tmp_path, bad):
    source = pictures(tmp_path / "in", range(1, 6))
    (tmp_path / "in" / f"{bad:04d}.png").write_bytes(b"nonsense")
    report = painted(source, tmp_path / "out" / "%04d.png")
    assert report.damage and f"{bad:04d}.png: is not a picture" in report.damage and report.frames == 4
    assert f"{bad:04d}.png" not in names(tmp_path / "out")
    report = painted(source, tmp_path / "out.mp4", fps=10)
    first = 2 if bad == 1 else 1
    assert report.damage
    assert times(tmp_path / "out.mp4") == [Fraction(n - first, 10) for n in range(1, 6) if n != bad]


def test_none_that_can_be_read_is_an_error(tmp_path):
    source = pictures(tmp_path / "in", range(1, 3))
    for path in (tmp_path / "in").iterdir():
        path.write_bytes(b"nonsense")
    with pytest.raises(LivebrushError, match=r"0001\.png: is not a picture"):
        painted(source, tmp_path / "out" / "%d.png")
    assert names(tmp_path) == ["in"]


def test_pictures_that_exist_are_not_replaced_unasked(tmp_path):
    source = pictures(tmp_path / "in", range(1, 4))
    pictures(tmp_path / "out", [2])
    before = (tmp_path / "out" / "0002.png").read_bytes()
    with pytest.raises(LivebrushError, match=r"0002\.png exists") as caught:
        painted(source, tmp_path / "out" / "%04d.png")
    assert caught.value.remedy == "resume_or_anew" and (tmp_path / "out" / "0002.png").read_bytes() == before
    painted(source, tmp_path / "out" / "%04d.png", overwrite=True)
    assert np.array_equal(read(tmp_path / "out" / "0002.png"), 255 - picture(2, 48, 64))
    assert names(tmp_path / "out") == ["0001.png", "0002.png", "0003.png"]


def test_numbers_that_another_run_has_left_are_told(tmp_path):
    pictures(tmp_path / "out", range(1, 9))
    heard = Listener()
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(3)))
    painted(source, tmp_path / "out" / "%04d.png", heard, overwrite=True)
    assert heard.notes == ["%04d.png: 5 with other numbers are there, from 4 on: left as they are"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_inputs_are_never_written_over(tmp_path, overwrite):
    source = pictures(tmp_path / "in")
    before = {path.name: path.read_bytes() for path in (tmp_path / "in").iterdir()}
    with pytest.raises(LivebrushError, match="is an input, which is never changed"):
        painted(source, tmp_path / "in" / ".." / "in" / "%04d.png", overwrite=overwrite)
    assert {path.name: path.read_bytes() for path in (tmp_path / "in").iterdir()} == before


@pytest.mark.parametrize("field, value", [("codec", "h264"), ("crf", 10), ("pixel_format", "yuv444p")])
def test_what_encoders_are_told_is_refused(tmp_path, field, value):
    with pytest.raises(LivebrushError, match="numbered pictures have no"):
        painted(make_clip(tmp_path / "in.mp4"), tmp_path / "out" / "%d.png", **{field: value})


def test_a_folder_below_none_is_not_made(tmp_path):
    with pytest.raises(LivebrushError, match="does not exist; create it first"):
        painted(make_clip(tmp_path / "in.mp4"), tmp_path / "no" / "folder" / "%d.png")


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(LivebrushError, match="is a file, expected a folder"):
        painted(make_clip(tmp_path / "in.mp4"), tmp_path / "out" / "%d.png")


@pytest.mark.skipif(sys.platform == "win32", reason="locks of files are Unix")
def test_a_run_that_another_one_paints_is_left_to_it(tmp_path):
    source, target = pictures(tmp_path / "in", range(1, 31)), tmp_path / "out" / "%04d.png"
    refused = []

    def paint(pixels: np.ndarray) -> np.ndarray:
        if not refused:
            with pytest.raises(LivebrushError, match="is being painted by another run") as caught:
                painted(source, target, resume=True)
            refused.append(caught.value.code)
        return pixels

    painted(source, target, paint=paint)
    assert refused == ["in_use"] and len(names(tmp_path / "out")) == 30


@pytest.mark.usefixtures("no_thread_stays")
def test_no_thread_stays(tmp_path):
    with pytest.raises(Interrupted):
        painted(pictures(tmp_path / "in"), tmp_path / "out" / "%04d.png", paint=stopping_after(3))
    painted(tmp_path / "in" / "%04d.png", tmp_path / "out" / "%04d.png", resume=True)


def stopping_after(count: int):
    """A brush that the user stops."""
    seen: list[int] = []

    def paint(pixels: np.ndarray) -> np.ndarray:
        if len(seen) == count:
            raise KeyboardInterrupt
        seen.append(1)
        return 255 - pixels

    return paint


@pytest.mark.parametrize("kind", ["video", "pictures"])
def test_what_was_stopped_is_gone_on_with(tmp_path, kind):
    clip = Clip(codec="ffv1", pixel_format="bgr0", pts=range(8))
    source = pictures(tmp_path / "in") if kind == "pictures" else make_clip(tmp_path / "in.mkv", clip)
    target = tmp_path / "out" / "%04d.png"
    with pytest.raises(Interrupted) as caught:
        painted(source, target, paint=stopping_after(5))
    written = [name for name in names(tmp_path / "out") if name.endswith(".png")]
    assert caught.value.path == target and caught.value.frames == len(written) >= 1
    assert [name for name in names(tmp_path / "out") if not name.endswith(".png")] == ["%04d.png.resume"]
    (tmp_path / "out" / written[0]).unlink()
    (tmp_path / "out" / ".livebrush-half").mkdir()  # of a writer that was killed
    kept = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in written[1:]}
    seen, heard = [], Listener()
    report = painted(source, target, heard, lambda pixels: seen.append(1) or 255 - pixels, resume=True)
    assert f"{len(kept)} pictures are painted already" in heard.notes
    assert len(seen) == 8 - len(kept) and report.frames == 8
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in kept} == kept
    assert names(tmp_path / "out") == [f"{number:04d}.png" for number in range(1, 9)]
    first = 1 if kind == "pictures" else 0
    for number in range(8):
        written_picture = read(tmp_path / "out" / f"{number + 1:04d}.png")
        assert np.array_equal(written_picture, 255 - picture(first + number, 48, 64))


def test_a_painter_that_remembers_sees_what_comes_before_a_gap(tmp_path):
    source, target = pictures(tmp_path / "in"), tmp_path / "out" / "%04d.png"
    painted(source, target)
    (tmp_path / "out" / "0006.png").unlink()
    seen: list[np.ndarray] = []
    paint_video(
        source, target, lambda p: seen.append(p) or 255 - p, VideoOptions(resume=True), None, 1, warm_up=2
    )
    assert all(np.array_equal(p, picture(n, 48, 64)) for p, n in zip(seen, (4, 5, 6), strict=True))


def test_another_painting_is_not_gone_on_with(tmp_path):
    source, target = pictures(tmp_path / "in"), tmp_path / "out" / "%04d.png"
    with pytest.raises(Interrupted):
        painted(source, target, paint=stopping_after(5), painting="waves")
    with pytest.raises(LivebrushError, match="is of a run with another painting"):
        painted(source, target, resume=True, painting="stars")
    painted(source, target, overwrite=True, painting="stars")
    assert not list((tmp_path / "out").glob("*.resume"))


def test_what_was_to_be_replaced_is_not_taken_for_painted(tmp_path):
    source, target, seen = pictures(tmp_path / "in"), tmp_path / "out" / "%04d.png", []
    painted(source, target, paint=lambda pixels: pixels, painting="old")
    for path in (tmp_path / "out").iterdir():
        os.utime(path, (1e9, 1e9))
    with pytest.raises(Interrupted):
        painted(source, target, paint=stopping_after(5), overwrite=True, painting="new")
    with pytest.raises(LivebrushError, match="another painting"):
        painted(source, target, resume=True, painting="old")
    painted(
        source, target, paint=lambda pixels: seen.append(1) or 255 - pixels, resume=True, painting="new"
    )  # fmt: skip
    assert 3 <= len(seen) < 8
    for number in range(1, 9):
        assert np.array_equal(read(tmp_path / "out" / f"{number:04d}.png"), 255 - picture(number, 48, 64))


def test_what_was_there_before_counts_through_a_stop(tmp_path):
    source, target, seen = pictures(tmp_path / "in", range(1, 4)), tmp_path / "out" / "%04d.png", []
    painted(source, target)
    pictures(tmp_path / "in", range(4, 13))
    with pytest.raises(Interrupted):
        painted(source, target, paint=stopping_after(4), resume=True)
    left = 12 - len(list((tmp_path / "out").glob("*.png")))
    painted(source, target, paint=lambda pixels: seen.append(1) or pixels, resume=True)
    assert len(seen) == left < 9


def test_new_pictures_of_a_sequence_are_all_that_is_painted(tmp_path):
    source, target, seen = pictures(tmp_path / "in", range(1, 4)), tmp_path / "out" / "%04d.png", []
    painted(source, target)
    pictures(tmp_path / "in", range(4, 7))
    painted(source, target, paint=lambda pixels: seen.append(1) or pixels, resume=True)
    assert len(seen) == 3 and len(names(tmp_path / "out")) == 6


def test_a_stopped_video_of_pictures_is_gone_on_with(tmp_path):
    source, target = pictures(tmp_path / "in", range(1, 61)), tmp_path / "out.mkv"
    with pytest.raises(Interrupted):
        painted(source, target, paint=stopping_after(40), codec="ffv1", fps=24)
    seen = []
    painted(source, target, paint=lambda p: seen.append(1) or 255 - p, codec="ffv1", fps=24, resume=True)
    assert len(frames(target)) == 60 and len(seen) < 60
    with pytest.raises(Interrupted):
        painted(source, tmp_path / "b.mkv", paint=stopping_after(40), codec="ffv1", fps=24)
    with pytest.raises(LivebrushError, match="another fps"):
        painted(source, tmp_path / "b.mkv", codec="ffv1", fps=25, resume=True)


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix")
def test_a_picture_that_cannot_be_written_ends_the_run(tmp_path):
    """The disk is full at the third: what is there stays, nothing is half written."""
    source = make_clip(tmp_path / "in.mkv", Clip(codec="ffv1", pixel_format="bgr0", pts=range(6)))
    code = f"""
        import resource
        import numpy as np
        from livebrush.models.errors import LivebrushError
        from livebrush.realtime.video.options import VideoOptions
        from livebrush.realtime.video.stylize import paint_video
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        seen = []
        noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
        try:
            paint_video({str(source)!r}, {str(tmp_path / "out" / "%d.png")!r},
                        lambda p: seen.append(1) or (noise if len(seen) == 3 else np.zeros_like(p)))
        except LivebrushError as error:
            print(error.code, error.remedy, error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("disk_full go_on") and "what is painted is in" in run.stdout
    written = names(tmp_path / "out")
    assert "1.png" in written and "3.png" not in written and not any(name.startswith(".") for name in written)
    assert read(tmp_path / "out" / "1.png").shape == (48, 64, 3)


def test_the_door_takes_them(tmp_path, tiny_model, monkeypatch):
    pictures(tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    report = livebrush.stylize_video("in/%04d.png", "out.mkv", style=str(tiny_model), codec="ffv1", fps=24)
    written = frames(tmp_path / "out.mkv")
    assert report.frames == 8
    assert np.array_equal(written[0].to_ndarray(format="rgb24"), 255 - picture(1, 48, 64))
    livebrush.stylize_video("out.mkv", "back/%04d.png", style=str(tiny_model))
    assert np.array_equal(read(tmp_path / "back" / "0008.png"), picture(8, 48, 64))
    (report,) = livebrush.stylize_videos("in", "videos/", style=str(tiny_model))
    assert report.path == Path("videos/in_invert.mp4")
    assert livebrush.stylize_videos("videos/*", "back/%04d.png", style=str(tiny_model), skip=True) == []
    with pytest.raises(LivebrushError, match="names the pictures of one video, got 2"):
        livebrush.stylize_videos(["in", "out.mkv"], "all/%d.png", style=str(tiny_model))


def test_the_command(tmp_path, tiny_model):
    pictures(tmp_path / "in", range(1, 30))
    command = [
        sys.executable,
        "-m",
        "livebrush",
        "video",
        "in/%04d.png",
        "-s",
        str(tiny_model),
        "--progress",
        "none",
    ]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], cwd=tmp_path, env=os.environ, capture_output=True, text=True)

    assert run("-o", "out/%04d.png").returncode == 0 and len(names(tmp_path / "out")) == 29
    again = run("-o", "out/%04d.png")
    assert again.returncode == 1 and "--resume" in again.stderr and "-y" in again.stderr
    kept = run("-o", "out/%04d.png", "-n")
    assert kept.returncode == 0 and "left alone" in kept.stderr
    refused = run("-o", "x.mp4", "--fps", "0")
    assert refused.returncode == 2 and "is not a rate" in refused.stderr
    default = run()
    assert default.returncode == 0 and (tmp_path / "in_invert.mp4").exists() and "--fps" in default.stderr
    piped = subprocess.run(
        [*command, "-o", "-", "--fps", "10"], cwd=tmp_path, capture_output=True, check=True
    )
    (tmp_path / "piped.mkv").write_bytes(piped.stdout)
    assert len(times(tmp_path / "piped.mkv")) == 29
    with av.open(str(tmp_path / "piped.mkv")) as video:
        assert video.streams.video[0].average_rate == 10
