"""What runs leaves nothing in a person's home that was not asked for, and opens no socket."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

RUN = """
import sys

def refuse(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(refuse)
"""


def python(code: str, tmp_path: Path, *arguments: str) -> None:
    """Run Python in a home of its own, with the network refused, and look at what is left there."""
    home = tmp_path / "empty_home"
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if k not in ("ORT_DISABLE_TELEMETRY", "LIVEBRUSH_HOME")}
    environment = kept | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "USERPROFILE": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", RUN + code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("module", ["realtime.session", "converters.parity", "realtime.benchmark.references"])
def test_importing_what_paints(tmp_path: Path, module: str) -> None:
    python(f"import {module}", tmp_path)


@pytest.mark.parametrize("device", ["cpu", "openvino"])
def test_painting_a_picture(tmp_path: Path, device: str) -> None:
    if device == "openvino":
        pytest.importorskip("openvino")
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    command = "from realtime.cli import run; sys.exit(run(sys.argv[1:]))"
    arguments = [
        "image",
        str(tmp_path / "photo.png"),
        "-o",
        str(tmp_path / "painted.png"),
        "--device",
        device,
    ]
    python(command, tmp_path, *arguments)
    assert (tmp_path / "painted.png").is_file()


def test_the_doctor(tmp_path: Path) -> None:
    python("from realtime.cli import run; sys.exit(run(['doctor']))", tmp_path)
