"""What `livebrush still` makes of the pictures: sizes, styles in proportion, regions."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.stills.files import StillFiles
from livebrush.trainer.stills.recipe import PAINTING, PHOTO, StillRecipe
from livebrush.trainer.stills.task import StillJob, prepare, sizes


def job(recipe: StillRecipe, **options: object) -> StillJob:
    return dataclasses.replace(
        StillJob(Path("photo.png"), [(Path("style.png"), 1.0)], StillFiles(Path("out.png")), recipe),
        **options,
    )


@pytest.mark.parametrize(
    ("recipe", "options", "shape", "whole", "optimised"),
    [
        (PAINTING["livebrush"], {}, (300, 400), (300, 400), (300, 400)),
        (PAINTING["livebrush"], {}, (3000, 4000), (768, 1024), (768, 1024)),
        (PAINTING["livebrush"], {"size": 4000}, (300, 400), (3000, 4000), (3000, 4000)),
        (PHOTO["livebrush"], {}, (3000, 4000), (3000, 4000), (375, 500)),
        (PHOTO["livebrush"], {}, (250, 5000), (250, 5000), (32, 640)),
        (dataclasses.replace(PHOTO["luan"], finish=True), {}, (3000, 4000), (3000, 4000), (768, 1024)),
        (PHOTO["luan"], {}, (3000, 4000), (768, 1024), (768, 1024)),
    ],
)
def test_the_size_of_the_result_and_of_what_is_optimised(
    recipe: StillRecipe,
    options: dict[str, object],
    shape: tuple[int, int],
    whole: tuple[int, int],
    optimised: tuple[int, int],
) -> None:
    assert sizes(job(recipe, **options), shape) == (whole, optimised)


def test_a_strip_is_refused() -> None:
    with pytest.raises(LivebrushError, match="short side must be 32 or more"):
        sizes(job(PAINTING["livebrush"]), (10, 1000))


def write_noise(path: Path, height: int, width: int, levels: tuple[int, int] = (0, 256)) -> Path:
    pixels = np.random.default_rng(0).integers(*levels, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize(
    ("style_scale", "pixels", "short_by"),
    [(1.0, (100, 50), 8.0), (3.0, (300, 150), 8.0), (0.1, (80, 40), 1.0)],
)
def test_a_style_is_enlarged_only_as_far_as_asked(
    style_scale: float, pixels: tuple[int, int], short_by: float, tmp_path: Path
) -> None:
    photo, style_file = (
        write_noise(tmp_path / "photo.png", 800, 400),
        write_noise(tmp_path / "style.png", 100, 50),
    )
    asked = job(PAINTING["livebrush"], photo=photo, styles=[(style_file, 1.0)], style_scale=style_scale)
    task, _ = prepare(asked, read_picture(photo), torch.device("cpu"), print)
    (style,) = task.regions[0].styles
    assert tuple(style.pixels.shape[2:]) == pixels and style.short_by == pytest.approx(short_by)


def test_a_style_takes_on_the_photos_colours(tmp_path: Path) -> None:
    photo = write_noise(tmp_path / "photo.png", 80, 60, levels=(150, 200))
    style_file = write_noise(tmp_path / "style.png", 60, 80)
    asked = job(PAINTING["livebrush"], photo=photo, styles=[(style_file, 1.0)], match_colours=True)
    task, _ = prepare(asked, read_picture(photo), torch.device("cpu"), print)
    (style,) = task.regions[0].styles
    assert task.photo is not None
    for of in (torch.mean, torch.std):
        assert float(of(style.pixels)) == pytest.approx(float(of(task.photo)), abs=0.005)


def test_masks_of_a_narrow_style_fit_it(tmp_path: Path) -> None:
    photo, style_file = (
        write_noise(tmp_path / "photo.png", 80, 60),
        write_noise(tmp_path / "style.png", 200, 40),
    )
    asked = job(PAINTING["livebrush"], photo=photo, styles=[(style_file, 1.0)], masks=(photo, style_file))
    task, _ = prepare(asked, read_picture(photo), torch.device("cpu"), print)
    assert {tuple(style.pixels.shape[2:]) for region in task.regions for style in region.styles} == {
        (160, 32)
    }


def test_the_sky_has_a_style_of_its_own(tmp_path: Path) -> None:
    tower = Path(__file__).parents[3] / "examples" / "photos" / "tower.jpg"
    style_file, sky_file = (
        write_noise(tmp_path / "style.png", 60, 80), write_noise(tmp_path / "sky.png", 90, 90, levels=(200, 201)),
    )  # fmt: skip
    asked = job(
        PAINTING["livebrush"],
        photo=tower,
        size=128,
        styles=[(style_file, 1.0)],
        mask_styles={"sky": sky_file},
    )
    task, _ = prepare(asked, read_picture(tower), torch.device("cpu"), print)
    sky, rest = task.regions
    assert sky.mask is not None and rest.mask is not None
    assert float(sky.mask[..., :20, -20:].mean()) > 0.8 > 0.2 > float(rest.mask[..., :20, -20:].mean())
    assert float(sky.styles[0].pixels.mean()) == pytest.approx(200 / 255, abs=1e-3)
