"""`livebrush look`, and what it makes, from photo to painted frames."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.catalogue import find_style
from livebrush.models.regions import COLOURS
from livebrush.realtime.cli import run
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.looks.fitted_table import looked_up


@pytest.fixture
def red_photo(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    pixels = random.normal((150, 60, 40), (40, 20, 10), (90, 120, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "red.png")
    return tmp_path / "red.png"


def scene(height: int = 96, width: int = 130) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 12, (height, width, 3))
    return (np.stack([columns, rows + 60, 200 - rows], 2) + noise).clip(0, 255).astype(np.uint8)


def test_a_look_gives_frames_the_colours_of_its_photo(red_photo: Path, tmp_path: Path) -> None:
    assert (
        run(
            [
                "look",
                str(red_photo),
                "-o",
                str(tmp_path / "red.onnx"),
                "--title",
                "Red",
                "--looks-like",
                "all red",
            ]
        )
        == 0
    )
    choice = find_style(str(tmp_path / "red.onnx"))
    assert (choice.model.metadata.kind, choice.model.metadata.styles[0].title) == ("photo", "Red")
    assert choice.model.metadata.styles[0].looks_like == "all red"
    painted = LoadedStyle(choice, "cpu")(scene())
    np.testing.assert_allclose(painted.mean((0, 1)), (150, 60, 40), atol=14)


def test_edges_stay_where_the_frame_has_them(red_photo: Path, tmp_path: Path) -> None:
    run(["look", str(red_photo), "-o", str(tmp_path / "red.onnx")])
    frame = scene()
    painted = LoadedStyle(find_style(str(tmp_path / "red.onnx")), "cpu")(frame)
    luma = np.array([0.299, 0.587, 0.114])
    before, after = (np.diff(picture @ luma, axis=1).ravel() for picture in (frame, painted))
    assert np.corrcoef(before, after)[0, 1] > 0.9


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 300), (1, 40), (301, 5)])
def test_every_size_is_painted(red_photo: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    run(["look", str(red_photo), "-o", str(tmp_path / "red.onnx")])
    session = LoadedStyle(find_style(str(tmp_path / "red.onnx")), "cpu")
    assert session(np.full((*size, 3), 90, np.uint8)).shape == (*size, 3)


def look_of_two_halves(folder: Path, *options: str) -> LoadedStyle:
    """Of a photo that is red above and blue below, drawn as sky and road."""
    pixels, drawn = np.zeros((2, 64, 64, 3), np.uint8)
    pixels[:32], pixels[32:] = (250, 40, 40), (40, 40, 250)
    pixels += np.random.default_rng(0).integers(0, 6, pixels.shape, dtype=np.uint8)
    drawn[:32], drawn[32:] = COLOURS[0], COLOURS[4]
    style, masks, output = (folder / name for name in ("style.png", "masks.png", "two.onnx"))
    Image.fromarray(pixels).save(style)
    Image.fromarray(drawn).save(masks)
    assert run(["look", str(style), "--masks", str(masks), "-o", str(output), "-y", *options]) == 0
    return LoadedStyle(find_style(str(output)), "cpu")


def road_and_sky() -> np.ndarray:
    """Masks of a frame's left and right half."""
    masks = np.zeros((8, 8, 10), np.uint8)
    masks[:, :4, 4], masks[:, 4:, 0] = 255, 255
    return masks


def test_drawn_masks_say_which_colours_are_the_skys(tmp_path: Path) -> None:
    painted = look_of_two_halves(tmp_path)(scene(64, 64), masks=road_and_sky()).astype(int)
    road, sky = painted[:, :28], painted[:, 36:]
    assert (road[..., 2] - road[..., 0]).mean() > 100
    assert (sky[..., 0] - sky[..., 2]).mean() > 100


@pytest.mark.parametrize(("persons", "share"), [("0", 0.0), ("0.5", 0.5), ("1", 1.0)])
def test_persons_go_as_far_as_they_are_told(
    persons: str, share: float, red_photo: Path, tmp_path: Path
) -> None:
    output, drawn = tmp_path / "red.onnx", tmp_path / "masks.png"
    Image.new("RGB", (120, 90), COLOURS[0]).save(drawn)  # sky, and nobody in it
    assert run(["look", str(red_photo), "--masks", str(drawn), "-o", str(output), "--persons", persons]) == 0
    masks = np.zeros((8, 8, 10), np.uint8)
    masks[..., 7] = 255
    frame = scene()
    painted = LoadedStyle(find_style(str(output)), "cpu")(frame, masks=masks)
    luma = np.array([0.299, 0.587, 0.114])
    before, after = frame.mean((0, 1)) @ luma, painted.mean((0, 1)) @ luma
    np.testing.assert_allclose(after, before + share * ((150, 60, 40) @ luma - before), atol=3)
    if share == 0:
        np.testing.assert_allclose(painted, frame, atol=1)


