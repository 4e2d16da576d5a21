"""Under which names the paintings of many inputs appear."""

import errno
import os

import pytest

from livebrush.models.errors import LivebrushError
from tests.realtime.pictures.stills import names, photo, photos, plan_of


def test_without_an_output_the_painting_goes_beside_its_input(tmp_path):
    inputs = photos(tmp_path, "x/a.b.jpg", "y/a.b.jpg")
    plan = plan_of(inputs, None, "great_wave")
    assert plan == [(path, path.with_name("a.b_great_wave.png")) for path in inputs]


def test_several_inputs_go_to_a_folder_with_any_name(tmp_path):
    plan = plan_of(photos(tmp_path, "a.jpg", "b.jpg"), tmp_path / "v1.2", "wave")
    assert [target for _, target in plan] == [tmp_path / "v1.2" / f"{name}_wave.png" for name in "ab"]


def test_one_input_goes_to_one_file(tmp_path):
    source = photo(tmp_path / "a.jpg")
    assert plan_of([source], tmp_path / "b.webp", "wave") == [(source, tmp_path / "b.webp")]
    (tmp_path / "c.png").mkdir()
    assert plan_of([source], tmp_path / "c.png", "wave") == [(source, tmp_path / "c.png" / "a_wave.png")]


def test_a_style_name_with_a_path_stays_a_name(tmp_path):
    [(_, target)] = plan_of([photo(tmp_path / "a.jpg")], None, "my/styles.onnx:wave")
    assert target == tmp_path / "a_my_styles.onnx_wave.png"


def test_inputs_of_one_name_are_told_apart(tmp_path):
    inputs = photos(tmp_path, "a.jpg", "a.png", "b.png", "C.png", "other/c.png", "other/a.png")
    inputs += photos(tmp_path, "deep/other/a.png", "a_jpg.jpg")
    plan = plan_of(inputs, tmp_path / "out", "wave")
    assert names([target for _, target in plan[2:3]]) == ["b_wave.png"]
    targets = [target.name.casefold() for _, target in plan]
    assert len(set(targets)) == len(inputs)
    assert plan_of(inputs[:2], None, "wave") == [
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
        plan_of([source], target, "wave", overwrite=True)
    painted = photo(tmp_path / "b_wave.png")
    with pytest.raises(LivebrushError, match="is an input, which is never changed"):
        plan_of([other, painted], None, "wave", overwrite=True, skip=True)


def test_existing_targets_are_asked_about(tmp_path):
    inputs = photos(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    photos(tmp_path, "a_wave.png", "c_wave.png")
    with pytest.raises(LivebrushError, match=r"a_wave\.png and 1 more exist") as caught:
        plan_of(inputs, None, "wave")
    assert caught.value.remedy == "overwrite_or_skip"
    assert len(plan_of(inputs, None, "wave", overwrite=True)) == 3
    assert plan_of(inputs, None, "wave", skip=True) == [(inputs[1], tmp_path / "b_wave.png")]


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
        plan_of(inputs, f"{tmp_path}/{output}", "wave")
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_written_to_is_known_before_painting(tmp_path, monkeypatch):
    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(LivebrushError, match=r"not writable \(Permission denied"):
        plan_of([photo(tmp_path / "a.jpg")], None, "wave")
