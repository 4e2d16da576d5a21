"""A picture that is learnt: a short training, whose net paints wherever the picture is named."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from livebrush.models.catalogue import user_folder  # noqa: E402
from livebrush.models.contract import Style  # noqa: E402
from livebrush.models.errors import LivebrushError  # noqa: E402
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress, Started  # noqa: E402
from livebrush.realtime import cli  # noqa: E402
from livebrush.realtime.made.asked import find_choice  # noqa: E402
from livebrush.realtime.made.picture_style import learnt_file, sha256_of_pixels, style_pixels  # noqa: E402
from livebrush.trainer import learning  # noqa: E402
from livebrush.trainer.learning import learn  # noqa: E402
from tests.realtime.live.styles import write_grey  # noqa: E402


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Half transparent, so that it is told from what other readers would make of it."""
    pixels = np.random.default_rng(3).integers(0, 256, (90, 120, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "mine.png")
    return tmp_path / "mine.png"


def kept(picture: Path) -> Path:
    return learnt_file(sha256_of_pixels(style_pixels(picture)))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A training that takes no time; the pictures that it was given, as long as they are there."""
    seen: list[Path] = []

    def train(picture: Path, style: Path, **_: object) -> None:
        seen.append(picture)
        write_grey(style, 50 + len(seen))

    monkeypatch.setattr(learning, "train_painting", train)
    return seen


def test_a_picture_is_learnt_once_and_paints_then(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    events: list[Event] = []
    assert learn(picture, images=2, on_event=events.append) == kept(picture)
    told = [event for event in events if not isinstance(event, Note)]
    assert [type(event) for event in told] == [Started, Progress, Progress, Finished]
    assert told[-1] == Finished(kept(picture))
    choice = find_choice("mine.png")
    assert choice.model.metadata.styles == (Style("mine"),) and choice.model.metadata.recipe["images"] == 2
    assert sorted(path.name for path in tmp_path.glob("*")) == ["home", "mine.png"], "nothing is left about"
    assert cli.run(["learn", "mine.png"]) == 0
    said = capsys.readouterr().err
    assert "mine.png is learnt already: -y learns it anew" in said and "-s mine.png paints with it" in said
    assert cli.run(["learn", "mine.png", "--progress", "json"]) == 0
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == [
        "note",
        "finished",
    ]


def test_a_picture_is_learnt_by_one_at_a_time(picture: Path, quick: list[Path]) -> None:
    def again(event: Event) -> None:
        with pytest.raises(LivebrushError, match=r"mine\.png is being learnt already"):
            learn(picture)

    def train(picture: Path, style: Path, *, on_event: OnEvent, **_: object) -> None:
        on_event(Progress(1, 2, {}))
        write_grey(style, 60)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "train_painting", train)
        learn(picture, on_event=lambda event: again(event) if isinstance(event, Progress) else None)
    learn(picture, overwrite=True)
    assert [path.name for path in kept(picture).parent.iterdir()] == [kept(picture).name] and len(quick) == 1


def test_ctrl_c_keeps_nothing(picture: Path) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Progress):
            raise KeyboardInterrupt

    with pytest.raises(LivebrushError, match=r"stopped: nothing is kept of mine\.png") as raised:
        learn(picture, images=3, on_event=stop)
    assert raised.value.exit_code == 130 and not raised.value.remedy
    assert not kept(picture).exists()


def test_what_was_damaged_is_learnt_again_and_anew_where_that_is_asked_for(
    picture: Path, quick: list[Path]
) -> None:
    first = learn(picture).read_bytes()
    kept(picture).write_bytes(first[:100])
    assert learn(picture).read_bytes() != first and len(quick) == 2
    learn(picture)
    assert len(quick) == 2
    learn(picture, overwrite=True)
    assert len(quick) == 3 and not any(path.exists() for path in quick)


def test_pictures_in_the_users_folder_are_learnt_by_their_names(picture: Path, quick: list[Path]) -> None:
    user_folder().mkdir(parents=True)
    own = picture.rename(user_folder() / "my own.png")
    assert learn("my own") == kept(own)
    with pytest.raises(LivebrushError, match="starry_night is trained already: pictures are learnt"):
        learn("starry_night")
    with pytest.raises(LivebrushError, match="did you mean starry_night"):
        learn("starry_nigth")


def test_names_as_long_as_a_disk_takes_them(picture: Path, quick: list[Path]) -> None:
    long = picture.rename(picture.with_name("n" * 251 + ".png"))
    assert learn(long) == kept(long)


def test_disks_that_take_no_files_are_found_out_before(
    picture: Path, quick: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100_000))
        with pytest.raises(LivebrushError, match=r"has 0\.1 MB left, expected 16 or more") as raised:
            learn(picture)
    assert raised.value.code == "disk_full"
    (tmp_path / "file").touch()
    monkeypatch.setenv("LIVEBRUSH_HOME", str(tmp_path / "file"))
    with pytest.raises(LivebrushError, match="learnt: cannot be written") as raised:
        learn(picture)
    assert raised.value.code == "unwritable" and not quick


def test_pictures_that_cannot_carry_a_style(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (64, 64), (9, 9, 9)).save(tmp_path / "flat.png")
    assert cli.run(["learn", str(tmp_path / "flat.png")]) == 1
    assert "one flat colour" in capsys.readouterr().err
    assert cli.run(["learn", str(tmp_path / "none.png")]) == 1
    assert "none.png" in capsys.readouterr().err


def test_beside_a_show_it_takes_what_the_show_leaves(
    picture: Path, quick: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Own:
        def nice(self, value: int) -> None:
            asked.append(value)

    asked: list[int] = []
    monkeypatch.setattr("psutil.Process", Own)
    monkeypatch.setattr("tempfile.tempdir", None)  # as it was, afterwards
    told = learning.learn_gently(str(picture), str(tmp_path), lambda event: None)
    assert told == {"path": str(kept(picture))} and asked and asked[0] > 0
    assert quick[0].is_relative_to(tmp_path), "whoever began it removes what is left"


def test_what_is_transparent_is_white_as_it_is_for_the_net_for_any_picture(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        learning, "train_painting", lambda seen, style, **_: style.write_bytes(seen.read_bytes())
    )
    with Image.open(learn(picture)) as seen:
        assert (np.asarray(seen) == style_pixels(picture)).all()
