"""Weights without a format of their own: folders of TensorFlow variables, NumPy archives, safetensors."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.converters.checkpoints.checkpoint import (
    LARGEST_FILE,
    MOST_VALUES,
    Checkpoint,
    as_floats,
    too_large,
    truncated,
)
from livebrush.models.errors import LivebrushError


def read_variables(folder: Path) -> Checkpoint:
    """A folder of raw float32 files with a manifest.json: name -> {"filename", "shape"}.

    raises: LivebrushError for a manifest that is not understood, or a file that does not fit it
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        wanted = {name: (entry["filename"], list(entry["shape"])) for name, entry in manifest.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise LivebrushError(
            f"{folder.name}/manifest.json is not understood, expected name: {{filename, shape}} ({error})",
            code="unreadable",
        ) from error
    tensors = {name: _variable(folder, name, *entry) for name, entry in wanted.items()}
    return Checkpoint(folder, "TensorFlow variables", tensors)


def _variable(folder: Path, name: str, file: Any, shape: list[Any]) -> np.ndarray:
    if not isinstance(file, str) or Path(file).name != file:
        raise LivebrushError(
            f"{folder.name}/manifest.json names {str(file)[:60]!r}, which is no file of that folder",
            code="unreadable",
        )
    if not all(isinstance(size, int) and 0 <= size < 2**31 for size in shape):
        raise LivebrushError(f"{folder.name}/manifest.json: {name} has the shape {shape}", code="unreadable")
    path = folder / file
    if not path.is_file():
        raise LivebrushError(
            f"{folder.name} lacks the file {file}, which its manifest names: copy the whole folder",
            code="not_found",
        )
    wanted = 4 * int(np.prod(shape, dtype=object))
    if path.stat().st_size != wanted:
        raise LivebrushError(
            f"{folder.name}/{file} has {path.stat().st_size} bytes, expected {wanted} for float32 {shape}: it is cut "
            "short or damaged",
            code="unreadable",
        )
    found = as_floats(path, name, np.fromfile(path, "<f4").reshape(shape))
    assert found is not None
    return found


def read_numpy(path: Path) -> Checkpoint:
    """raises: LivebrushError for an archive that is damaged, unpacks to too much, or holds pickled objects"""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                _check_claim(path, archive, entry)
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_FILE:
                raise too_large(path, "its arrays have more than 2 GB")
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: as_floats(path, name, arrays[name]) for name in arrays.files}
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise truncated(path) from error
    except ValueError as error:
        raise LivebrushError(
            f"{path.name} holds something else than arrays of numbers, such as Python objects, which are not read "
            f"({error})",
            code="unsupported",
        ) from error
    return Checkpoint(path, "NumPy", {name: array for name, array in found.items() if array is not None})


def _check_claim(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """raises: LivebrushError for an array that claims more values than its bytes hold, before memory is taken for it"""
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
    if not dtype.hasobject and int(np.prod(shape, dtype=object)) * dtype.itemsize > entry.file_size:
        raise too_large(path, f"{entry.filename} claims the shape {list(shape)}")


def read_safetensors(path: Path) -> Checkpoint:
    """raises: LivebrushError for a damaged file"""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        loaded = load_file(path)
    except (SafetensorError, ValueError, OSError) as error:
        raise LivebrushError(
            f"{path.name} is a damaged safetensors file ({error}): copy or download it again",
            code="unreadable",
        ) from error
    if sum(array.size for array in loaded.values()) > MOST_VALUES:
        raise too_large(path, "its tensors")
    found = {name: as_floats(path, name, array) for name, array in loaded.items()}
    return Checkpoint(
        path, "safetensors", {name: array for name, array in found.items() if array is not None}
    )
