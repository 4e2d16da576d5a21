"""Checkpoints on disk: whole, and never taken for good when they are not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from livebrush.models.errors import LivebrushError
from livebrush.trainer.runs.checkpoint import RunState, load_checkpoint, save_checkpoint
from livebrush.trainer.tensor_file import load_tensors, save_tensors


def stored(path: Path) -> Path:
    save_tensors(path, {"a": torch.arange(12.0).view(3, 4), "b": torch.ones(2)}, {"step": "3"}, "the state")
    return path


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    tensors, words = load_tensors(stored(tmp_path / "a.safetensors"))
    torch.testing.assert_close(tensors["a"], torch.arange(12.0).view(3, 4))
    assert words == {"step": "3"} and set(tensors) == {"a", "b"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


@pytest.mark.parametrize("place", range(0, 1000, 7))
def test_no_flipped_byte_goes_unnoticed(tmp_path: Path, place: int) -> None:
    path = stored(tmp_path / "a.safetensors")
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1 << (place % 8)
    path.write_bytes(data)
    try:
        tensors, words = load_tensors(path)
    except LivebrushError as error:
        assert "a.safetensors" in str(error)
    else:  # a blank of the header
        assert words == {"step": "3"} and tensors["a"].tolist() == np.arange(12.0).reshape(3, 4).tolist()


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_a_file_that_is_cut_short_is_no_checkpoint(tmp_path: Path, keep: int) -> None:
    path = stored(tmp_path / "a.safetensors")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(LivebrushError, match="cannot be read"):
        load_tensors(path)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"step": "x", "run": "{}"},
        {"step": "1", "run": "[1]"},
        {"step": "-1", "run": "{}"},
        {"step": "1", "run": "{"},
    ],
)
def test_other_words_are_refused(tmp_path: Path, words: dict[str, str]) -> None:
    save_tensors(tmp_path / "a.safetensors", {"net.weight": torch.ones(1, 1)}, words, "it")
    with pytest.raises(LivebrushError, match="no checkpoint of a training"):
        load_checkpoint(tmp_path / "a.safetensors", nn.Linear(1, 1))


@pytest.mark.parametrize("name", ["adam.x.step", "adam.1", "adam.0.step.more"])
def test_other_tensors_are_refused(tmp_path: Path, name: str) -> None:
    net = nn.Linear(2, 2)
    optimizer = torch.optim.Adam(net.parameters())
    save_checkpoint(tmp_path / "good.safetensors", net, optimizer, RunState(1, {}))
    tensors, words = load_tensors(tmp_path / "good.safetensors")
    save_tensors(tmp_path / "bad.safetensors", {**tensors, name: torch.ones(1)}, words, "it")
    with pytest.raises(LivebrushError, match="does not fit this net"):
        load_checkpoint(tmp_path / "bad.safetensors", net, optimizer)
