"""One picture in many styles: what is on the sheet, and what is said."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Started
from livebrush.realtime import cli
from livebrush.realtime.pictures.contact_sheet import contact_sheet
from livebrush.realtime.style_sheet import paint_style_sheet
from tests.listener import Listener
from tests.tiny_models import write_blend_model


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.new("RGB", (80, 60), (10, 20, 30)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_every_style_is_on_the_sheet(tmp_path: Path, tiny_model: Path, photo: Path) -> None:
    write_blend_model(tmp_path / "two.onnx", "dark", "light")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"x")
    two = tmp_path / "two.onnx"
    styles = [str(tiny_model), f"{two}:dark", str(broken), f"{two}:light"]
    heard = Listener()
    sheet = paint_style_sheet(photo, tmp_path / "sheet.png", styles, device="cpu", on_event=heard)
    pixels = np.asarray(Image.open(sheet))
    for colour in ((10, 20, 30), (245, 235, 225), (0, 0, 0), (200, 200, 200)):
        share = (np.abs(pixels.astype(int) - colour).max(2) < 2).mean()
        assert share > 0.13, colour
    assert heard.events[0] == Started("photo.png", "style", 4) and heard.progress[-1] == (4, 4)
    assert len(heard.notes) == 1 and "broken.onnx is left out" in heard.notes[0]
    assert isinstance(heard.events[-1], Finished) and heard.events[-1].values == {"style": 3}


def test_the_sheet_goes_beside_the_photo_and_replaces_nothing(
    tiny_model: Path, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["styles", str(tiny_model), "--on", str(photo)]
    assert cli.run(command) == 0
    told = capsys.readouterr()
    sheet = photo.with_name("photo_styles.png")
    assert told.out.strip() == str(sheet) and sheet.is_file()
    assert cli.run(command) == 1 and "-y" in capsys.readouterr().err
    assert cli.run([*command, "-y"]) == 0
    assert cli.run([*command, "--json"]) == 2 and cli.run(["styles", "-o", "x.png"]) == 2


def test_a_sheet_that_cannot_be_is_said_before_anything_is_painted(tmp_path: Path, photo: Path) -> None:
    for target, words in (
        (tmp_path / "x.gif", "suffix"),
        (photo, "is an input"),
        (tmp_path / "n" / "x.png", "folder"),
    ):
        with pytest.raises(LivebrushError, match=words):
            paint_style_sheet(photo, target, ["starry_night"], overwrite=True)
    with pytest.raises(LivebrushError, match="no style could paint it"):
        paint_style_sheet(photo, tmp_path / "x.png", ["no_such_style"])


def test_pictures_keep_their_shape_and_long_names_their_cell() -> None:
    pictures = [("a" * 200, np.full((30, 60, 3), level, np.uint8)) for level in (0, 90, 180, 220)]
    sheet = contact_sheet(pictures, columns=3, cell_width=120)
    rows = np.flatnonzero((sheet == 90).all(2).any(1))
    columns = np.flatnonzero((sheet == 90).all(2).any(0))
    assert abs(len(rows) - 60) <= 1 and abs(len(columns) - 120) <= 1
    gap = sheet[:, 12 + 120 : 12 + 120 + 12]
    assert (gap == 255).all()  # no name runs into its neighbour
    assert sheet.shape[1] == 12 + 3 * 132 and sheet.shape[0] > 2 * 60
