"""Nets whose weights are mixed of others', by a picture."""

import copy
from typing import Any

import pytest
import torch

from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.losses.colour_transport import colour_transport, colours_of
from livebrush.trainer.nets.annealed_norm import set_fixed
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.mixed import MixedLive
from livebrush.trainer.nets.style_eye import CODE, StyleEye


@pytest.fixture(scope="module")
def eye() -> StyleEye:
    eye = StyleEye(load_loss_network(find_loss_files(("builtin",))).networks[0])  # pyright: ignore[reportArgumentType]
    torch.manual_seed(0)
    eye.fit([torch.rand(1, 3, 40, 40) ** n for n in torch.linspace(0.2, 4, 60).tolist()])
    return eye


def experts() -> list[LiveNet]:
    torch.manual_seed(0)
    net = LiveNet()
    set_fixed(net, 1.0)
    first = net.folded().eval()
    second = copy.deepcopy(first)
    with torch.no_grad():
        for parameter in second.parameters():
            parameter += 0.01 * torch.randn_like(parameter)
    return [first, second]


def test_codes_of_pictures_are_bounded_and_tell_them_apart(eye: StyleEye) -> None:
    dark, light = (eye(torch.full((1, 3, 30, 50), level)) for level in (0.1, 0.9))
    assert dark.shape == (1, CODE) and dark.abs().max() <= 3 and (dark - light).abs().max() > 0.1
    assert torch.equal(eye(torch.full((1, 3, 30, 50), 0.1)), dark)


def test_all_of_one_expert_is_that_net(eye: StyleEye) -> None:
    nets, painting = experts(), torch.rand(1, 3, 32, 32)
    mixed = MixedLive(nets, [painting, painting.flip(1)], eye).eval()
    with torch.no_grad():
        last: Any = mixed.shares[2]
        last.weight.zero_()
        last.bias.copy_(torch.tensor([40.0, 0.0]))
        x = torch.rand(1, 3, 64, 64)
        # Of its own painting no colour is moved
        painted = mixed.after(mixed.look(painting)).eval()(x)
        assert torch.allclose(painted, nets[0](x), atol=1e-4)
        assert not torch.allclose(painted, nets[1](x), atol=1e-4)
        blocks = mixed.after(mixed.look(painting)).eval().blocks(x)
        assert torch.allclose(blocks, nets[0].blocks(x), atol=1e-4)


def test_gradients_reach_experts_and_shares(eye: StyleEye) -> None:
    mixed = MixedLive(experts(), [torch.rand(1, 3, 32, 32)] * 2, eye)
    mixed.after(mixed.look(torch.rand(1, 3, 48, 48))).train()(torch.rand(1, 3, 64, 64)).mean().backward()
    for part in (mixed.experts, mixed.shares, mixed.changes):
        assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
    assert all(p.grad is None for p in mixed.eye.parameters())


def test_only_nets_that_began_as_one_can_be_mixed(eye: StyleEye) -> None:
    nets = experts()
    torch.nn.init.normal_(nets[1].state_dict()["body4.0.first.conv.weight"])
    with pytest.raises(ValueError, match="began as one"):
        MixedLive(nets, [torch.rand(1, 3, 32, 32)] * 2, eye)


def test_colours_are_carried_over_and_moved_as_little_as_may_be() -> None:
    torch.manual_seed(0)
    one = torch.rand(1, 3, 50, 50) * torch.tensor([0.9, 0.5, 0.3])[None, :, None, None]
    other = 0.2 + torch.rand(1, 3, 50, 50) * torch.tensor([0.3, 0.6, 0.8])[None, :, None, None]
    (mean, spread), (wanted_mean, wanted) = colours_of(one), colours_of(other)
    turn = colour_transport(spread[0], wanted[0])
    moved = turn @ (one.flatten(2) - mean[:, :, None]) + wanted_mean[:, :, None]
    found_mean, found = colours_of(moved.unflatten(2, (50, 50)))
    assert torch.allclose(found_mean, wanted_mean, atol=1e-5) and torch.allclose(
        found, wanted, rtol=0.2, atol=2e-3
    )
    assert torch.allclose(turn, turn.T, atol=1e-4)  # symmetric: no hues change places
    assert torch.allclose(colour_transport(wanted[0], wanted[0]), torch.eye(3), atol=1e-3)
