"""The reference that speed is compared with."""

from pathlib import Path

import numpy as np
import pytest
import torch

from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.engine import Engine
from livebrush.trainer.nets.reference import export_johnson, johnson_in_torch

FRAME = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def own_threads():
    """The number of threads belongs to the process."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_torch_and_onnx_runtime_paint_the_same(tmp_path: Path) -> None:
    export_johnson(tmp_path / "johnson.onnx")
    engine = Engine(read_style_model(tmp_path / "johnson.onnx"), "cpu", 1)
    by_torch, by_onnx = johnson_in_torch(1)(FRAME), engine.begin().paint({"frames": FRAME[None]})
    assert by_torch.shape == FRAME.shape and by_torch.dtype == np.uint8 and by_torch.std() > 1
    difference = np.abs(by_torch.astype(int) - by_onnx)
    assert difference.max() <= 2 and (difference > 0).mean() < 0.05
    assert engine.model.metadata.net == "johnson"


def test_each_paints_with_its_own_threads() -> None:
    paints = [(threads, johnson_in_torch(threads)) for threads in (1, 2)]
    for threads, paint in paints:
        paint(FRAME[:16, :16].copy())
        assert torch.get_num_threads() == threads


def test_making_it_draws_no_random_numbers() -> None:
    before = torch.random.get_rng_state()
    first, second = johnson_in_torch(1), johnson_in_torch(1)
    assert torch.equal(before, torch.random.get_rng_state())
    assert np.array_equal(first(FRAME), second(FRAME))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_without_cuda_it_says_what_to_do() -> None:
    with pytest.raises(LivebrushError, match="reaches no NVIDIA GPU"):
        johnson_in_torch(1, "cuda")
