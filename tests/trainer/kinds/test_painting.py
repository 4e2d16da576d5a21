"""Training runs: that they learn, resume exactly, stop when broken, and end in a style model."""

import csv
import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from livebrush.models.contract import Style, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Failed, Finished, OnEvent, Preview, Progress, Started
from livebrush.realtime.cli import run
from livebrush.trainer.bfloat16 import gains_by_bfloat16
from livebrush.trainer.kinds.painting import Painting
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.nets.annealed_norm import fixed_share, set_fixed
from livebrush.trainer.runs.content_photos import SHIPPED_PHOTOS, scan_photos
from livebrush.trainer.runs.health import FLAT_STEPS, Health
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import read_recipe, write_recipe
from livebrush.trainer.runs.run import TrainingRun, ramp, rate_factor
from livebrush.trainer.training import train_painting
from tests.trainer.small_vgg import write_npz

RECIPE = PaintingRecipe(
    images=12, batch=2, crop=64, style_size=64, style_layers=("relu1_1", "relu2_1"), layer_weights=(1.0, 1.0),
    content_layer="relu2_1",
    precision="float32",
)  # fmt: skip


@pytest.fixture
def style(tmp_path: Path) -> Path:
    """Red and yellow stripes."""
    pixels = np.zeros((80, 100, 3), np.uint8)
    pixels[..., 0] = 230
    pixels[::8, :, 1] = pixels[1::8, :, 1] = 220
    path = tmp_path / "stripes.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return write_npz(tmp_path / "vgg.npz", last="2_1")


def training(
    recipe: PaintingRecipe, style: Path, photo_folder: Path, weights: Path, run: Path, every: int = 3
) -> TrainingRun:
    photos = scan_photos(photo_folder, recipe.crop)
    kind = Painting(recipe, style, photos, load_loss_network([weights]))
    return TrainingRun(kind, RunFolder(run, every))


def quiet(_: object) -> None: ...


def steps(heard: Callable[[Progress], object]) -> OnEvent:
    """Hears of the steps alone."""
    return lambda event: heard(event) if isinstance(event, Progress) else None


