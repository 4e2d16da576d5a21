"""The super-resolution net learns from paintings made small, and ends in a file that ships."""

from pathlib import Path

import numpy as np
import pytest
import torch

from livebrush.realtime.engine.providers import providers
from livebrush.realtime.engine.super_resolution import REACH, SuperResolution
from livebrush.trainer.distillation.helper import train_to_end
from livebrush.trainer.distillation.super_resolution import (
    CROP,
    SIDE,
    SuperResolutionGraph,
    SuperResolutionLearner,
    export_super_resolution,
    grain,
    made_small,
    painted,
)
from livebrush.trainer.nets.super_resolution import SuperResolutionNet
from livebrush.trainer.runs.content_photos import scan_photos
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.recipe import Recipe


def strokes(count: int, seed: int) -> np.ndarray:
    """Pictures of hard-edged cells of 5 pixels in random colours."""
    cells = np.random.default_rng(seed).integers(0, 256, (count, 52, 52, 3), dtype=np.uint8)
    return np.ascontiguousarray(cells.repeat(5, 1).repeat(5, 2)[:, :SIDE, :SIDE])


def learner(steps: int) -> SuperResolutionLearner:
    recipe = Recipe(images=2 * steps, batch=2, learning_rate=3e-3)
    return SuperResolutionLearner(recipe, strokes(6, 0), strokes(2, 1), {})


def test_it_learns_edges(tmp_path: Path) -> None:
    taught = learner(100)
    before, _ = taught.judge()
    train_to_end(taught, RunFolder(tmp_path), "net")
    after, _ = taught.judge()
    assert after["psnr"] > before["psnr"] + 0.15
    assert after["sharpness"] > before["sharpness"] + 0.015


def test_batches_depend_on_the_step_alone() -> None:
    one, other = learner(4), learner(4)
    crops, others = one.batch(3)
    assert crops.shape == (2, 3, CROP, CROP) and others.shape == (2, 3, CROP // 2, CROP // 2)
    for ours, again in zip((crops, others), other.batch(3), strict=True):
        np.testing.assert_array_equal(ours, again)
    assert (crops != one.batch(2)[0]).any()


def test_made_small_is_half_the_size_and_keeps_what_is_flat() -> None:
    flat = torch.full((1, 3, 20, 30), 0.3)
    torch.testing.assert_close(made_small(flat, 0.45), torch.full((1, 3, 10, 15), 0.3))
    noise = torch.rand(1, 3, 64, 64)
    assert made_small(noise, 0.6).std() < made_small(noise, 0.3).std() < noise.std()


def test_grain_is_what_is_fine_in_calm_places() -> None:
    torch.manual_seed(0)
    pictures = 0.5 + 0.01 * torch.randn(1, 3, 40, 80)
    pictures[..., 40:] = torch.from_numpy(strokes(1, 0)[0, :40, :40].copy()).permute(2, 0, 1) / 255
    found = grain(pictures)
    assert 0.005 < float(found[..., :36].std()) < 0.01
    assert float(found[..., 44:].abs().mean()) < 1e-3


def test_the_net_depends_on_as_many_pixels_as_the_runtime_gives_it() -> None:
    net = SuperResolutionNet()
    torch.nn.init.normal_(net.last.weight, std=0.1)
    assert net.reach <= REACH
    small = torch.rand(1, 3, 40, 40)
    changed = small.clone()
    changed[..., 20, 20] = 1 - changed[..., 20, 20]
    away = (net(changed) - net(small)).abs().sum((0, 1))
    rows = away.sum(1).nonzero()
    assert 40 - 2 * net.reach <= int(rows.min()) and int(rows.max()) <= 41 + 2 * net.reach


def test_the_file_enlarges_as_the_net_does(tmp_path: Path) -> None:
    net = SuperResolutionNet().eval()
    torch.nn.init.normal_(net.last.weight, std=0.1)
    export_super_resolution(net, tmp_path / "net.onnx", {"steps": 1})
    picture = np.random.default_rng(0).integers(0, 256, (30, 46, 3), dtype=np.uint8)
    with torch.no_grad():
        expected = SuperResolutionGraph(net)(torch.from_numpy(picture[None]))[0].numpy()
    got = SuperResolution(providers()["cpu"], 1, tmp_path / "net.onnx").doubled(picture)
    assert np.abs(got.astype(int) - expected).max() <= 1


def test_photos_are_painted_once(photo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = scan_photos(photo_folder, 64)
    first = painted(photos, ["minotaur"], 2, tmp_path / "run" / "lessons.npy")
    assert first.shape == (2, SIDE, SIDE, 3) and (first[0] != first[1]).any()
    monkeypatch.setattr("livebrush.trainer.distillation.super_resolution.LoadedStyle", None)
    np.testing.assert_array_equal(painted(photos, ["minotaur"], 2, tmp_path / "run" / "lessons.npy"), first)
