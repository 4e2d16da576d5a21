"""Painting many stills, and what happens when one fails."""

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Failed, Finished, Note, Preview, Progress, Started
from livebrush.realtime.input_files import expand_inputs, without_paintings
from livebrush.realtime.pictures.jobs import PICTURES, paint_pictures
from livebrush.realtime.pictures.picture import read_picture
from tests.listener import Listener
from tests.realtime.pictures.stills import photo, photos, plan_of


def inverted(pixels: np.ndarray) -> np.ndarray:
    return 255 - pixels


@pytest.mark.parametrize("output", ["out/", "out", "out.d/"])
def test_a_folder_is_created_with_the_first_painting(tmp_path, output):
    plan = plan_of([photo(tmp_path / "a.jpg")], f"{tmp_path}/{output}", "wave")
    assert plan == [(tmp_path / "a.jpg", tmp_path / output / "a_wave.png")]
    assert not (tmp_path / output).exists()
    paint_pictures(plan, lambda pixels: pixels)
    assert [path.name for path in (tmp_path / output).iterdir()] == ["a_wave.png"]


def test_a_folder_of_pairs_can_be_painted_again(tmp_path):
    inputs = photos(tmp_path, "a.jpg", "a.png", "b.jpg")
    plan = plan_of(inputs, None, "wave")
    paint_pictures(plan, lambda pixels: pixels)
    assert without_paintings(expand_inputs([tmp_path], PICTURES), "wave") == inputs


def test_a_link_stays_a_link(tmp_path):
    source = photo(tmp_path / "a.jpg")
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    paint_pictures([(source, tmp_path / "link.png")], lambda pixels: pixels)
    assert (tmp_path / "link.png").is_symlink() and read_picture(tmp_path / "real.png").pixels.size


def test_names_are_shortened_to_what_a_file_system_takes(tmp_path):
    source = photo(tmp_path / f"{'漢' * 80}.jpg")
    plan = plan_of([source], None, "composition_vii")
    paint_pictures(plan, lambda pixels: pixels)
    name = plan[0][1].name
    assert name.endswith("漢_composition_vii.png") and 250 < len(name.encode()) <= 255


def test_paints_a_plan_and_tells_of_each(tmp_path):
    sources = [photo(tmp_path / "a.jpg", "black"), photo(tmp_path / "b.png", "white")]
    plan = plan_of(sources, tmp_path / "out", "wave")
    heard = Listener()
    paint_pictures(plan, inverted, heard)
    assert heard.events[:-1] == [
        Started("2 pictures", "picture", 2),
        Preview(plan[0][1]), Progress(1, 2), Preview(plan[1][1]), Progress(2, 2),
    ]  # fmt: skip
    last = heard.events[-1]
    assert isinstance(last, Finished) and (last.path, last.values["picture"]) == (tmp_path / "out", 2)
    assert read_picture(plan[0][1]).pixels.min() == 255
    assert read_picture(plan[1][1]).pixels.max() == 0


def test_notes_of_reading_and_writing_are_told_with_the_picture_s_name(tmp_path):
    frames = [Image.new("RGBA", (8, 8), (0, 0, 0, 0)), Image.new("RGBA", (8, 8), "red")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    heard = Listener()
    paint_pictures([(tmp_path / "a.gif", tmp_path / "b.jpg")], inverted, heard)
    assert heard.notes == [
        "a.gif: it moves: only the first frame is taken", "a.gif: JPEG holds no alpha: painted over white",
    ]  # fmt: skip
    assert heard.events[0] == Started("a.gif", "picture", 1)
    note = heard.events[1]
    assert isinstance(note, Note) and note.remedy == "paint_video"


def test_one_bad_picture_does_not_stop_the_others(tmp_path):
    sources = photos(tmp_path, "a.png", "b.png", "c.png", "d.png")
    sources[1].write_text("no picture")
    sources[2].unlink()
    plan = [(source, tmp_path / f"{source.stem}_wave.png") for source in sources]
    heard = Listener()
    with pytest.raises(LivebrushError, match=r"^2 of 4 pictures failed: .*b\.png.*; .*c\.png") as caught:
        paint_pictures(plan, inverted, heard)
    assert [event.path.name for event in heard.events if isinstance(event, Preview)] == [
        "a_wave.png",
        "d_wave.png",
    ]
    assert heard.events[-1] == Failed("failed", str(caught.value)) and "\n" not in str(caught.value)
    with pytest.raises(LivebrushError, match=r"b\.png: is not a picture") as caught:
        paint_pictures(plan[1:2], inverted)
    assert caught.value.code == "unreadable"


@pytest.mark.parametrize("error", [LivebrushError("the net is too small"), MemoryError()])
def test_a_picture_that_cannot_be_painted_is_named(tmp_path, error):
    def fail(_: np.ndarray) -> np.ndarray:
        raise error

    plan = [(photo(tmp_path / "a.png"), tmp_path / "b.png")]
    with pytest.raises(LivebrushError, match=r"a\.png: (the net|painting 4x6)"):
        paint_pictures(plan, fail)


def test_ctrl_c_leaves_what_is_finished(tmp_path):
    plan = plan_of(photos(tmp_path, "a.png", "b.png"), tmp_path / "out", "wave")

    def stop_at_second(pixels: np.ndarray) -> np.ndarray:
        if plan[0][1].exists():
            raise KeyboardInterrupt
        return pixels

    with pytest.raises(KeyboardInterrupt):
        paint_pictures(plan, stop_at_second)
    assert list((tmp_path / "out").iterdir()) == [plan[0][1]]


def test_a_link_that_leads_back_to_itself_is_a_clear_error(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(LivebrushError, match="leads back to itself"):
        paint_pictures([(photo(tmp_path / "b.jpg"), tmp_path / "a.png")], inverted)
