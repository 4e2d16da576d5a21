"""PyTorch's files (.pth, .pt, .model), of today and of before 1.6, read as weights alone: no code in them runs."""

import argparse
import pickle
import pickletools
import re
import sys
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from livebrush.converters.checkpoints.checkpoint import (
    MOST_VALUES,
    Checkpoint,
    as_floats,
    too_large,
    truncated,
)
from livebrush.models.errors import LivebrushError

_DEEPEST = 8  # dictionaries inside dictionaries
_LONGEST_PICKLE = 1 << 20
"""bytes that are looked at; what torch wrote before 1.6 begins with a pickle of a few"""
_INNOCENT = ("__future__", "argparse", "collections", "copyreg", "datetime", "enum", "pathlib")
"""of Python's library, in records of trainings"""
_OF_OTHERS = ("posix", "nt", "__builtin__", "commands")
"""modules of one system alone, and of Python 2, whose names old pickles have"""
_BUILTINS = ("exec", "eval", "compile", "open", "getattr", "setattr", "__import__", "input", "breakpoint")


def read_torch(path: Path) -> Checkpoint:
    """raises: LivebrushError for a file that would run code, is damaged, or holds no tensors"""
    if zipfile.is_zipfile(path):
        _check_archive(path)
    else:
        _check_start(path)
    found = _load(path)
    tensors: dict[str, Any] = {}
    values = 0
    for name, tensor in _tensors(path, found):
        values += tensor.numel()
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes() or values > MOST_VALUES:
            raise too_large(path, f"the tensor {name!r} claims the shape {list(tensor.shape)}")
        if tensor.is_floating_point():
            tensors[name] = as_floats(path, name, tensor.detach().float().numpy())
    return Checkpoint(path, "PyTorch", tensors)


def _check_archive(path: Path) -> None:
    """raises: LivebrushError for archives that torch.save does not write"""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise truncated(path) from error
    names = [entry.filename for entry in entries]
    if any(name.endswith("constants.pkl") or "/code/" in name for name in names):
        raise LivebrushError(
            f"{path.name} is a TorchScript program, not weights: save its state_dict(), or export it to ONNX",
            code="unsupported",
        )
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise too_large(path, "it is compressed, which PyTorch's files are not")
    if not any(name.endswith("data.pkl") for name in names):
        raise LivebrushError(
            f"{path.name} is a zip archive, but none that PyTorch wrote (it holds {', '.join(names[:3])})",
            code="unsupported",
        )


def _check_start(path: Path) -> None:
    """raises: LivebrushError for an archive without its end, and for a pickle that is none of torch's and runs code"""
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            raise truncated(path)
        file.seek(0)
        start = file.read(_LONGEST_PICKLE)
    if called := next((name for name in _called(start) if _runs_code(name)), ""):
        raise _malicious(path, called)


def _called(pickled: bytes) -> Iterator[str]:
    """What the first pickle of a file would import, read without importing it."""
    texts: list[str] = []
    try:
        for code, argument, _ in pickletools.genops(pickled):
            if code.name == "GLOBAL":
                yield str(argument).replace(" ", ".")
            elif code.name == "STACK_GLOBAL":
                yield ".".join(texts[-2:])
            elif isinstance(argument, str):
                texts.append(argument)
    except (ValueError, UnicodeDecodeError):
        return  # damaged, or longer than was read


def _runs_code(name: str) -> bool:
    """Whether something is of Python's own library, but for the parts that checkpoints hold innocently."""
    room, _, inside = name.partition(".")
    if not inside:  # a builtin, whose module PyTorch's reader leaves out
        return name in _BUILTINS
    return room not in _INNOCENT and (room in sys.stdlib_module_names or room in _OF_OTHERS)


def _malicious(path: Path, name: str) -> LivebrushError:
    return LivebrushError(
        f"{path.name} is a malicious or foreign pickle: loading it would call {name}. It was not run",
        code="unsupported",
    )


def _load(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old storages, which are read all the same
            with torch.serialization.safe_globals([argparse.Namespace]):  # of a training's options
                return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refused(path, str(error)) from error
    except (EOFError, MemoryError) as error:
        raise truncated(path) from error
    except Exception as error:  # torch's reader raises whatever the bytes lead it to
        if "unexpected EOF" in str(error):
            raise truncated(path) from error
        raise LivebrushError(
            f"{path.name} cannot be read as PyTorch weights: {(str(error).splitlines() or ['damaged'])[0]:.160}; "
            "it is damaged or cut short: copy or download it again",
            code="unreadable",
        ) from error


def _refused(path: Path, told: str) -> LivebrushError:
    """What to say of a pickle that asks for more than tensors."""
    match = re.search(r"GLOBAL\s+`?([\w.]+\w)", told)
    if not match:
        return truncated(path) if "ran out" in told.lower() else LivebrushError(
            f"{path.name} is not a file of PyTorch weights, or is damaged", code="unreadable"
        )  # fmt: skip
    name = match[1]
    if _runs_code(name):
        return _malicious(path, name)
    return LivebrushError(
        f"{path.name} holds a whole Python object ({name}), whose loading would run code: save its state_dict() "
        "instead, torch.save(net.state_dict(), file)",
        code="unsupported",
    )


def _tensors(path: Path, found: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors of a state dict, wherever in a training's record it lies; the optimiser's are left out.

    raises: LivebrushError where there are none
    """
    state = _state_dict(found, _DEEPEST)
    if state is None:
        raise LivebrushError(
            f"{path.name} holds no tensors by name, expected a state_dict (it holds a {type(found).__name__})",
            code="unsupported",
        )
    wrapped = all(name.startswith("module.") for name in state)  # of several GPUs
    for name, tensor in state.items():
        yield (name.removeprefix("module.") if wrapped else name), tensor


def _state_dict(found: Any, deepest: int) -> Mapping[str, torch.Tensor] | None:
    if not isinstance(found, Mapping) or not deepest:
        return None
    tensors = {str(key): value for key, value in found.items() if isinstance(value, torch.Tensor)}
    inner = (
        _state_dict(value, deepest - 1) for key, value in found.items() if "optim" not in str(key).lower()
    )
    largest = max((state for state in inner if state), key=len, default=None)
    if largest and len(largest) > len(tensors):
        return largest
    return tensors or None
