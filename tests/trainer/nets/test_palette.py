"""A net of several styles: what it paints at first, what its styles share, and what it costs in bytes."""

import copy

import pytest
import torch
from torch import nn

from livebrush.trainer.nets.annealed_norm import is_statistic, set_fixed
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.palette import STEPS, PaletteNet, bytes_of, factored, levels_of

PICTURE = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(0))
PICTURE = PICTURE.repeat_interleave(8, 2).repeat_interleave(8, 3)


def nets_of_one_origin(count: int) -> list[nn.Module]:
    """Folded live nets, each some way from the first."""
    torch.manual_seed(0)
    origin = LiveNet()
    set_fixed(origin, 1.0)
    nets: list[nn.Module] = []
    for _ in range(count):
        net = copy.deepcopy(origin)
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(0.4 * parameter.std(correction=0) * torch.randn_like(parameter))
        nets.append(net.folded().eval())
    return nets


def palette_of(count: int, kilobytes: float = 5000) -> PaletteNet:
    return PaletteNet(nets_of_one_origin(count), kilobytes)


def test_at_first_each_style_is_the_net_that_it_began_as() -> None:
    nets = nets_of_one_origin(3)
    palette = PaletteNet(nets, 5000)
    assert palette.styles == 3 and palette.levels.tolist() == [256] * 3
    with torch.no_grad():
        for net, style in zip(nets, torch.eye(3), strict=True):
            painted, wanted = palette.after(style).eval()(PICTURE), net(PICTURE)
            assert float((painted - wanted).abs().mean()) < 0.01 < float(wanted.std())


def test_with_fewer_bytes_it_paints_less_alike() -> None:
    nets = nets_of_one_origin(3)
    wanted = torch.cat([net(PICTURE) for net in nets]).detach()
    off: list[float] = []
    for kilobytes in (1500, 270, 90):
        palette = PaletteNet(nets, kilobytes).eval()
        with torch.no_grad():
            painted = torch.cat([palette.after(style).eval()(PICTURE) for style in torch.eye(3)])
        off.append(float((painted - wanted).abs().mean()))
    assert off == sorted(off)


def test_weights_have_no_more_values_than_fit() -> None:
    palette = palette_of(3, kilobytes=250)
    levels = palette.levels.tolist()
    assert levels == sorted(levels, reverse=True) and levels[-1] < 256
    for conv in palette.convs:
        places = palette.places_of(conv)
        assert places.shape[0] == len(levels)
        assert all(int(place.max()) < level for place, level in zip(places, levels, strict=True))
        exact = palette.kernels[conv.replace(".", "_")][0].detach()
        rounded = (places[0].float() - (levels[0] - 1) / 2) * palette.steps_of(conv)[0][:, None, None, None]
        assert float((rounded - exact).norm() / exact.norm()) < 0.02


def test_a_style_learns_and_others_keep_what_is_their_own() -> None:
    palette = palette_of(2, kilobytes=900).train()
    palette.after(torch.tensor([0.0, 1.0])).train()(PICTURE).square().sum().backward()
    for name, parameter in palette.named_parameters():
        gradient = parameter.grad
        if is_statistic(name.replace("_norm_", ".norm.")):
            assert gradient is None
            continue
        assert gradient is not None and float(gradient.abs().max()) > 0, name
        if not name.startswith("kernels."):
            assert float(gradient[0].abs().max()) == 0, name


def test_a_blend_mixes_what_the_styles_have() -> None:
    palette = palette_of(2)
    ends = [palette.weights(style)["body2.conv.weight"] for style in torch.eye(2)]
    half = palette.weights(torch.tensor([0.5, 0.5]))["body2.conv.weight"]
    torch.testing.assert_close(half, (ends[0] + ends[1]) / 2)


def test_nets_of_several_origins_are_refused() -> None:
    other = LiveNet()
    set_fixed(other, 1.0)
    with pytest.raises(ValueError, match="nothing in common"):
        PaletteNet([*nets_of_one_origin(1), other.folded()], 900)


def test_nets_with_and_without_a_shortcut_are_refused() -> None:
    one, other = nets_of_one_origin(2)
    other.shortcut = True  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="some have a shortcut"):
        PaletteNet([one, other], 900)


def test_a_layers_weights_are_sums_the_most_important_first() -> None:
    stack = torch.randn(4, 6, 5, 3, 3, generator=torch.Generator().manual_seed(0))
    stack[1:] = stack[0] + 0.1 * stack[1:]
    shares, kernels, importance = factored(stack)
    torch.testing.assert_close(torch.tensordot(shares, kernels, 1), stack)
    torch.testing.assert_close(shares.square().mean(0), torch.ones(4))
    assert float(importance.sum()) == pytest.approx(1) and float(importance[0]) > 0.9
    assert importance.tolist() == sorted(importance.tolist(), reverse=True)


@pytest.mark.parametrize("kilobytes", [1, 60, 400, 10_000])
def test_bytes_go_to_what_matters_and_are_not_overdrawn(kilobytes: int) -> None:
    importance = torch.tensor([0.8, 0.1, 0.06, 0.03, 0.01])
    levels = levels_of([importance, importance], 100_000, kilobytes)
    assert sum(100_000 * bytes_of(level) for level in levels) <= 1000 * kilobytes
    assert levels == sorted(levels, reverse=True) and set(levels) <= set(STEPS)
    assert len(levels) in {1: [0], 60: [2, 3], 400: [5], 10_000: [5]}[kilobytes]
    assert kilobytes < 10_000 or levels == [256] * 5
