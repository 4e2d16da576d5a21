"""One door to all readers."""

from pathlib import Path

from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.converters.checkpoints.file_kind import Kind
from livebrush.models.errors import LivebrushError


def read_checkpoint(path: Path, kind: Kind) -> Checkpoint:
    """raises: LivebrushError for a file that cannot be read safely, and where a package is missing"""
    try:
        if kind == "pytorch":
            from livebrush.converters.checkpoints.torch_file import read_torch

            return _not_empty(read_torch(path))
        if kind == "torch7":
            from livebrush.converters.checkpoints.torch7 import read_torch7

            return _not_empty(read_torch7(path))
        if kind == "tensorflow":
            from livebrush.converters.checkpoints.tensorflow_table import read_tensorflow

            return _not_empty(read_tensorflow(path))
        from livebrush.converters.checkpoints import variables

        readers = {
            "variables": variables.read_variables,
            "numpy": variables.read_numpy,
            "safetensors": variables.read_safetensors,
        }
        return _not_empty(readers[kind](path))
    except OSError as error:
        raise LivebrushError(
            f"{path}: cannot be read ({error.strerror or error})", code="unreadable"
        ) from error


def _not_empty(found: Checkpoint) -> Checkpoint:
    if not found.tensors:
        raise LivebrushError(f"{found.path.name} holds no weights", code="unsupported")
    return found
