"""Trainings of photo styles: that they learn, resume exactly, and end in a style model."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from livebrush.models.catalogue import find_style
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Progress
from livebrush.models.regions import COLOURS, GROUPS
from livebrush.realtime.cli import run
from livebrush.realtime.commands.remedies import said
from livebrush.realtime.engine.regions import RegionFinder
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.trainer.kinds.photo import Photo
from livebrush.trainer.kinds.photo_loss import PhotoLoss
from livebrush.trainer.kinds.photo_recipe import PhotoRecipe
from livebrush.trainer.kinds.shared_regions import with_shared_regions
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.runs.content_photos import scan_photos
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.run import TrainingRun
from tests.trainer.small_vgg import write_npz

RECIPE = PhotoRecipe(
    images=6, batch=2, style_layers=("conv1_1", "conv2_1"), content_layer="conv2_1", precision="float32"
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos of soft colours, large enough."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for n in range(4):
        coarse = Image.fromarray(random.integers(0, 256, (5, 7, 3), dtype=np.uint8))
        pixels = np.asarray(coarse.resize((190, 140 + n), Image.Resampling.BICUBIC))
        Image.fromarray((pixels + random.integers(-5, 5, pixels.shape)).clip(0, 255).astype(np.uint8)).save(
            folder / f"{n}.png"
        )
    return folder


@pytest.fixture(scope="module")
def style() -> np.ndarray:
    return np.random.default_rng(1).normal((180, 90, 50), 30, (90, 120, 3)).clip(0, 255).astype(np.uint8)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return write_npz(tmp_path / "vgg.npz", last="2_1")


def training(
    recipe: PhotoRecipe, style: np.ndarray, photos: Path, weights: Path, folder: Path
) -> TrainingRun:
    masks = RegionFinder(threads=1).coarse(style)
    kind = Photo(recipe, style, masks, scan_photos(photos, 256), load_loss_network([weights]))
    return TrainingRun(kind, RunFolder(folder, 3))


def quiet(_: object) -> None: ...


def test_a_run_brings_the_style_loss_down(
    style: np.ndarray, photos: Path, weights: Path, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(RECIPE, images=40, learning_rate=0.01, content_weight=0.0, affine_weight=1.0)
    losses: list[float] = []
    training(recipe, style, photos, weights, tmp_path / "run").train(
        lambda event: losses.append(event.values["style"]) if isinstance(event, Progress) else None
    )
    assert len(losses) == 20
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])
    assert (tmp_path / "run" / "preview_000003.png").is_file()


def test_a_resumed_run_ends_where_an_unbroken_one_does(
    style: np.ndarray, photos: Path, weights: Path, tmp_path: Path
) -> None:
    whole = training(RECIPE, style, photos, weights, tmp_path / "whole").train(quiet)
    broken = training(RECIPE, style, photos, weights, tmp_path / "broken")

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken.train(stop)
    resumed = training(RECIPE, style, photos, weights, tmp_path / "broken")
    resumed.resume()
    assert resumed.step == 2
    for name, value in resumed.train(quiet).state_dict().items():
        torch.testing.assert_close(value, whole.state_dict()[name], atol=0, rtol=0, msg=name)


def test_a_checkpoint_of_another_style_is_refused(
    style: np.ndarray, photos: Path, weights: Path, tmp_path: Path
) -> None:
    training(RECIPE, style, photos, weights, tmp_path / "run").train(quiet)
    other = training(RECIPE, 255 - style, photos, weights, tmp_path / "run")
    with pytest.raises(LivebrushError, match="its style differ"):
        other.resume()


def test_a_resumed_run_has_the_regions_that_were_drawn(
    style: np.ndarray, photos: Path, weights: Path, tmp_path: Path
) -> None:
    def with_regions(group: int, drawn: bool = True) -> TrainingRun:
        masks = np.zeros((4, 4, 10), np.uint8)
        masks[..., group] = 255
        network = load_loss_network([weights])
        kind = Photo(RECIPE, style, masks, scan_photos(photos, 256), network, drawn=drawn)
        return TrainingRun(kind, RunFolder(tmp_path / "run", 3))

    with_regions(0).train(quiet)
    with_regions(0).resume()
    for other in (with_regions(1), with_regions(0, drawn=False)):
        with pytest.raises(LivebrushError, match="its regions differ"):
            other.resume()


def test_persons_are_not_held_to_a_style_without_any(weights: Path) -> None:
    network, generator = load_loss_network([weights]), torch.Generator().manual_seed(0)
    picture = torch.rand(1, 3, 160, 160, generator=generator)

    def style_loss(of_style: int, of_photo: int) -> float:
        regions = [
            torch.nn.functional.one_hot(torch.tensor(k), 10).view(1, 10, 1, 1) for k in (of_style, of_photo)
        ]
        masks = [region.float().expand(1, 10, 8, 8) for region in regions]
        loss = PhotoLoss(network, picture, masks[0], RECIPE)
        return float(loss(0.5 * picture, picture, masks[1])["style"])

    building, person = GROUPS.index("building"), GROUPS.index("person")
    assert style_loss(building, person) == 0
    assert style_loss(building, building) > 0 and style_loss(person, person) > 0


def test_photos_that_show_what_the_style_shows_are_kept(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scan_photos(photos, 256)
    sky, road = np.zeros((2, 4, 4, 10), np.uint8)
    sky[..., GROUPS.index("sky")] = road[..., GROUPS.index("road")] = 255
    answers = iter([sky, road, sky, road])
    monkeypatch.setattr(RegionFinder, "coarse", lambda self, photo: next(answers))
    said: list[str] = []
    kept = with_shared_regions(found, sky, said.append)
    assert [path.name for path in kept.paths] == ["0.png", "2.png"]
    assert said == ["2 of 4 photos share sky with the style"]
    assert kept.sha256 != found.sha256


def test_no_photo_with_a_region_of_the_style_is_an_error(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sky, road = np.zeros((2, 4, 4, 10), np.uint8)
    sky[..., 0] = road[..., 4] = 255
    monkeypatch.setattr(RegionFinder, "coarse", lambda self, photo: road)
    with pytest.raises(LivebrushError, match=r"none of the 4 photos.*\(sky\)") as raised:
        with_shared_regions(scan_photos(photos, 256), sky, print)
    assert "livebrush look" in said(raised.value)


def train_photo(photos: Path) -> list[str]:
    """The command, of files in the folder that it is run in."""
    content = ["--content", str(photos), "--few-photos"]
    return ["train", "photo", "warm.png", *content, "--recipe", "recipe.toml"]


@pytest.mark.parametrize(("net", "takes_masks"), [("maps", True), ("johnson", False)])
def test_the_command_ends_in_a_style_model(
    net: str, takes_masks: bool, style: np.ndarray, photos: Path, weights: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    everything = np.full((4, 4, 10), 25, np.uint8)
    monkeypatch.setattr(RegionFinder, "coarse", lambda self, photo: everything)
    Image.fromarray(style).save("warm.png")
    recipe = 'style_layers = ["conv1_1", "conv2_1"]\ncontent_layer = "conv2_1"\nprecision = "float32"\n'
    Path("recipe.toml").write_text(recipe)
    arguments = [*train_photo(photos), "--net", net]
    assert (
        run([*arguments, "--images", "2", "--batch", "1", "--loss-net", str(weights), "--title", "Warm"]) == 0
    )
    assert "4 of 4 photos share" in capsys.readouterr().err
    model = read_style_model(tmp_path / "warm.onnx")
    assert (model.metadata.kind, model.metadata.net, model.takes_masks) == ("photo", net, takes_masks)
    assert model.metadata.recipe["images"] == 2
    painted = LoadedStyle(find_style("warm.onnx"), "cpu")(np.full((50, 70, 3), 120, np.uint8))
    assert painted.shape == (50, 70, 3)
    assert run([*arguments]) != 0
    assert "earlier run" in capsys.readouterr().err


def test_drawn_regions_are_checked_and_used(
    style: np.ndarray, photos: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    everything = np.full((4, 4, 10), 25, np.uint8)
    monkeypatch.setattr(RegionFinder, "coarse", lambda self, photo: everything)
    Image.fromarray(style).save("warm.png")
    Image.new("RGB", (style.shape[1], style.shape[0]), COLOURS[5]).save("building.png")
    Image.new("RGB", (90, 10), COLOURS[5]).save("long.png")
    recipe = 'style_layers = ["conv1_1"]\ncontent_layer = "conv2_1"\nprecision = "float32"\n'
    Path("recipe.toml").write_text(recipe)
    arguments = [*train_photo(photos), "--images", "1", "--batch", "1", "--loss-net", str(weights), "--masks"]
    for masks, reason in (
        ("none.png", "the picture of masks none.png does not exist"),
        ("long.png", "have another shape"),
    ):
        assert run([*arguments, masks]) == 1
        assert reason in capsys.readouterr().err
        assert not Path("runs").exists()
    monkeypatch.setattr("livebrush.trainer.kinds.shared_regions.SHARED", 0.0)
    assert run([*arguments, "building.png"]) == 0
    assert "photos share building with the style" in capsys.readouterr().err
    assert len(read_style_model(tmp_path / "warm.onnx").metadata.recipe["masks_sha256"]) == 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"net": "live"}, "no photo net"),
        ({"blend": 1.0}, "blend"),
        ({"images": 0}, "images"),
        ({"learning_rate": 0.0}, "learning_rate"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(LivebrushError, match=said):
        PhotoRecipe().with_values(change, source="a test")


def test_gradients_of_many_regions_are_the_same_every_time(style: np.ndarray, weights: Path) -> None:
    random = torch.Generator().manual_seed(0)
    masks = torch.rand(1, len(GROUPS), 40, 50, generator=random) + 0.2
    masks /= masks.sum(1, keepdim=True)
    pixels = torch.from_numpy(style.transpose(2, 0, 1)[None] / np.float32(255))
    loss = PhotoLoss(load_loss_network([weights]), pixels, masks, RECIPE)
    photo = torch.rand(1, 3, 160, 200, generator=random)
    found = []
    for _ in range(20):
        painted = photo.clone().requires_grad_()
        loss(painted, photo, masks)["style"].backward()
        found.append(painted.grad)
    assert all(torch.equal(found[0], other) for other in found)
