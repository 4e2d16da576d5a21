"""Where made styles are kept: asked for again, they are there at once."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import onnx

from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.user_data import user_data_folder
from livebrush.models.writing import whole_file

_MOST = 64
"""styles that are kept in a folder, of about 2 MB each; those not asked for the longest go"""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_folder(name: str = "made") -> Path:
    return user_data_folder() / name


def kept(name: str, made_of: str, make: Callable[[], onnx.ModelProto], folder: str = "made") -> StyleModel:
    """The style model of this name that was made of this before, or it is made now.

    made_of: a text that differs between any two things to make one of
    folder:  where it is kept: those of one folder do not crowd out those of another
    raises:  LivebrushError as `make` does, and where nothing can be written
    """
    key = hashlib.sha256(made_of.encode()).hexdigest()[:24]
    path = kept_folder(folder) / key / f"{name}.onnx"
    if path.is_file():
        try:
            model = read_style_model(path)
        except LivebrushError:
            path.unlink(missing_ok=True)  # damaged: it is made again
        else:
            path.parent.touch()
            return model
    made = make()
    try:
        _write(made, path)
        _forget_oldest(kept_folder(folder))
    except (OSError, LivebrushError):  # a home that takes no files
        path = _this_run() / key / f"{name}.onnx"
        _write(made, path)
    return read_style_model(path)


def _write(model: onnx.ModelProto, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        onnx.save(model, partial)


def _forget_oldest(kept_in: Path) -> None:
    folders = sorted(kept_in.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[_MOST:]:
        shutil.rmtree(folder, ignore_errors=True)


@lru_cache(maxsize=1)
def _this_run() -> Path:
    """A folder that goes when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="livebrush-made-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
