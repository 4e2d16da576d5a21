"""How much memory painting takes: a process of its own paints a few frames and tells its peak."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil

from livebrush.models.catalogue import find_style
from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.loaded_style import LoadedStyle

FRAMES = 3  # the first fills ONNX Runtime's arena, the others show that it stays so


def peak_memory_mb(model: StyleModel, height: int, width: int, device: str, threads: int) -> float:
    """The largest resident memory of a fresh process that paints frames of one size, in units of 1e6 bytes.

    It holds Python, the libraries (ONNX Runtime, OpenCV, onnx), the model, the frame and all that the net lays out
    between frame and painting: what `livebrush` takes for a style, less the decoder and encoder of a video. Memory
    of a GPU is not in it. Style sessions of one process share their arena, so further styles add little.

    raises: LivebrushError when the process fails, with its reason
    """
    # The same packages as here, and none that lies about in the current folder
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    done = subprocess.run(
        [sys.executable, "-m", __name__, json.dumps([str(model.path), height, width, device, threads])],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines()
        reason = said[-1] if said else f"it ended with {done.returncode}, perhaps for want of memory"
        raise LivebrushError(
            f"the memory of {model.path.name} at {width}x{height} was not measured: {reason}",
            code="failed",
        )
    return float(json.loads(done.stdout))


def own_peak_mb() -> float:
    """The largest resident memory that this process has had so far, in units of 1e6 bytes."""
    if sys.platform == "linux":
        # Not getrusage: what it calls the peak is handed down by the process that started this one
        status = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024 / 1e6
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """The process that is measured: prints its peak."""
    path, height, width, device, threads = json.loads(sys.argv[1])
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    try:
        style = LoadedStyle(find_style(path), device, threads)
        for _ in range(FRAMES):
            style(frame)
    except LivebrushError as error:
        sys.exit(str(error))
    sys.stdout.write(json.dumps(own_peak_mb()))


if __name__ == "__main__":
    main()
