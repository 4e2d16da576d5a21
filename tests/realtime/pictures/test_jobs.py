"""Painting many stills: which inputs, under which names, and what happens when one fails."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Failed, Finished, Note, Preview, Progress, Started
from livebrush.realtime.pictures.jobs import paint_pictures
from livebrush.realtime.pictures.picture import read_picture
from livebrush.realtime.pictures.plan import expand_inputs, plan_outputs, without_paintings
from tests.listener import Listener


def photo(path: Path, colour: str = "gray") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), colour).save(path)
    return path


def photos(folder: Path, *names: str) -> list[Path]:
    return [photo(folder / name) for name in names]


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def inverted(pixels: np.ndarray) -> np.ndarray:
    return 255 - pixels


def test_wildcards_are_expanded_in_natural_order(tmp_path):
    photos(tmp_path, "img10.jpg", "img2.jpg", "img.jpg", "b1.jpg", "a3.jpg", "img2.png", ".hidden.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.jpg").mkdir()
    found = expand_inputs([str(tmp_path / "*.jpg")])
    assert names(found) == ["a3.jpg", "b1.jpg", "img.jpg", "img2.jpg", "img10.jpg"]
    assert names(expand_inputs([tmp_path / "img?.*"])) == ["img2.jpg", "img2.png"]


def test_relative_wildcards_stay_relative(tmp_path, monkeypatch):
    photos(tmp_path, "one.png", "deep/down/two.png")
    monkeypatch.chdir(tmp_path)
    assert expand_inputs(["*.png", "**/two.png"]) == [Path("deep/down/two.png"), Path("one.png")]


def test_a_folder_means_its_pictures(tmp_path):
    photos(tmp_path, "b.JPG", "a.png", "deep/c.png", "._a.png")
    (tmp_path / "notes.txt").write_text("no picture")
    assert names(expand_inputs([tmp_path])) == ["a.png", "b.JPG"]


def test_every_input_comes_once(tmp_path, monkeypatch):
    photos(tmp_path, "a.png", "b.png")
    monkeypatch.chdir(tmp_path)
    assert names(expand_inputs(["b.png", "*.png", str(tmp_path), "./a.png"])) == ["a.png", "b.png"]


def test_a_literal_name_wins_over_its_wildcard(tmp_path):
    photos(tmp_path, "photo[1].jpg", "photo1.jpg", "set [2]/x.jpg")
    assert names(expand_inputs([tmp_path / "photo[1].jpg"])) == ["photo[1].jpg"]
    assert names(expand_inputs([tmp_path / "set [2]" / "*.jpg"])) == ["x.jpg"]
    (tmp_path / "photo[1].jpg").unlink()
    assert names(expand_inputs([tmp_path / "photo[1].jpg"])) == ["photo1.jpg"]


def test_inputs_that_give_nothing_are_clear_errors(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    photo(tmp_path / "a.png")
    for pattern, words in {
        "none.jpg": "no such file",
        "*.jpg": "found nothing",
        "*.txt": "only 1 other",
        "x/*.png": "found nothing",
    }.items():
        with pytest.raises(LivebrushError, match=words):
            expand_inputs([tmp_path / "a.png", tmp_path / pattern])
    with pytest.raises(LivebrushError, match="empty"):
        expand_inputs([""])


def test_without_an_output_the_painting_goes_beside_its_input(tmp_path):
    inputs = photos(tmp_path, "x/a.b.jpg", "y/a.b.jpg")
    plan = plan_outputs(inputs, None, "great_wave")
    assert plan == [(path, path.with_name("a.b_great_wave.png")) for path in inputs]


@pytest.mark.parametrize("output", ["out/", "out", "out.d/"])
def test_a_folder_is_created_with_the_first_painting(tmp_path, output):
    plan = plan_outputs([photo(tmp_path / "a.jpg")], f"{tmp_path}/{output}", "wave")
    assert plan == [(tmp_path / "a.jpg", tmp_path / output / "a_wave.png")]
    assert not (tmp_path / output).exists()
    paint_pictures(plan, lambda pixels: pixels)
    assert [path.name for path in (tmp_path / output).iterdir()] == ["a_wave.png"]


def test_a_folder_of_pairs_can_be_painted_again(tmp_path):
    inputs = photos(tmp_path, "a.jpg", "a.png", "b.jpg")
    plan = plan_outputs(inputs, None, "wave")
    paint_pictures(plan, lambda pixels: pixels)
    assert without_paintings(expand_inputs([tmp_path]), "wave") == inputs


def test_a_link_stays_a_link(tmp_path):
    source = photo(tmp_path / "a.jpg")
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    paint_pictures([(source, tmp_path / "link.png")], lambda pixels: pixels)
    assert (tmp_path / "link.png").is_symlink() and read_picture(tmp_path / "real.png").pixels.size


def test_names_are_shortened_to_what_a_file_system_takes(tmp_path):
    source = photo(tmp_path / f"{'漢' * 80}.jpg")
    plan = plan_outputs([source], None, "composition_vii")
    paint_pictures(plan, lambda pixels: pixels)
    name = plan[0][1].name
    assert name.endswith("漢_composition_vii.png") and 250 < len(name.encode()) <= 255


def test_several_inputs_go_to_a_folder_with_any_name(tmp_path):
    plan = plan_outputs(photos(tmp_path, "a.jpg", "b.jpg"), tmp_path / "v1.2", "wave")
    assert [target for _, target in plan] == [tmp_path / "v1.2" / f"{name}_wave.png" for name in "ab"]


def test_one_input_goes_to_one_file(tmp_path):
    source = photo(tmp_path / "a.jpg")
    assert plan_outputs([source], tmp_path / "b.webp", "wave") == [(source, tmp_path / "b.webp")]
    (tmp_path / "c.png").mkdir()
    assert plan_outputs([source], tmp_path / "c.png", "wave") == [(source, tmp_path / "c.png" / "a_wave.png")]


def test_a_style_name_with_a_path_stays_a_name(tmp_path):
    [(_, target)] = plan_outputs([photo(tmp_path / "a.jpg")], None, "my/styles.onnx:wave")
    assert target == tmp_path / "a_my_styles.onnx_wave.png"


def test_inputs_of_one_name_are_told_apart(tmp_path):
    inputs = photos(tmp_path, "a.jpg", "a.png", "b.png", "C.png", "other/c.png", "other/a.png")
    inputs += photos(tmp_path, "deep/other/a.png", "a_jpg.jpg")
    plan = plan_outputs(inputs, tmp_path / "out", "wave")
    assert names([target for _, target in plan[2:3]]) == ["b_wave.png"]
    targets = [target.name.casefold() for _, target in plan]
    assert len(set(targets)) == len(inputs)
    assert plan_outputs(inputs[:2], None, "wave") == [
        (inputs[0], tmp_path / "a_jpg_wave.png"),
        (inputs[1], tmp_path / "a_png_wave.png"),
    ]


@pytest.mark.parametrize("link", [None, os.symlink, os.link], ids=["itself", "symlink", "hard link"])
def test_an_input_is_never_written_over(tmp_path, link):
    source, other = photos(tmp_path, "a.png", "b.png")
    target = tmp_path / "link.png" if link else source
    if link:
        link(source, target)
    with pytest.raises(LivebrushError, match="is an input, which is never changed"):
        plan_outputs([source], target, "wave", overwrite=True)
    painted = photo(tmp_path / "b_wave.png")
    with pytest.raises(LivebrushError, match="is an input, which is never changed"):
        plan_outputs([other, painted], None, "wave", overwrite=True, skip=True)


def test_existing_targets_are_asked_about(tmp_path):
    inputs = photos(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    photos(tmp_path, "a_wave.png", "c_wave.png")
    with pytest.raises(LivebrushError, match=r"a_wave\.png and 1 more exist") as caught:
        plan_outputs(inputs, None, "wave")
    assert caught.value.remedy == "overwrite_or_skip"
    assert len(plan_outputs(inputs, None, "wave", overwrite=True)) == 3
    assert plan_outputs(inputs, None, "wave", skip=True) == [(inputs[1], tmp_path / "b_wave.png")]


@pytest.mark.parametrize(
    ("count", "output", "words"),
    [
        (1, "a.gif", "suffix '.gif'"),
        (2, "out.png", "one file for 2 pictures"),
        (1, "x/y/", "does not exist"),
        (1, "x/y.png", "x does not exist"),
        (2, "a.txt", "is a file"),
        (1, "a.txt/", "is a file"),
        (1, "folder/", "a_wave.png: is a folder"),
    ],
)
def test_outputs_that_cannot_be_are_clear_errors(tmp_path, count, output, words):
    inputs = photos(tmp_path, "a.jpg", "b.jpg")[:count]
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "folder" / "a_wave.png").mkdir(parents=True)
    with pytest.raises(LivebrushError, match=words):
        plan_outputs(inputs, f"{tmp_path}/{output}", "wave")
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_written_to_is_known_before_painting(tmp_path, monkeypatch):
    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(LivebrushError, match=r"not writable \(Permission denied"):
        plan_outputs([photo(tmp_path / "a.jpg")], None, "wave")


def test_paints_a_plan_and_tells_of_each(tmp_path):
    sources = [photo(tmp_path / "a.jpg", "black"), photo(tmp_path / "b.png", "white")]
    plan = plan_outputs(sources, tmp_path / "out", "wave")
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
    plan = plan_outputs(photos(tmp_path, "a.png", "b.png"), tmp_path / "out", "wave")

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
