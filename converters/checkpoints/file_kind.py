"""What a file is, by its content: names lie."""

import struct
from pathlib import Path
from typing import Literal

from livebrush.converters.checkpoints.checkpoint import check_file
from livebrush.models.errors import LivebrushError

Kind = Literal["onnx", "pytorch", "torch7", "tensorflow", "variables", "safetensors", "numpy"]

TABLE_MAGIC = bytes.fromhex("57fb808b247547db")
"""the last bytes of TensorFlow's tables: index files, and whole checkpoints of before 2017"""

_OTHERS = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x89HDF", "an HDF5 file, as Keras writes: save its variables as a checkpoint, or the net as ONNX"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"%PDF", "a PDF"),
    (b"#!", "a script"),
)


def kind_of(path: Path) -> Kind:
    """raises: LivebrushError for what holds no weights that can be read, saying what it is instead"""
    if not path.exists() and path.with_name(f"{path.name}.index").is_file():
        return "tensorflow"  # checkpoints are called by what their files' names begin with
    check_file(path)
    if path.is_dir():
        return _kind_of_folder(path)
    if path.name.endswith((".index", ".meta")) or ".data-" in path.name:
        return "tensorflow"
    with path.open("rb") as file:
        start = file.read(4096)
        file.seek(max(0, path.stat().st_size - 8))
        end = file.read()
    if other := _other(start):
        raise LivebrushError(f"{path.name} is {other}", code="unsupported")
    if end == TABLE_MAGIC:
        return "tensorflow"
    return _kind_by_start(path, start)


def _kind_by_start(path: Path, start: bytes) -> Kind:
    if start.startswith(b"PK\x03\x04"):
        return "numpy" if path.suffix == ".npz" or b".npy" in start[:300] else "pytorch"
    if start.startswith(b"\x93NUMPY"):
        raise LivebrushError(
            f"{path.name} is one NumPy array; weights of a net come as .npz or a folder", code="unsupported"
        )
    if start[:1] == b"\x80" and start[1:2] <= b"\x05":  # a pickle: PyTorch before 1.6
        return "pytorch"
    if _begins_safetensors(start):
        return "safetensors"
    if _begins_torch7(path, start):
        return "torch7"
    if start[:1] == b"\x08" or path.suffix == ".onnx":  # ir_version, the first field of a model
        return "onnx"
    raise LivebrushError(
        f"{path.name} is of no kind that is known here (it begins with {start[:8].hex(' ')}): expected .onnx, .pth, "
        ".model, .t7, .npz, .safetensors, or a folder of TensorFlow variables",
        code="unsupported",
    )


def _kind_of_folder(path: Path) -> Kind:
    if (path / "manifest.json").is_file():
        return "variables"
    if (path / "saved_model.pb").is_file() and not (path / "variables").is_dir():
        raise LivebrushError(
            f"{path.name} is a SavedModel without its folder 'variables': copy the whole of it",
            code="unreadable",
        )
    return "tensorflow"


def _other(start: bytes) -> str:
    """What a file is that is no file of weights; "" where it may be one."""
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer of a few lines, not the file itself: fetch it with 'git lfs pull'"
    if start.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html", b"<?xml")):
        return (
            "a web page, not a file of weights: the download failed or asked for something; download it again"
        )
    if start[4:8] == b"TFL3":
        return "a TensorFlow Lite model, which is not read here: convert it to ONNX with tf2onnx first"
    return next((what for magic, what in _OTHERS if start.startswith(magic)), "")


def _begins_safetensors(start: bytes) -> bool:
    if len(start) < 10 or start[8:9] != b"{":
        return False
    length = struct.unpack("<Q", start[:8])[0]
    return length < 100_000_000 and b'"' in start[8:]


def _begins_torch7(path: Path, start: bytes) -> bool:
    """raises: LivebrushError for a Torch7 file that is big-endian, or written as text"""
    if start[:4] in (b"\x03\0\0\0", b"\x04\0\0\0"):
        return True
    if start[:4] in (b"\0\0\0\x03", b"\0\0\0\x04"):
        raise LivebrushError(
            f"{path.name} is a big-endian Torch7 file; read it with Torch on such a machine and save it as ASCII or "
            "on a little-endian one",
            code="unsupported",
        )
    if start[:2] in (b"3\n", b"4\n"):
        raise LivebrushError(
            f"{path.name} is a Torch7 file written as text; save it in the binary form, torch.save's default",
            code="unsupported",
        )
    return False
