"""Tensors and a few words in one safetensors file, whole or not at all, and checked when they are read again."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import unwritable, whole_file

_CHECKSUM = "sha256"


def save_tensors(path: Path, tensors: Mapping[str, Tensor], words: Mapping[str, str], what: str) -> None:
    """Write beside the target and rename, so that a full disk or Ctrl-C leaves the last good file.

    what:   what an error calls the file
    raises: LivebrushError when it cannot be written
    """
    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with whole_file(path) as partial:
        try:
            save_file(stored, partial, {**words, _CHECKSUM: _digest(stored, words)})
        except SafetensorError as error:  # what it makes of the system's errors
            raise unwritable(path, OSError(str(error))) from error


def read_words(path: Path) -> dict[str, str]:
    """The words alone. raises: LivebrushError when it is no such file"""
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError, ValueError) as error:
        raise LivebrushError(f"{path} cannot be read: {error}", code="unreadable") from error


def load_tensors(path: Path, device: str | torch.device = "cpu") -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and words.

    raises: LivebrushError when it is no such file, or something in it is not what was written
    """
    try:
        with safe_open(path, framework="pt") as file:
            words = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError) as error:
        raise LivebrushError(f"{path} cannot be read: {error}", code="unreadable") from error
    if words.pop(_CHECKSUM, None) != _digest(tensors, words):
        raise LivebrushError(
            f"{path} is damaged, or of an earlier livebrush: what it holds is not what its checksum says",
            code="unreadable",
        )
    return {name: tensor.to(device) for name, tensor in tensors.items()}, words


def _digest(tensors: Mapping[str, Tensor], words: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(words.items())).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
