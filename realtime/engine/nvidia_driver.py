"""NVIDIA's driver, which all that runs on its GPUs needs."""

import ctypes
import sys


def has_nvidia_driver() -> bool:
    """Whether it is installed; says nothing about whether it works."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True
