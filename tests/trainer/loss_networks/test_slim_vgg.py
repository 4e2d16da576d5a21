"""The loss network that ships, and how it is made."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from livebrush.trainer.distillation.loss_network import squeeze
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import Vgg19, load_loss_network
from livebrush.trainer.loss_networks.slim_vgg import RANKS, WIDTHS
from livebrush.trainer.losses.gram import gram_matrix

PHOTOS = Path(__file__).parents[3] / "examples" / "photos"
VGG19 = Path(__file__).parents[4] / "shared" / "data" / "vgg" / "vgg19_8bit.npz"


def photo(name: str, side: int = 192) -> Tensor:
    with Image.open(PHOTOS / name) as image:
        pixels = np.array(image.convert("RGB").resize((side, side)))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def test_what_ships_has_every_layer_of_the_losses() -> None:
    network = load_loss_network(find_loss_files(["builtin"]))
    layers = {"relu1_1", "relu2_1", "relu3_1", "relu3_4", "conv3_4", "relu4_1", "relu4_2", "relu5_1"}
    with torch.no_grad():
        features = network.features(photo("face.jpg")[..., :150], layers)
    sizes = {layer: tuple(f.shape[1:]) for layer, f in features.items()}
    assert sizes["relu1_1"] == (64, 192, 150) and sizes["relu3_4"] == (256, 48, 37)
    assert sizes["relu4_1"] == (512, 24, 18) and sizes["relu5_1"] == (512, 12, 9)
    assert torch.equal(features["relu3_4"], F.relu(features["conv3_4"]))


def test_it_is_small() -> None:
    (path,) = find_loss_files(["builtin"])
    assert path.stat().st_size < 8e6


@pytest.mark.skipif(not VGG19.is_file(), reason="VGG19's weights are not here")
def test_what_ships_answers_as_vgg19_does() -> None:
    ours, theirs = load_loss_network(find_loss_files(["builtin"])), load_loss_network([VGG19])
    wrong = {
        "relu2_1": 0.02,
        "relu3_1": 0.05,
        "relu3_4": 0.04,
        "relu4_1": 0.04,
        "relu4_2": 0.08,
        "relu5_1": 0.5,
    }
    for name in ("face.jpg", "stream.jpg"):
        with torch.no_grad():
            got, wanted = (network.features(photo(name), set(wrong)) for network in (ours, theirs))
        for layer, bound in wrong.items():
            assert relative_error(got[layer], wanted[layer]) < bound, layer
            assert relative_error(gram_matrix(got[layer]), gram_matrix(wanted[layer])) < bound, layer


def relative_error(got: Tensor, wanted: Tensor) -> float:
    return float((got - wanted).square().sum() / wanted.square().sum())


def low_rank_vgg() -> Vgg19:
    """A network of VGG's widths whose convolutions have half the rank that they are squeezed to."""
    torch.manual_seed(0)
    weights: dict[str, tuple[Tensor, Tensor]] = {}
    inward = 3
    for name, width in WIDTHS.items():
        rank = RANKS[name] // 2 if name in RANKS else 27
        kernel = torch.randn(width, rank) @ torch.randn(rank, inward * 9)
        weight = kernel.view(width, inward, 3, 3) / (rank * inward * 9) ** 0.5
        weights[name] = (weight * 2**0.5 / (60 if name == "1_1" else 1), 0.1 * torch.randn(width))
        inward = width
    return Vgg19(weights, caffe=True).requires_grad_(False)


def test_convolutions_of_low_rank_are_squeezed_without_loss() -> None:
    teacher = low_rank_vgg()
    pictures = torch.cat([photo(name, 64) for name in ("face.jpg", "stream.jpg", "night.jpg")])
    pictures = torch.cat([pictures, pictures.flip(2), pictures.flip(3), pictures.mT])
    student, wrong = squeeze(teacher, pictures)
    assert list(wrong) == list(RANKS)
    with torch.no_grad():
        for layer in ("relu1_1", "conv1_2", "relu2_2", "relu3_1"):
            got, wanted = (net.features(photo("dogs.jpg", 64), {layer})[layer] for net in (student, teacher))
            assert relative_error(got, wanted) < 0.01, layer
            assert wrong.get(layer.replace("conv", "").replace("relu", ""), 0) < 0.01
