"""What the text of --style means: styles, pictures, blends."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from PIL import Image

from livebrush.converters.convert import convert
from livebrush.models.catalogue import find_style, user_folder
from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Note
from livebrush.realtime.commands.remedies import said
from livebrush.realtime.loaded_style import load
from livebrush.realtime.made.asked import find_choice, find_styles, notes_on
from livebrush.realtime.made.kept import kept_folder
from livebrush.realtime.made.picture_style import learnt_file, sha256_of_pixels, style_pixels
from livebrush.realtime.stylize import stylize_images
from tests.realtime.live.styles import write_grey

FRAME = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Red and blue stripes."""
    pixels = np.zeros((80, 100, 3), np.uint8)
    pixels[::8], pixels[4::8] = (220, 40, 30), (20, 40, 200)
    Image.fromarray(pixels).save(tmp_path / "stripes.png")
    return tmp_path / "stripes.png"


def test_a_picture_becomes_an_ordinary_style(picture: Path) -> None:
    choice = find_choice(str(picture))
    assert choice.name == "stripes" and not choice.model.ports and choice.picture is None
    painted = load(str(picture))(FRAME)
    assert painted.shape == FRAME.shape and painted.std() > 5
    assert (painted[..., 1].mean() < painted[..., 0].mean()) and (
        painted[..., 1].mean() < painted[..., 2].mean()
    )


def test_the_same_picture_is_made_once_and_another_under_its_name_anew(picture: Path) -> None:
    first = find_choice(str(picture)).model.path
    made = first.stat().st_mtime_ns
    assert find_choice(str(picture)).model.path.stat().st_mtime_ns == made
    Image.open(picture).rotate(90).save(picture)
    assert find_choice(str(picture)).model.path != first


def test_a_damaged_kept_style_is_made_again(picture: Path) -> None:
    path = find_choice(str(picture)).model.path
    path.write_bytes(b"half")
    assert find_choice(str(picture)).model.path == path and path.stat().st_size > 1000


