"""Nets with more channels, grown out of narrower ones."""

import pytest
import torch
from torch import Tensor

from livebrush.models.catalogue import packaged_folder
from livebrush.trainer.nets import make_net
from livebrush.trainer.nets.layers import variances
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.rich import RichNet
from livebrush.trainer.nets.widening import widen
from livebrush.trainer.starts import load_start


def pictures() -> Tensor:
    """Four pictures of flat cells, as different as photos are."""
    return torch.rand(4, 3, 16, 16).repeat_interleave(8, 2).repeat_interleave(8, 3)


def started(net: LiveNet, start: str = "great_wave.onnx") -> LiveNet:
    torch.manual_seed(0)
    load_start(packaged_folder() / start, net)
    return net


@pytest.mark.parametrize("start", ["great_wave.onnx", "starts/live.safetensors"])
def test_a_rich_net_begins_as_the_live_net_that_it_starts_from(start: str) -> None:
    narrow, wide = started(LiveNet(), start), started(RichNet(), start)
    with torch.no_grad():
        x = pictures()
        torch.testing.assert_close(wide.eval()(x), narrow.eval()(x))


def test_new_channels_are_no_whisper_and_see_something_else() -> None:
    wide = started(RichNet(), "starts/live.safetensors")
    seen: list[Tensor] = []
    kept = variances(wide)
    for name in kept:
        convolution = wide.get_submodule(f"{name}.conv")
        convolution.register_forward_hook(lambda _, __, out: seen.append(out.detach()))
    wide.eval()(pictures())
    for out, fixed in zip(seen[1:], list(kept.values())[1:], strict=True):
        ours = out[:, 32:].var((0, 2, 3)) / fixed[32:]
        assert 0.02 < ours.median() < 10
        alike = torch.corrcoef(out.transpose(0, 1).flatten(1))[32:, :32].abs()
        assert alike.median() < 0.5


def test_new_channels_learn_from_the_first_step_on() -> None:
    wide = started(RichNet())
    wide(pictures()).sum().backward()
    for name in ("up2", "body4.2.first"):
        grad = wide.get_parameter(f"{name}.conv.weight").grad
        assert grad is not None and grad[:32, 32:].abs().max() > 0


def test_only_more_of_the_same_layers_can_be_grown() -> None:
    with pytest.raises(ValueError, match=r"other layers: .*body4"):
        widen(LiveNet(), make_net("johnson"))
    with pytest.raises((ValueError, RuntimeError)):
        widen(RichNet(), LiveNet())
