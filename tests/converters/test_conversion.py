"""From a file of another project to a style model that plays."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from livebrush.converters import conversion as converting
from livebrush.converters.conversion import STEPS, Wishes, convert_files
from livebrush.converters.foreign.probing import known_picture
from livebrush.models.catalogue import packaged_folder
from livebrush.models.contract import Style, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Failed, Finished, Progress, Started
from livebrush.realtime.loaded_style import load
from tests.converters.foreign.foreign_nets import candy, one_size_alone, several_styles

SMALL = (64, 64)


@pytest.fixture(autouse=True)
def small_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "FRAME", SMALL)
    monkeypatch.setattr(converting, "COMPARED", SMALL)


def test_a_foreign_net_plays_at_any_size(tmp_path: Path) -> None:
    candy(tmp_path / "candy.onnx")
    target = tmp_path / "live.onnx"
    report = convert_files([tmp_path / "candy.onnx"], target, Style("live", title="Candy"), Wishes())
    assert report.likeness.within_1 > 0.99 and report.speedup and report.speedup > 0
    metadata = read_style_model(target).metadata
    assert metadata.styles[0].title == "Candy" and metadata.multiple in (2, 4)
    assert metadata.recipe["converted_from"] == ["candy.onnx"] and len(metadata.recipe["sha256"][0]) == 64
    style = load(str(target), device="cpu")
    for size in ((1, 1), (5, 3), (33, 47), (64, 48)):
        assert style(known_picture(size)).shape == (*size, 3)
    assert target.stat().st_size < (tmp_path / "candy.onnx").stat().st_size
    text = "\n".join(report.lines(full=True))
    assert "as it was" in text and "rewrite" in text and "BGR" in text
    assert report.as_json()["likeness"]["within_1"] == report.likeness.within_1


def test_several_styles_are_named_and_each_paints_otherwise(tmp_path: Path) -> None:
    several_styles(tmp_path / "many.onnx")
    report = convert_files([tmp_path / "many.onnx"], tmp_path / "m.onnx", Style("m"), Wishes(measure=False))
    assert report.was_ms is None and "3 styles" in report.notes[0]
    first, last = (load(f"{tmp_path / 'm.onnx'}:m_{n}", device="cpu")(known_picture(SMALL)) for n in (1, 3))
    assert np.abs(first.astype(int) - last).mean() > 1


def test_a_net_of_one_size_says_what_becomes_of_frames(tmp_path: Path) -> None:
    one_size_alone(tmp_path / "a.onnx")
    report = convert_files([tmp_path / "a.onnx"], tmp_path / "b.onnx", Style("b"), Wishes(measure=False))
    assert "32x32 alone" in report.facts["sizes"]
    assert load(str(tmp_path / "b.onnx"), device="cpu")(known_picture((50, 70))).shape == (50, 70, 3)


def test_events_tell_of_every_step_and_of_what_went_wrong(tmp_path: Path) -> None:
    one_size_alone(tmp_path / "a.onnx")
    events: list[Event] = []
    convert_files(
        [tmp_path / "a.onnx"], tmp_path / "b.onnx", Style("b"), Wishes(measure=False), on_event=events.append
    )
    assert [type(event) for event in events] == [Started, *[Progress] * STEPS, Finished]
    assert [event.done for event in events if isinstance(event, Progress)] == [1, 2, 3, 4]
    (tmp_path / "a.onnx").write_bytes(b"\x08")
    with pytest.raises(LivebrushError):
        convert_files(
            [tmp_path / "a.onnx"], tmp_path / "c.onnx", Style("c"), Wishes(), on_event=events.append
        )
    assert isinstance(events[-1], Failed)


def test_without_rewrites_the_graph_stays(tmp_path: Path) -> None:
    candy(tmp_path / "candy.onnx")
    report = convert_files(
        [tmp_path / "candy.onnx"], tmp_path / "b.onnx", Style("b"), Wishes(rewrites=False, measure=False)
    )
    assert report.steps == [] and report.likeness.within_1 > 0.99


def test_what_would_paint_otherwise_is_not_written_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candy(tmp_path / "candy.onnx")
    monkeypatch.setattr(converting, "LEAST_ALIKE", 1.1)
    with pytest.raises(LivebrushError, match="would not paint as it does now"):
        convert_files([tmp_path / "candy.onnx"], tmp_path / "b.onnx", Style("b"), Wishes(measure=False))
    assert not (tmp_path / "b.onnx").exists()
    convert_files(
        [tmp_path / "candy.onnx"], tmp_path / "b.onnx", Style("b"), Wishes(measure=False, force=True)
    )
    assert (tmp_path / "b.onnx").exists()


def test_files_of_two_kinds_are_no_pair(tmp_path: Path) -> None:
    candy(tmp_path / "candy.onnx")
    (tmp_path / "b.pth").write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(LivebrushError, match="of different kinds"):
        convert_files(
            [tmp_path / "candy.onnx", tmp_path / "b.pth"], tmp_path / "c.onnx", Style("c"), Wishes()
        )


def test_a_style_model_of_ours_keeps_its_metadata(tmp_path: Path) -> None:
    source = packaged_folder() / "starry_night.onnx"
    report = convert_files(
        [source], tmp_path / "small.onnx", Style("x"), Wishes(precision="fp16", measure=False)
    )
    assert read_style_model(tmp_path / "small.onnx").metadata == read_style_model(source).metadata
    assert "fp16" in report.facts and report.likeness.mean < 1
    if find_spec("torch"):
        assert report.look and report.look.style > 0.97 and report.as_json()["look"]["content"] < 1.03
    else:
        assert report.look is None and "extra 'train'" in report.facts["look"]
    frame = known_picture((48, 64))
    paintings = [
        load(str(path), device="cpu")(frame).astype(int) for path in (source, tmp_path / "small.onnx")
    ]
    assert np.abs(paintings[0] - paintings[1]).mean() < 1


def test_a_look_is_not_made_smaller(tmp_path: Path) -> None:
    with pytest.raises(LivebrushError, match="also takes"):
        convert_files(
            [packaged_folder() / "autumn.onnx"], tmp_path / "a.onnx", Style("a"), Wishes(precision="fp16")
        )


def test_foreign_onnx_is_converted_and_inspected_without_torch(tmp_path: Path) -> None:
    candy(tmp_path / "candy.onnx")
    program = (
        "import sys; sys.modules['torch'] = None; from livebrush.realtime.cli import run\n"
        f"assert run(['convert', {str(tmp_path / 'candy.onnx')!r}, '-o', {str(tmp_path / 'b.onnx')!r}]) == 0\n"
        f"assert run(['inspect', {str(tmp_path / 'b.onnx')!r}]) == 0"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_checkpoint_becomes_a_style_model(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from tests.converters.architectures import nets

    net = nets.shaken(nets.Examples())
    with torch.no_grad():
        net.deconv3.conv2d.weight *= 50
        net.deconv3.conv2d.bias += 100
    torch.save(net.state_dict(), tmp_path / "mosaic.pth")
    report = convert_files([tmp_path / "mosaic.pth"], tmp_path / "m.onnx", Style("m"), Wishes(measure=False))
    assert report.net == "pytorch/examples fast_neural_style" and report.likeness.within_1 > 0.999
    frame = known_picture((64, 80))
    with torch.no_grad():
        levels = net(torch.from_numpy(frame).permute(2, 0, 1)[None].float())[0].permute(1, 2, 0).numpy()
    expected = np.floor(np.clip(levels, 0, 255) + 0.5).astype(int)
    assert np.abs(load(str(tmp_path / "m.onnx"), device="cpu")(frame) - expected).max() <= 1


def test_weights_that_do_not_fit_together_are_told_before_anything_is_made(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from tests.converters.architectures import nets

    state = nets.Examples().state_dict()
    state["res3.conv1.conv2d.weight"] = torch.ones(8, 16, 3, 3)
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(LivebrushError, match="in shapes that do not fit together"):
        convert_files([tmp_path / "a.pth"], tmp_path / "m.onnx", Style("m"), Wishes(measure=False))


def test_norms_that_stay_leave_the_look_as_it_is(tmp_path: Path) -> None:
    several_styles(tmp_path / "many.onnx")  # whose norms are blended, not constant
    frames = [known_picture(SMALL)] * 2
    wishes = Wishes(fix_norms=True, calibration=frames, measure=False)
    report = convert_files([tmp_path / "many.onnx"], tmp_path / "m.onnx", Style("m"), wishes)
    assert report.facts["norms"] == "there are none" and report.look is None and "look" not in report.facts
