"""The transform nets: sizes, cost, folding."""

from typing import Any

import pytest
import torch

from livebrush.models.errors import LivebrushError
from livebrush.trainer.nets import NETS, make_net
from livebrush.trainer.nets.annealed_norm import AnnealedNorm, set_fixed
from livebrush.trainer.nets.layers import EvenBlocks, scale_to, variances


def multiply_adds(net: torch.nn.Module, height: int, width: int) -> int:
    """Of all convolutions, counted while a picture runs through."""
    total = 0

    def count(module: torch.nn.Module, _inputs: object, output: torch.Tensor) -> None:
        nonlocal total
        assert isinstance(module, torch.nn.Conv2d | EvenBlocks)
        total += module.weight.numel() * output.shape[2] * output.shape[3]

    kinds = (torch.nn.Conv2d, EvenBlocks)
    hooks = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, kinds)]
    with torch.no_grad():
        net(torch.rand(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return total


@pytest.mark.parametrize(("name", "giga"), [("live", 3.0), ("rich", 8.9), ("johnson", 47.0)])
def test_cost_at_640x480_is_what_the_docstring_says(name: str, giga: float) -> None:
    # A sixteenth of the frame: these nets cost the same for every pixel
    assert multiply_adds(make_net(name).eval(), 120, 160) * 16 / 1e9 == pytest.approx(giga, rel=0.02)


@pytest.mark.parametrize("name", NETS)
def test_size_and_range_are_kept(name: str) -> None:
    net = make_net(name).eval()
    with torch.no_grad():
        painted = net(torch.rand(2, 3, 6 * net.multiple, 5 * net.multiple) * 4 - 2)
    assert painted.shape == (2, 3, 6 * net.multiple, 5 * net.multiple)
    assert float(painted.min()) >= 0 and float(painted.max()) <= 1


def trained(name: str = "live") -> torch.nn.Module:
    """A net whose norms have statistics and weights of their own."""
    torch.manual_seed(1)
    net = make_net(name).train()
    for module in net.modules():
        if isinstance(module, AnnealedNorm):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
            module.momentum = 0.5
    for _ in range(4):
        net(torch.rand(2, 3, 48, 48))
    return net.eval()


@pytest.mark.parametrize("name", ["live", "rich"])
def test_folding_changes_nothing_that_shows(name: str) -> None:
    net = trained(name)
    set_fixed(net, 1.0)
    picture = torch.rand(1, 3, 56, 40)
    with torch.no_grad():
        difference = (net(picture) - net.folded()(picture)).abs().max()  # pyright: ignore[reportCallIssue]
    assert float(difference) < 1e-4
    left = [m for m in net.folded().modules() if isinstance(m, AnnealedNorm)]  # pyright: ignore[reportCallIssue]
    assert left and all(norm.kept for norm in left)


def test_folding_waits_for_fixed_statistics() -> None:
    with pytest.raises(ValueError, match="0% fixed"):
        trained().folded()  # pyright: ignore[reportCallIssue]


def test_annealing_slides_from_instance_norm_to_fixed_statistics() -> None:
    norm = AnnealedNorm(2).train()
    x = torch.randn(3, 2, 8, 8) * 5 + 3
    torch.testing.assert_close(norm(x), torch.nn.functional.instance_norm(x))
    set_fixed(norm, 1.0)
    norm.eval()
    scale = torch.rsqrt(norm.running_var + norm.eps)[:, None, None]
    torch.testing.assert_close(norm(x), (x - norm.running_mean[:, None, None]) * scale)
    before = norm.running_mean.clone()
    norm.train()
    norm(x + 100)
    torch.testing.assert_close(norm.running_mean, before)


def test_what_a_convolution_has_grown_before_a_norm_is_taken_back_and_nothing_shows() -> None:
    torch.manual_seed(0)
    net = make_net("live")
    begun = variances(net)
    set_fixed(net, 0.25)
    net.train()
    for name in begun:
        net.get_submodule(name).conv.weight.data.mul_(40)  # pyright: ignore[reportArgumentType, reportCallIssue, reportAttributeAccessIssue]
    picture = torch.rand(1, 3, 64, 64)
    for _ in range(3):
        net(picture)
    set_fixed(net, 1.0)
    net.eval()
    painted, grown = net(picture), variances(net)
    scale_to(net, begun)
    torch.testing.assert_close(net(picture), painted, atol=1e-4, rtol=0)
    assert list(begun) == ["down4", *(f"body4.{n}.second" for n in range(5))]
    assert all(float(grown[name].max()) > 2 for name in begun)
    for name, var in variances(net).items():
        torch.testing.assert_close(var, begun[name])


def test_a_norm_that_is_loaded_is_as_fixed_as_it_was() -> None:
    norm, loaded = AnnealedNorm(2).train(), AnnealedNorm(2).train()
    set_fixed(norm, 1.0)
    loaded.load_state_dict(norm.state_dict())
    x = torch.rand(3, 2, 5, 7)
    torch.testing.assert_close(loaded(x), norm(x), rtol=0, atol=0)
    assert loaded.fixed_share == 1.0


def test_the_four_pixels_of_a_block_are_in_their_places() -> None:
    torch.manual_seed(2)
    net: Any = make_net("live").eval()
    torch.nn.init.normal_(net.paint.weight)
    picture = torch.rand(1, 3, 32, 48)
    with torch.no_grad():
        painted, blocks = net(picture), net.blocks(picture)
    torch.testing.assert_close(painted[:, 1, 1::2, 0::2], blocks[:, 2 * 3 + 1])
    torch.testing.assert_close(painted[:, 2, 0::2, 1::2], blocks[:, 1 * 3 + 2])


def test_no_pixel_of_a_block_is_brighter_on_the_whole() -> None:
    torch.manual_seed(2)
    blocks = EvenBlocks(16)
    torch.nn.init.normal_(blocks.weight)
    torch.nn.init.normal_(blocks.bias)
    with torch.no_grad():
        painted = blocks(torch.rand(1, 16, 1, 1).expand(1, 16, 9, 9))[..., 1:-1, 1:-1].unflatten(1, (4, 3))
    assert float(painted.std()) > 0.1
    torch.testing.assert_close(painted, painted[:, :1].expand_as(painted))


def test_an_unknown_net() -> None:
    with pytest.raises(LivebrushError, match="no net is called 'gatys': choose one of live, rich, johnson"):
        make_net("gatys")


def test_the_strokes_of_a_rich_net_follow_the_picture_s_own_contrast() -> None:
    """At half the contrast its body does nearly what it does with the picture; were its norms fixed, much less."""
    net = trained("rich")
    picture = torch.rand(1, 3, 64, 64)

    def kept_at_half_the_contrast() -> float:
        spreads: list[float] = []
        body = net.body4
        assert isinstance(body, torch.nn.Module)
        hook = body.register_forward_hook(lambda *told: spreads.append(float(told[-1].std((2, 3)).mean())))
        set_fixed(net, 1.0)
        with torch.no_grad():
            net(picture)
            net(0.5 + (picture - 0.5) / 2)
        hook.remove()
        return spreads[1] / spreads[0]

    followed = kept_at_half_the_contrast()
    for module in net.modules():
        if isinstance(module, AnnealedNorm):
            module.most = 1.0
    assert followed > 0.85 > kept_at_half_the_contrast() + 0.1
