"""What every reader of weight files gives, and the limits that all of them keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.models.errors import LivebrushError

LARGEST_FILE = 2 * 1024**3
"""bytes; a style net has a few megabytes, and ONNX holds no more in one file"""
MOST_VALUES = LARGEST_FILE // 4
"""of all tensors of a file together"""


@dataclass(frozen=True)
class Checkpoint:
    """The weights that a file holds.

    format:  of the file, in words: "PyTorch", "Torch7", "TensorFlow" …
    tensors: name -> float32 array, in the order of the file; arrays of whole numbers are left out
    modules: of Torch7, the tree of modules that the tensors lie in; None elsewhere
    """

    path: Path
    format: str
    tensors: Mapping[str, np.ndarray]
    modules: Any = field(default=None, compare=False)


def check_file(path: Path) -> None:
    """raises: LivebrushError for a file that is missing, empty, or larger than any style net"""
    if not path.exists():
        raise LivebrushError(f"{path} does not exist", code="not_found")
    size = path.stat().st_size if path.is_file() else 1
    if size == 0:
        raise LivebrushError(f"{path.name} is empty (0 bytes): copy or download it again", code="unreadable")
    if size >= LARGEST_FILE:
        raise LivebrushError(
            f"{path.name} has {size / 1e9:.1f} GB; a style net has a few megabytes, and ONNX takes less than 2 GB",
            code="unsupported",
        )


def as_floats(path: Path, name: str, values: np.ndarray) -> np.ndarray | None:
    """A tensor as float32; None for one of whole numbers, which no net paints with.

    raises: LivebrushError for a tensor without values, or with values that are no numbers
    """
    # Of few bits, which numpy knows of by another package alone
    if not (np.issubdtype(values.dtype, np.floating) or values.dtype.name.startswith(("bfloat", "float8"))):
        return None
    if values.size == 0:
        raise LivebrushError(
            f"{path.name}: the tensor {name!r} has the shape {list(values.shape)}, which holds nothing",
            code="unreadable",
        )
    values = np.ascontiguousarray(values, np.float32)
    if not np.isfinite(values).all():
        raise LivebrushError(
            f"{path.name}: the tensor {name!r} holds values that are no numbers (nan or infinite): it is damaged, "
            "or its training failed",
            code="unreadable",
        )
    return values


def truncated(path: Path, where: str = "") -> LivebrushError:
    return LivebrushError(
        f"{path.name} ends early{where}: it is cut short or damaged; copy or download it again",
        code="unreadable",
    )


def too_large(path: Path, what: str) -> LivebrushError:
    return LivebrushError(
        f"{path.name} would unpack to far more than it holds ({what}): refused", code="unreadable"
    )
