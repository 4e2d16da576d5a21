"""A picture that is learnt: a short training, whose net paints wherever the picture is named."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from livebrush.models.contract import Style  # noqa: E402
from livebrush.models.errors import LivebrushError  # noqa: E402
from livebrush.models.events import Event, Finished, Note, Progress, Started  # noqa: E402
from livebrush.realtime import cli  # noqa: E402
from livebrush.realtime.made.asked import find_choice  # noqa: E402
from livebrush.realtime.made.picture_style import learnt_file, sha256_of_pixels, style_pixels  # noqa: E402
from livebrush.trainer import learning  # noqa: E402
from livebrush.trainer.learning import learn  # noqa: E402


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Half transparent, so that it is told from what other readers would make of it."""
    pixels = np.random.default_rng(3).integers(0, 256, (90, 120, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "mine.png")
    return tmp_path / "mine.png"


def kept(picture: Path) -> Path:
    return learnt_file(sha256_of_pixels(style_pixels(picture)))


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


def test_ctrl_c_keeps_nothing(
    picture: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Progress):
            raise KeyboardInterrupt

    with pytest.raises(LivebrushError, match="stopped at step 1 of 3: nothing is kept") as raised:
        learn(picture, images=3, on_event=stop)
    assert raised.value.exit_code == 130 and not raised.value.remedy
    assert not kept(picture).exists()


def test_pictures_that_cannot_carry_a_style(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (64, 64), (9, 9, 9)).save(tmp_path / "flat.png")
    assert cli.run(["learn", str(tmp_path / "flat.png")]) == 1
    assert "one flat colour" in capsys.readouterr().err
    assert cli.run(["learn", str(tmp_path / "none.png")]) == 1
    assert "none.png" in capsys.readouterr().err


def test_beside_a_show_it_takes_what_the_show_leaves(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Own:
        def nice(self, value: int) -> None:
            asked.append(value)

    asked: list[int] = []
    monkeypatch.setattr("psutil.Process", Own)
    monkeypatch.setattr(
        learning, "train_painting", lambda seen, style, **_: style.write_bytes(seen.read_bytes())
    )
    told = learning.learn_gently(str(picture), lambda event: None)
    assert told == {"path": str(kept(picture))} and asked and asked[0] > 0
    with Image.open(kept(picture)) as seen:
        assert (np.asarray(seen) == style_pixels(picture)).all(), (
            "what is transparent is white, as it is for the net"
        )