def test_a_home_that_takes_no_files_is_no_hindrance(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = picture.parent / "file"
    home.write_text("")
    monkeypatch.setenv("LIVEBRUSH_HOME", str(home))
    assert find_choice(str(picture)).model.path.is_file()


def test_only_so_many_made_styles_are_kept(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livebrush.realtime.made.kept._MOST", 2)
    for share in (1, 2, 3):
        find_choice(f"great_wave:{share},udnie:1")
    assert len(list(kept_folder().iterdir())) == 2


@pytest.mark.parametrize(
    ("size", "mode", "colour", "said"),
    [
        ((10, 300), "RGB", (1, 2, 3), "is 10x300 pixels, too small to paint after"),
        ((64, 64), "RGB", (90, 20, 3), "is one flat colour: there is nothing"),
        ((64, 64), "RGBA", (90, 20, 3, 0), "is one flat colour, or transparent"),
    ],
)
def test_a_picture_that_cannot_carry_a_style_is_refused(
    tmp_path: Path, size: tuple[int, int], mode: str, colour: tuple[int, ...], said: str
) -> None:
    Image.new(mode, size, colour).save(tmp_path / "a.png")
    with pytest.raises(LivebrushError, match=said):
        find_choice(str(tmp_path / "a.png"))


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("paint!")
    with pytest.raises(LivebrushError, match="not a picture"):
        find_choice(str(tmp_path / "a.txt"))


def test_an_animation_is_painted_after_by_its_first_frame(picture: Path) -> None:
    frames = [Image.open(picture), Image.new("RGB", (100, 80), (0, 255, 0))]
    frames[0].save(picture.with_suffix(".webp"), save_all=True, append_images=frames[1:], lossless=True)
    assert (load(str(picture.with_suffix(".webp")))(FRAME) == load(str(picture))(FRAME)).mean() > 0.99


def test_nets_of_one_origin_are_mixed_into_one(picture: Path) -> None:
    ends = [load(name)(FRAME).astype(float) for name in ("starry_night", "udnie")]
    model = find_choice("starry_night:3,udnie:1").model
    assert model.path.stat().st_size < 0.8e6  # one net, not two
    widest = max(find_style(name).model.metadata.margin for name in ("starry_night", "udnie"))
    assert model.name == "starry_night75_udnie25" and model.metadata.margin == widest
    middle = load("starry_night:1,udnie:1")(FRAME).astype(float)
    apart = np.abs(ends[0] - ends[1]).mean()
    assert all(np.abs(middle - end).mean() < apart for end in ends)
    assert np.abs(load("starry_night:1,udnie:0")(FRAME) - ends[0]).max() == 0
    with_picture = find_choice(f"starry_night:0.5,{picture}:0.5").model
    assert with_picture.path.stat().st_size < 0.8e6


def test_other_nets_are_mixed_picture_by_picture(tmp_path: Path) -> None:
    dark, light = (
        str(write_grey(tmp_path / f"{n}.onnx", level)) for n, level in (("dark", 10), ("light", 210))
    )
    assert (load(f"{dark}:0.75,{light}:0.25")(FRAME) == 60).all()
    assert load(f"{dark}:1,great_wave:1")(FRAME).std() > 5


def test_regions_take_pictures_and_blends(picture: Path) -> None:
    found = find_styles(f"person=great_wave:0.5,{picture}:0.5,other=udnie")
    assert [choice.name for _, choice in found.parts] == ["great_wave50_stripes50", "udnie"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("great_wave:0,udnie:0", "gives every style a share of 0"),
        ("great_wave:1,nothing_like_it:1", "no style is called 'nothing_like_it'"),
        ("great_wave:1,golden_hour:1", "golden_hour cannot be mixed with others"),
        ("no_picture.jpg", "the picture no_picture.jpg does not exist here"),
        ("any_picture:0.5,udnie:0.5", "any_picture paints after a picture: name the picture itself"),
        ("great_wave:-1,udnie:2", "great_wave:-1 has no share: .* a number of 0 or more"),
        ("great_wave:nan,udnie:2", "great_wave:nan has no share"),
        ("great_wave:0.5,udnie", "udnie has no share"),
        ("great_wave:0.5,udnie:0.5,", "what follows the last comma has no share"),
        ("great_wave,udnie", "great_wave has no share"),
    ],
)
def test_what_cannot_be_made_is_refused(text: str, said: str) -> None:
    with pytest.raises(LivebrushError, match=said):
        find_choice(text)


def test_pictures_in_the_users_folder_are_styles(picture: Path) -> None:
    user_folder().mkdir(parents=True)
    picture.rename(user_folder() / "mine.png")
    assert find_choice("mine").name == "mine"


def test_a_picture_or_a_blend_is_converted_into_one_file(picture: Path, tmp_path: Path) -> None:
    convert(picture, tmp_path / "mine.onnx", credit=Style("mine", title="Stripes"), measure=False)
    assert load(str(tmp_path / "mine.onnx")).styles.parts[0][1].model.metadata.styles[0].title == "Stripes"
    same = np.abs(load(str(tmp_path / "mine.onnx"))(FRAME).astype(int) - load(str(picture))(FRAME))
    assert (same <= 1).mean() > 0.999
    convert("starry_night:0.5,udnie:0.5", tmp_path / "blend.onnx", measure=False)
    assert (tmp_path / "blend.onnx").stat().st_size < 1e6


def test_nets_that_have_nothing_in_common_are_not_mixed_weight_by_weight(tmp_path: Path) -> None:
    """Even of one shape."""
    model = onnx.load(find_choice("great_wave").model.path)
    random = np.random.default_rng(0)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float16:
            shuffled = random.permutation(values.ravel()).reshape(values.shape)
            tensor.CopyFrom(numpy_helper.from_array(shuffled, tensor.name))
    onnx.save(model, tmp_path / "other.onnx")
    blend = find_choice(f"great_wave:0.5,{tmp_path / 'other.onnx'}:0.5").model
    painted = [load(name)(FRAME).astype(float) for name in ("great_wave", str(tmp_path / "other.onnx"))]
    assert np.abs(load(str(blend.path))(FRAME) - sum(painted) / 2).max() <= 1


def test_a_blend_credits_all_it_is_made_of() -> None:
    (style,) = find_choice("great_wave:3,minotaur:1").model.metadata.styles
    assert "75 % The Great Wave" in style.title and "Hokusai" in style.artist and "Turner" in style.artist
    assert "public domain" in style.licence


def test_what_was_learnt_of_a_picture_paints_whatever_the_file_is_called(picture: Path) -> None:
    learnt = learnt_file(sha256_of_pixels(style_pixels(picture)))
    learnt.parent.mkdir(parents=True)
    write_grey(learnt, 77)
    choice = find_choice(str(picture))
    assert (choice.name, choice.model.metadata.styles, choice.made_of) == (
        "stripes",
        (Style("stripes"),),
        picture,
    )
    assert (load(str(picture))(FRAME) == 77).all()
    renamed = picture.rename(picture.with_name("mine.png"))
    assert find_choice(str(renamed)).name == "mine" and (load(str(renamed))(FRAME) == 77).all()
    assert (load(f"{renamed}:1,{renamed}:1")(FRAME) == 77).all()
    write_grey(learnt, 99)  # learnt anew
    assert (load(str(renamed))(FRAME) == 99).all()
    learnt.write_bytes(b"half")
    assert load(str(renamed))(FRAME).std() > 5, "the net for any picture paints"


def test_who_names_a_picture_is_told_that_it_can_be_learnt(picture: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(FRAME).save(photo)

    def told(style: str, target: str) -> list[str]:
        events: list[Event] = []
        stylize_images(photo, tmp_path / target, style, device="cpu", on_event=events.append)
        return [said(event) for event in events if isinstance(event, Note)]

    hint = f"stripes paints at once, and better once it is learnt: livebrush learn {picture}"
    assert hint in told(str(picture), "a.png")
    assert hint in told(f"person={picture}", "b.png")
    assert not [note for note in told("starry_night", "c.png") if "learn" in note]
    learnt = learnt_file(sha256_of_pixels(style_pixels(picture)))
    learnt.parent.mkdir(parents=True)
    write_grey(learnt, 77)
    assert not [note for note in told(str(picture), "d.png") if "learn" in note]


def test_pictures_with_commas_in_their_names_are_mixed(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(picture.parent)
    picture.rename("red, blue.png")
    assert find_choice("red, blue.png:1,udnie:1").name == "red, blue50_udnie50"
    assert find_choice("red, blue.png").name == "red, blue"


def test_a_style_picture_that_is_cut_short_is_told(picture: Path) -> None:
    whole = picture.with_name("whole.jpg")
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)).save(whole)
    picture.with_name("half.jpg").write_bytes(whole.read_bytes()[:9000])
    said = "half.jpg: the file is cut short: what there is of the picture was taken"
    for text in ("half.jpg", "half.jpg:1,great_wave:1", "person=half.jpg"):
        styles = find_styles(text.replace("half.jpg", str(picture.with_name("half.jpg"))))
        assert said in map(str, notes_on(styles, []))


def test_a_strip_is_not_made_thinner_than_strokes(tmp_path: Path) -> None:
    pixels = np.random.default_rng(6).integers(0, 256, (33, 4000, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "strip.png")
    assert min(style_pixels(tmp_path / "strip.png").shape[:2]) >= 32