def test_a_run_brings_the_loss_down_and_the_styles_colours_in(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(
        RECIPE, images=80, content_weight=0.0, tv_weight=0.0, lattice_weight=0.0, palette_weight=0.0,
        learning_rate=0.02, anneal_from=1.0, anneal_to=1.0,
    )  # fmt: skip
    run = training(recipe, style, photo_folder, weights, tmp_path / "run", every=1000)
    losses: list[float] = []
    net = run.train(steps(lambda progress: losses.append(progress.values["style"])))
    set_fixed(net, 0.0)
    assert len(losses) == 40
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    with torch.no_grad():
        red, _, blue = net(torch.full((1, 3, 64, 64), 0.5)).mean((0, 2, 3))
    assert float(red) > float(blue) + 0.2


def test_steadiness_and_the_lattice_wait_until_normalisation_is_fixed(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(
        RECIPE, lattice_weight=1e6, steady_weight=1.0, anneal_from=0.4, anneal_to=0.6
    )
    terms: list[dict[str, float]] = []
    training(recipe, style, photo_folder, weights, tmp_path / "run").train(
        steps(lambda progress: terms.append(dict(progress.values)))
    )
    assert len(terms) == 6
    for step, losses in enumerate(terms):
        settled = ramp(step / 6, 0.4, 0.6) > 0
        assert (losses["lattice"] > 0, losses.get("steady", 0) > 0) == (settled, settled)
        assert losses["total"] == pytest.approx(sum(losses.get(name, 0) for name in Painting.terms), rel=1e-4)


@pytest.mark.parametrize("net", ["live", "johnson"])
def test_mixed_precision_trains_much_the_same_net(
    net: str, style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    losses: dict[bool, list[float]] = {}
    for mixed in (False, True):
        recipe = dataclasses.replace(RECIPE, net=net, mixed_precision=mixed)
        run = training(recipe, style, photo_folder, weights, tmp_path / str(mixed))
        losses[mixed] = []
        run.train(steps(lambda progress, of=losses[mixed]: of.append(progress.values["total"])))
        assert {p.dtype for p in run.kind.net.state_dict().values()} == {torch.float32}
    assert (losses[True] != losses[False]) == gains_by_bfloat16(torch.device("cpu"))
    np.testing.assert_allclose(losses[True], losses[False], rtol=0.1)


@pytest.mark.parametrize("own_share", [1.0, 0.5])
def test_a_resumed_run_ends_where_an_unbroken_one_does(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path, own_share: float
) -> None:
    recipe = dataclasses.replace(RECIPE, own_share=own_share)
    whole = training(recipe, style, photo_folder, weights, tmp_path / "whole").train(quiet)

    broken = training(recipe, style, photo_folder, weights, tmp_path / "broken")

    def stop(progress: Progress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken.train(steps(stop))
    torch.manual_seed(99)  # whatever happens between the two must not matter
    resumed = training(recipe, style, photo_folder, weights, tmp_path / "broken")
    resumed.resume()
    assert resumed.step == 4
    net = resumed.train(quiet)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(net.state_dict()[name], value, rtol=0, atol=0, msg=name)


def test_a_run_starts_from_another_nets_weights(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    first = training(RECIPE, style, photo_folder, weights, tmp_path / "first").train(quiet)
    photos = scan_photos(photo_folder, RECIPE.crop)
    second = Painting(
        RECIPE, style, photos, load_loss_network([weights]),
        start_from=tmp_path / "first" / "last.safetensors",
    )  # fmt: skip
    weight, started = (net.state_dict()["body4.0.first.conv.weight"] for net in (first, second.net))
    torch.testing.assert_close(started, weight, rtol=0, atol=0)
    run = TrainingRun(second, RunFolder(tmp_path / "second"))
    assert run.step == 0
    run.train(quiet)
    assert not torch.equal(second.net.state_dict()["body4.0.first.conv.weight"], weight)


def test_a_net_that_starts_fixed_stays_fixed(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    training(RECIPE, style, photo_folder, weights, tmp_path / "first").train(quiet)
    recipe = dataclasses.replace(RECIPE, images=2, anneal_from=1.0, anneal_to=1.0)
    shares: list[float] = []
    photos = scan_photos(photo_folder, recipe.crop)
    second = Painting(
        recipe, style, photos, load_loss_network([weights]),
        start_from=tmp_path / "first" / "last.safetensors",
    )  # fmt: skip
    run = TrainingRun(second, RunFolder(tmp_path / "second"))
    run.train(steps(lambda _: shares.append(fixed_share(second.net))))
    assert shares == [1.0]


def test_a_checkpoint_of_another_run_is_refused(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    training(RECIPE, style, photo_folder, weights, tmp_path / "run").train(quiet)
    other = training(dataclasses.replace(RECIPE, seed=1), style, photo_folder, weights, tmp_path / "run")
    with pytest.raises(LivebrushError, match=r"of another run \(its recipe's seed differ"):
        other.resume()
    (tmp_path / "run" / "last.safetensors").write_bytes(b"damaged")
    with pytest.raises(LivebrushError, match="cannot be read"):
        training(RECIPE, style, photo_folder, weights, tmp_path / "run").resume()


def test_a_run_keeps_log_previews_and_events(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    events: list[Event] = []
    training(RECIPE, style, photo_folder, weights, tmp_path / "run").train(events.append)
    assert [type(event).__name__ for event in events] == ["Progress"] * 3 + ["Preview"] + ["Progress"] * 3 + [
        "Preview"
    ]
    assert events[-1] == Preview(tmp_path / "run" / "preview_000006.png")
    with (tmp_path / "run" / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["step"], row["kind"]) for row in rows] == [
        ("1", "train"),
        ("3", "preview"),
        ("6", "preview"),
    ]
    assert all(math.isfinite(float(row["total"])) for row in rows)
    with Image.open(tmp_path / "run" / "preview_000006.png") as preview:
        assert preview.size == (6 * 64, 2 * 64)
    assert list((tmp_path / "run" / "tensorboard").glob("events*"))


def test_a_nan_stops_the_run_and_keeps_the_checkpoint(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    run = training(RECIPE, style, photo_folder, weights, tmp_path / "run", every=2)

    def poison(progress: Progress) -> None:
        if progress.done == 3:
            with torch.no_grad():
                next(run.kind.net.parameters()).fill_(math.nan)

    with pytest.raises(
        LivebrushError, match=r"stopped at step 3: the content loss is nan; the last good state is in"
    ):
        run.train(steps(poison))
    again = training(RECIPE, style, photo_folder, weights, tmp_path / "run")
    again.resume()
    assert again.step == 2
    assert all(bool(p.isfinite().all()) for p in again.kind.net.parameters())


def test_a_flat_picture_stops_the_run(tmp_path: Path) -> None:
    health, flat, lively = Health(), 0.001, 0.3
    for step in range(FLAT_STEPS - 1):
        health.check(step, {"total": 1.0}, flat, tmp_path / "none")
    health.check(100, {"total": 1.0}, lively, tmp_path / "none")
    with pytest.raises(LivebrushError, match=r"flat for \d+ steps; no checkpoint was made yet"):
        for step in range(FLAT_STEPS):
            health.check(200 + step, {"total": 1.0}, flat, tmp_path / "none")


def test_schedules() -> None:
    assert [ramp(share, 0.4, 0.6) for share in (0, 0.4, 0.5, 0.6, 1)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert (ramp(0.4, 0.5, 0.5), ramp(0.5, 0.5, 0.5)) == (0, 1)
    rates = [rate_factor(step, 1000, warm_up_steps=50, final=0.02) for step in range(1000)]
    assert rates[0] == pytest.approx(0.02, abs=0.001) and max(rates) > 0.98 and rates[-1] < 0.03


def test_recipes_survive_a_file(tmp_path: Path) -> None:
    recipe = dataclasses.replace(RECIPE, average_pool=True, tv_weight=0.5)
    write_recipe(recipe, tmp_path / "recipe.toml")
    assert read_recipe(tmp_path / "recipe.toml", PaintingRecipe()) == recipe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nett = 'live'", "sets 'nett', which no recipe has"),
        ("images = 'many'", "sets images to 'many': expected int"),
        ("images = true", "expected int"),
        ("images = 0", "images is 0: it must be 1 or more"),
        ("crop = 32", "needs 64 pixels"),
        ("anneal_from = 0.9", "the first not above the second"),
        ("seed = -1", "seed is -1: it must be 0 to"),
        ("content_weight = nan", "content_weight is nan: it must be a number, 0 or more"),
        ("tv_weight = -5", "tv_weight is -5.0: it must be a number, 0 or more"),
        ("learning_rate = nan", "learning_rate is nan: it must be a number"),
        ("learning_rate = 0", "rate is 0.0: it must be above 0 and at most 1"),
        ("style_size = 8", "must be 64 to 4096"),
        ("style_layers = []", "no style_layers"),
        ("layer_weights = [1.0]", "one number, 0 or more, for each of the 4 style_layers"),
        ("layer_weights = [1.0, 1.0, 1.0, -1.0]", "one number, 0 or more"),
        ("smoothing = -1", "smoothing is -1: it must be 0 to 32"),
        ("own_share = 0.0", "own_share is 0.0: it must be above 0, and 1 at most"),
        ("precision = 'half'", "use auto, float32 or bfloat16"),
        ("images = ", "is not TOML"),
    ],
)
def test_recipes_that_cannot_be(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(LivebrushError, match=message):
        read_recipe(tmp_path / "recipe.toml", PaintingRecipe())


def test_from_the_command_line_to_a_style_model(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_recipe(dataclasses.replace(RECIPE, images=2), tmp_path / "recipe.toml")
    (tmp_path / "held_out.txt").write_text("photo5.png\n")
    arguments = [
        "train", "painting", str(style), "--content", str(photo_folder), "--few-photos",
        "-o", str(tmp_path / "mine.onnx"), "--recipe", str(tmp_path / "recipe.toml"), "--images", "8",
        "--loss-net", str(weights),
        "--held-out", str(tmp_path / "held_out.txt"), "--run-dir", str(tmp_path / "run"), "--title", "Stripes",
        "--year", "2026", "--device", "cpu",
    ]  # fmt: skip
    assert run(arguments) == 0
    metadata = read_style_model(tmp_path / "mine.onnx").metadata
    assert metadata.styles == (Style("mine", "Stripes", year=2026),)
    assert metadata.recipe["images"] == 8 and metadata.recipe["crop"] == 64
    assert metadata.recipe["loss_network"] == "vgg19-1_1..2_1"
    assert metadata.trained_on.startswith("5 photos") and str(photo_folder) not in metadata.to_json()
    few = [argument for argument in arguments if argument != "--few-photos"]
    assert run([*few, "-y", "--run-dir", str(tmp_path / "other")]) == 1
    said = capsys.readouterr().err
    assert "has 5 photos fit for training, expected 50 or more" in said and "--few-photos trains" in said
    assert run(arguments) == 1
    assert "holds an earlier run: add --resume to continue it" in capsys.readouterr().err
    (tmp_path / "mine.onnx").write_bytes(b"")
    assert run([*arguments, "--resume"]) == 0
    assert (tmp_path / "mine.onnx").stat().st_size
    assert run([*arguments, "--run-dir", str(tmp_path / "another")]) == 1
    assert "add -y to replace it" in capsys.readouterr().err
    assert run([*arguments, "--net", "vgg", "--run-dir", str(tmp_path / "another")]) == 1
    assert "no net is called 'vgg'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"style": "none.png"}, "style picture .* does not exist"),
        ({"output": "nowhere/mine.onnx"}, "the folder .* does not exist"),
        ({"output": "mine.pth"}, "must be named .onnx"),
        ({"content": "none"}, "content folder .* does not exist"),
        ({"output": "/proc/mine.onnx"}, "/proc(: not writable| does not exist)"),
        ({"start_from": "none.safetensors"}, "checkpoint .* does not exist"),
        ({"start_from": "none"}, "style model .* does not exist"),
        ({"output": "there.onnx"}, "there.onnx exists"),
    ],
)
def test_what_must_fail_fails_before_the_training(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path, change: dict[str, str], message: str
) -> None:
    files = {"style": style, "content": photo_folder, "output": tmp_path / "mine.onnx", "start_from": None}
    files |= {key: tmp_path / value for key, value in change.items()}
    (tmp_path / "there.onnx").touch()
    events: list[Event] = []
    with pytest.raises(LivebrushError, match=message) as raised:
        train_painting(
            **files, recipe=RECIPE, run_folder=tmp_path / "run", loss_networks=[str(weights)], least_photos=1,
            on_event=events.append,
        )  # fmt: skip
    assert events == [Failed.of(raised.value)]
    assert not (tmp_path / "run").exists()


def test_a_painting_is_learnt_without_its_grain_where_that_is_asked_for(
    photo_folder: Path, weights: Path, tmp_path: Path
) -> None:
    rough = np.random.default_rng(5).normal(128, 20, (90, 90, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(rough).save(tmp_path / "rough.png")
    first = []
    for passes in (0, 4):
        recipe = dataclasses.replace(RECIPE, images=2, smoothing=passes)
        kind = training(recipe, tmp_path / "rough.png", photo_folder, weights, tmp_path / str(passes)).kind
        first.append(kind.judge()[0]["style"])
    assert first[0] != pytest.approx(first[1], rel=1e-3)


def test_photos_to_practise_on_ship(style: Path, weights: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    given = {
        "recipe": RECIPE,
        "start_from": None,
        "loss_networks": [str(weights)],
        "run_folder": tmp_path / "run",
    }
    trained = train_painting(
        style, tmp_path / "mine.onnx", images=2, batch=1, on_event=events.append, **given
    )
    assert read_style_model(trained).metadata.trained_on.startswith("17 photos (photos), sha256 ")
    assert any(str(event).startswith("17 photos that ship") for event in events)
    with pytest.raises(LivebrushError, match="no folder of photos to hold any out of"):
        train_painting(style, tmp_path / "other.onnx", held_out=tmp_path / "names.txt", **given)


def test_every_photo_that_ships_tells_where_it_is_from() -> None:
    told = (SHIPPED_PHOTOS / "SOURCES.md").read_text(encoding="utf-8")
    told += (SHIPPED_PHOTOS.parents[1] / "examples" / "SOURCES.md").read_text(encoding="utf-8")
    photos = list(SHIPPED_PHOTOS.glob("*.jpg"))
    assert len(photos) == 17
    assert [photo.name for photo in photos if f"{photo.name}`" not in told] == []


def test_from_python_to_a_style_model(
    style: Path, photo_folder: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    events: list[Event] = []
    recipe = dataclasses.replace(RECIPE, images=4)
    trained = train_painting(
        str(style), "mine.onnx", content=str(photo_folder), on_event=events.append, recipe=recipe, start_from=None,
        loss_networks=[str(weights)], least_photos=1, batch=1,
    )  # fmt: skip
    assert read_style_model(trained).metadata.recipe["batch"] == 1
    told = [type(event).__name__ for event in events]
    assert told == ["Note", "Note", "Started", *["Progress"] * 4, "Preview", "Finished"]
    assert events[2] == Started("mine", "step", 4)
    assert events[-1] == Finished(Path("mine.onnx"), {"steps": 4, "run_folder": "runs/mine"})
    with pytest.raises(LivebrushError, match="the call sets 'imges', which no recipe has"):
        train_painting(style, "mine.onnx", content=photo_folder, imges=4)
    with pytest.raises(LivebrushError, match="holds an earlier run") as raised:
        train_painting(style, "mine.onnx", content=photo_folder, recipe=recipe, overwrite=True)
    assert (raised.value.code, raised.value.advice.split(",")[0]) == (
        "exists",
        "continue it with resume=True",
    )


@pytest.mark.parametrize("form", ["json", "none"])
def test_progress_for_programs(
    form: str,
    style: Path,
    photo_folder: Path,
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_recipe(dataclasses.replace(RECIPE, images=4), tmp_path / "recipe.toml")
    arguments = [
        "train", "painting", str(style), "--content", str(photo_folder), "--few-photos", "--progress", form,
        "-o", str(tmp_path / "mine.onnx"), "--recipe", str(tmp_path / "recipe.toml"), "--loss-net", str(weights),
        "--run-dir", str(tmp_path / "run"), "--device", "cpu",
    ]  # fmt: skip
    assert run(arguments) == 0
    told, said = capsys.readouterr()
    assert "note: only 6 photos" in said and "step/s" not in said
    lines = [json.loads(line) for line in told.splitlines()]
    if form == "none":
        assert not lines
        return
    assert [line["event"] for line in lines[-3:]] == ["progress", "preview", "finished"]
    assert lines[-3]["step"] == lines[-3]["of"] == 2 and math.isfinite(lines[-3]["values"]["total"])
    assert lines[-1]["path"] == str(tmp_path / "mine.onnx") and lines[-1]["steps"] == 2
    assert run(arguments) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "exists"
