"""Parts of features whose gradient lies in memory as they do."""

import torch

from livebrush.trainer.crop import crop


def test_a_crop_is_a_slice() -> None:
    features = torch.rand(2, 3, 6, 5, dtype=torch.float64, requires_grad=True)
    part = crop(features, slice(1, 5), slice(None, 3))
    assert torch.equal(part, features[..., 1:5, :3])
    assert part.data_ptr() == features[..., 1:5, :3].data_ptr()
    assert torch.autograd.gradcheck(lambda x: crop(x, slice(1, 5), slice(None, 3)), features)


def test_its_gradient_keeps_the_layout_of_the_features() -> None:
    features = torch.rand(2, 8, 6, 5).to(memory_format=torch.channels_last).requires_grad_()
    whole: list[torch.Tensor] = []
    inner = features * 1
    inner.register_hook(whole.append)
    crop(inner, slice(1, 5), slice(2, 4)).sum().backward()
    assert whole[0].is_contiguous(memory_format=torch.channels_last)
    assert features.grad is not None and float(features.grad.sum()) == 2 * 8 * 4 * 2
