"""`--only`, `--except` and styles of regions as a user meets them: pictures, videos, live."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.realtime import cli
from livebrush.realtime.live.commands import COMMANDS
from tests.realtime.live.styles import write_grey
from tests.realtime.person_nets import RED

PERSON, ROOM = (slice(80, 110), slice(70, 110)), (slice(80, 110), slice(0, 30))
"""places well inside, of a person from column 50 to 130"""


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, person_net: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "signal.signal", lambda *_: None
    )  # the command's SIGTERM handler would outlive the test


@pytest.fixture
def dark(tmp_path: Path) -> str:
    return write_grey(tmp_path / "dark.onnx", 20).name


@pytest.fixture
def light(tmp_path: Path) -> str:
    return write_grey(tmp_path / "light.onnx", 220).name


def scene(left: int = 50, level: int = 90) -> np.ndarray:
    frame = np.full((120, 160, 3), level, np.uint8)
    frame[30:, left : left + 80] = RED
    return frame


def write(name: str, pixels: np.ndarray) -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(name)
    return name


def read(name: str | Path) -> np.ndarray:
    with Image.open(name) as image:
        return np.array(image.convert("RGB"))


def test_a_picture_whose_person_is_painted(dark: str) -> None:
    frame = scene()
    assert cli.run(["image", write("a.png", frame), "--only", "person", "-s", dark]) == 0
    painted = read("a_person_dark.png")
    assert (painted[PERSON] == 20).all()
    np.testing.assert_array_equal(painted[ROOM], frame[ROOM])


def test_a_picture_whose_person_is_not_painted(dark: str) -> None:
    frame = scene()
    assert cli.run(["image", write("a.png", frame), "--except", "person", "-s", dark, "-o", "b.png"]) == 0
    painted = read("b.png")
    assert (painted[ROOM] == 20).all()
    np.testing.assert_array_equal(painted[PERSON], frame[PERSON])


def test_a_picture_in_two_styles(dark: str, light: str) -> None:
    assert cli.run(["image", write("a.png", scene()), "-s", f"person={dark},other={light}"]) == 0
    painted = read("a_person_dark_other_light.png")
    assert (painted[PERSON] == 20).all() and (painted[ROOM] == 220).all()


def test_pictures_that_are_painted_again_leave_paintings_out(dark: str) -> None:
    write("in/a.png", scene())
    for _ in range(2):
        assert cli.run(["image", "in", "--only", "person", "-s", dark, "-y"]) == 0
    assert sorted(path.name for path in Path("in").iterdir()) == ["a.png", "a_person_dark.png"]


def test_a_video_with_a_cut(dark: str, light: str) -> None:
    """Numbered pictures are kept to the level; the person walks, and after a cut stands elsewhere."""
    frames = [scene(2 * step) for step in range(5)] + [scene(80, 200) for _ in range(4)]
    for number, frame in enumerate(frames):
        write(f"frames/{number:02}.png", frame)
    command = ["video", "frames/%02d.png", "-s", f"person={dark},other={light}", "-o", "out/%02d.png"]
    assert cli.run(command) == 0
    for number, frame in enumerate(frames):
        painted = read(f"out/{number:02}.png")[40:110, :, 0]
        person = frame[40:110, :, 0] == RED[0]
        wrong = (painted < 120) != person
        assert wrong.mean() < 0.03, number  # a column or two while it walks


def test_a_video_without_a_person_is_left_as_it_is(dark: str) -> None:
    room = np.full((120, 160, 3), 90, np.uint8)
    for number in range(3):
        write(f"frames/{number}.png", room)
    assert cli.run(["video", "frames/%d.png", "--only", "person", "-s", dark, "-o", "out/%d.png"]) == 0
    for number in range(3):
        np.testing.assert_array_equal(read(f"out/{number}.png"), room)


def test_what_is_painted_counts_for_resuming(dark: str) -> None:
    from livebrush.realtime.engine.finish import Finish
    from livebrush.realtime.made.asked import find_styles
    from livebrush.realtime.video_style import painting_of

    told = {painting_of(find_styles(dark, only), Finish()) for only in ("all", "person", "other")}
    assert len(told) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "person", "--except", "person"], "--only and --except exclude each other"),
        (["--only", "sky"], "'sky' is not one of 'person', 'other'"),
    ],
)
@pytest.mark.parametrize("command", ["image", "video", "live"])
def test_options_that_make_no_sense(
    command: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["--test-pattern", "--no-window"] if command == "live" else ["a.png"]
    assert cli.run([command, *source, *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["image", "video", "live"])
def test_a_region_that_nobody_knows(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = ["--test-pattern", "--no-window"] if command == "live" else [write("a.png", scene())]
    assert cli.run([command, *source, "-s", "sky=great_wave"]) == 1
    told = capsys.readouterr().err
    assert "no region is called 'sky': there are person, other" in told and "Traceback" not in told


@pytest.mark.parametrize("command", ["image", "video", "live"])
def test_a_net_that_is_missing(
    command: str, dark: str, person_net: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person_net.unlink()
    source = ["--test-pattern", "--no-window"] if command == "live" else [write("a.png", scene())]
    assert cli.run([command, *source, "-s", dark, "--only", "person"]) == 1
    told = capsys.readouterr().err
    assert "the region net" in told and "does not exist" in told and "Traceback" not in told


def test_live_with_a_control_script(dark: str, light: str) -> None:
    for number in range(4):
        write(f"frames/{number}.png", scene())
    livebrush.stylize_video("frames/%d.png", "clip.mkv", dark, codec="ffv1", strength=0, fps=20)
    with livebrush.live(
        "clip.mkv", [f"person={dark},other={light}", dark], device="cpu", only="person", net_size="full", loop=True,
        crossfade_s=0,
    ) as session:  # fmt: skip
        frames = session.frames()
        painted = next(frames)
        assert painted[PERSON].max() <= 21 and abs(int(painted[ROOM].mean()) - 90) <= 3
        state = session.answer({"command": "only"})
        assert state["only"] == "other" and state["style"] == "person=dark,other=light"
        assert session.answer({"command": "only", "value": "all"})["only"] == "all"
        while painted[ROOM].mean() < 215 or painted[PERSON].mean() > 25:
            painted = next(frames)
        with pytest.raises(LivebrushError, match="only is 'face': it must be person, other, all"):
            session.answer({"command": "only", "value": "face"})


def test_live_refuses_an_unknown_region(dark: str) -> None:
    with pytest.raises(LivebrushError, match="no region is called 'face'"):
        livebrush.live("test-pattern", dark, device="cpu", only="face")


def test_the_key_of_the_table() -> None:
    (key,) = COMMANDS["only"].keys
    assert key.keys == ("p",)
    assert json.dumps(COMMANDS["only"].value.schema()) == '{"enum": ["person", "other", "all", null]}'
