"""The loss network from every kind of file."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from livebrush.models.errors import LivebrushError
from livebrush.trainer.loss_networks.loss_network import load_loss_network, nearest_layer
from tests.trainer.small_vgg import weights, write_distilled, write_npz, write_zoo

IMAGES = torch.rand(2, 3, 48, 40, generator=torch.Generator().manual_seed(0))


def test_oxfords_file_sees_bgr_minus_the_mean(tmp_path: Path) -> None:
    network = load_loss_network([write_npz(tmp_path / "vgg.npz")])
    weight, bias = weights()["1_1"]
    bgr = IMAGES[:, [2, 1, 0]] * 255 - torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    expected = F.relu(F.conv2d(bgr, torch.tensor(weight) / 70, torch.tensor(bias), padding=1))
    torch.testing.assert_close(network.features(IMAGES, {"relu1_1"})["relu1_1"], expected)


def test_the_zoos_file_sees_normalised_rgb(tmp_path: Path) -> None:
    network = load_loss_network([write_zoo(tmp_path / "vgg.pth")])
    weight, bias = weights()["1_1"]
    mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 1, 3, 1, 1)
    expected = F.relu(
        F.conv2d((IMAGES - mean) / deviation, torch.tensor(weight), torch.tensor(bias), padding=1)
    )
    torch.testing.assert_close(network.features(IMAGES, {"relu1_1"})["relu1_1"], expected)
    assert network.name == "vgg19" and "relu5_4" in network.layers


@pytest.mark.parametrize(("average", "pool"), [(False, F.max_pool2d), (True, F.avg_pool2d)])
def test_pooling_comes_before_the_next_block(tmp_path: Path, average: bool, pool) -> None:
    network = load_loss_network([write_npz(tmp_path / "vgg.npz")], average=average)
    found = network.features(IMAGES, {"relu1_2", "relu2_1"})
    weight, bias = weights()["2_1"]
    expected = F.relu(
        F.conv2d(pool(found["relu1_2"], 2), torch.tensor(weight), torch.tensor(bias), padding=1)
    )
    torch.testing.assert_close(found["relu2_1"], expected)


def test_layers_come_from_the_first_file_that_has_them(tmp_path: Path) -> None:
    files = [write_npz(tmp_path / "vgg.npz", last="3_4"), write_distilled(tmp_path / "small.pth")]
    network = load_loss_network(files)
    assert network.name == "vgg19-1_1..3_4+distilled"
    found = network.features(IMAGES, {"relu3_1", "relu4_1", "relu5_1"})
    assert {layer: tuple(f.shape[1:]) for layer, f in found.items()} == {
        "relu3_1": (8, 12, 10),
        "relu4_1": (10, 6, 5),
        "relu5_1": (10, 3, 2),
    }


def test_bfloat16_stays_close_and_gradients_reach_the_picture(tmp_path: Path) -> None:
    network = load_loss_network([write_npz(tmp_path / "vgg.npz")])
    exact = network.features(IMAGES, {"relu3_1"})["relu3_1"]
    network.to_bfloat16()
    images = IMAGES.clone().requires_grad_()
    rough = network.features(images, {"relu3_1"})["relu3_1"]
    assert rough.dtype == torch.bfloat16
    assert float((rough.detach().float() - exact).norm() / exact.norm()) < 0.02
    rough.float().sum().backward()
    assert images.grad is not None and float(images.grad.abs().sum()) > 0


def test_the_nearest_layer_is_the_deepest_before() -> None:
    layers = frozenset({"relu1_1", "relu3_4", "relu5_1"})
    assert nearest_layer("relu4_2", layers) == "relu3_4"
    assert nearest_layer("relu5_1", layers) == "relu5_1"
    with pytest.raises(LivebrushError, match="no layer of VGG19"):
        nearest_layer("conv9", layers)
    with pytest.raises(LivebrushError, match="has no layer up to relu1_1"):
        nearest_layer("relu1_1", frozenset({"relu2_1"}))


def test_files_that_are_no_vgg(tmp_path: Path) -> None:
    with pytest.raises(LivebrushError, match="does not exist"):
        load_loss_network([tmp_path / "none.npz"])
    (tmp_path / "text.pth").write_text("weights")
    with pytest.raises(LivebrushError, match="cannot be read as weights"):
        load_loss_network([tmp_path / "text.pth"])
    np.savez(tmp_path / "other.npz", a=np.zeros(1))
    with pytest.raises(LivebrushError, match="is no VGG19: expected the keys"):
        load_loss_network([tmp_path / "other.npz"])
    np.savez(tmp_path / "half.npz", **{"conv1_1.weight": np.zeros((8, 3, 3, 3))})  # pyright: ignore[reportArgumentType]
    with pytest.raises(LivebrushError, match=r"conv1_1\.weight but no conv1_1\.bias"):
        load_loss_network([tmp_path / "half.npz"])


def test_a_file_that_carries_code_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self):
            return (Path(tmp_path / "ran").write_text, ("x",))

    torch.save({"features.0.weight": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(LivebrushError, match="cannot be read as weights"):
        load_loss_network([tmp_path / "evil.pth"])
    assert not (tmp_path / "ran").exists()