def test_without_regions_the_whole_frame_is_treated_alike(tmp_path: Path) -> None:
    frame, masks = scene(64, 64), road_and_sky()
    apart = []
    for regions in ("0", "0.5", "1"):
        session = look_of_two_halves(tmp_path, "--regions", regions)
        with_masks = session(frame, masks=masks).astype(int)
        session.reset()
        apart.append(np.abs(with_masks - session(frame, masks=masks[:, ::-1])).mean())
    assert apart[0] < 1 < 0.3 * apart[2] < apart[1] < 0.7 * apart[2]


def test_a_table_of_colours_alone_leaves_the_look_that_is_there(
    red_photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "red.onnx").write_text("a look")
    assert run(["look", str(red_photo), "--cube", "red.cube"]) == 0
    assert (tmp_path / "red.cube").read_text().startswith('TITLE "red"')
    assert (tmp_path / "red.onnx").read_text() == "a look"
    assert "--like" in capsys.readouterr().err


def test_a_table_of_colours_comes_too(red_photo: Path, tmp_path: Path) -> None:
    frame = tmp_path / "frame.png"
    Image.fromarray(scene()).save(frame)
    table = tmp_path / "red.cube"
    arguments = [
        "look",
        str(red_photo),
        "-o",
        str(tmp_path / "red.onnx"),
        "--cube",
        str(table),
        "--like",
        str(frame),
    ]
    assert run(arguments) == 0
    rows = table.read_text().splitlines()[2:]
    colours = np.array([[float(value) for value in row.split()] for row in rows]).reshape(33, 33, 33, 3)
    look = LoadedStyle(find_style(str(tmp_path / "red.onnx")), "cpu")(scene()) / 255
    by_table = looked_up(colours, scene().reshape(-1, 3) / 255).reshape(look.shape)
    assert np.abs(by_table - look).mean() < 0.25 * np.abs(scene() / 255 - look).mean()


@pytest.mark.parametrize(
    ("colour", "said"),
    [((0, 0, 0), "black"), ((128, 128, 128), "flat"), ((255, 255, 255), "white"), ((9, 90, 9), "flat")],
)
def test_a_poor_photo_makes_a_look_and_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], colour: tuple[int, int, int], said: str
) -> None:
    Image.new("RGB", (40, 30), colour).save(tmp_path / "flat.png")
    assert run(["look", str(tmp_path / "flat.png"), "-o", str(tmp_path / "flat.onnx")]) == 0
    assert said in capsys.readouterr().err
    painted = LoadedStyle(find_style(str(tmp_path / "flat.onnx")), "cpu")(scene())
    assert np.abs(painted.mean((0, 1)) - colour).max() < 25


def test_a_grey_photo_makes_black_and_white(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert run(["look", str(tmp_path / "grey.png"), "-o", str(tmp_path / "grey.onnx")]) == 0
    assert "black and white" in capsys.readouterr().err
    frame = scene()
    painted = LoadedStyle(find_style(str(tmp_path / "grey.onnx")), "cpu")(frame)
    before, after = ((picture.max(2).astype(int) - picture.min(2)).mean() for picture in (frame, painted))
    assert after < 0.25 * before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.png"], "missing.png"),
        (["red.png", "-o", "look.png"], "must be named .onnx"),
        (["red.png", "--like", "red.png"], "name the table with --cube"),
        (["red.png", "-o", "taken.onnx"], "exists"),
        (["red.png", "-o", "nowhere/a.onnx"], "nowhere"),
        (["red.png", "--cube", "red.png", "-y"], "must be named .cube"),
        (["red.png", "--cube", "t.cube", "--masks", "red.png"], "knows no regions"),
        (["red.png", "-o", "a.onnx", "--cube", "t.cube", "--like", "t.cube", "-y"], "is an input"),
        (["red.png", "-o", "a.onnx", "--masks", "a.onnx", "-y"], "is an input"),
        (["red.png", "-o", "a.onnx", "--cube", "nowhere/t.cube"], "nowhere"),
        (["red.png", "-o", "a.onnx", "--cube", "t.cube", "--like", "missing.png"], "missing.png"),
        (["red.png", "-o", "a.onnx", "--masks", "red.png"], "has other colours than"),
        (["red.png", "-o", "a.onnx", "--masks", "tall.png"], "have another shape than"),
    ],
)
def test_mistakes_are_told_in_one_line(
    red_photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("taken.onnx").touch()
    Image.new("RGB", (20, 60)).save("tall.png")
    assert run(["look", *arguments]) != 0
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert Path("taken.onnx").stat().st_size == 0
    assert not Path("a.onnx").exists(), "nothing is written before all is checked"


def test_it_needs_no_torch(red_photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(["look", str(red_photo), "-o", str(tmp_path / "red.onnx")]) == 0
