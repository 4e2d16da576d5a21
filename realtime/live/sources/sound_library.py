"""PortAudio, which plays and records sound: an optional dependency."""

import importlib
from typing import Any

from livebrush.models.errors import LivebrushError

_INSTALL = "run pip install -c constraints.txt -e '.[sound]', and on Linux apt-get install libportaudio2"


def sound_library() -> Any:
    """The module `sounddevice`.

    raises: LivebrushError when it or PortAudio is not installed
    """
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:  # OSError: the package is there, PortAudio is not
        raise LivebrushError(f"{error}; {_INSTALL}", code="not_installed") from error
