"""What runs leaves nothing in a person's home that was not asked for, and opens no socket."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.realtime.video.clips import make_clip

RUN = """
import sys

def refuse(event, arguments):
    # urllib3, which TensorBoard reads where it is installed, so asks the machine whether it knows IPv6
    if event == "socket.bind" and arguments[1] == ("::1", 0):
        return
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(refuse)
"""
COMMAND = "from livebrush.realtime.cli import run; sys.exit(run(sys.argv[1:]))"


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


@pytest.mark.parametrize(
    "module",
    [
        "livebrush.realtime.engine.engine",
        "livebrush.converters.parity",
        "livebrush.realtime.benchmark.references",
    ],
)
def test_importing_what_paints(tmp_path: Path, module: str) -> None:
    python(f"import {module}", tmp_path)


@pytest.mark.parametrize("device", ["cpu", "openvino"])
def test_painting_a_picture(tmp_path: Path, device: str) -> None:
    if device == "openvino":
        pytest.importorskip("openvino")
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    arguments = [
        "image",
        str(tmp_path / "photo.png"),
        "-o",
        str(tmp_path / "painted.png"),
        "--device",
        device,
    ]
    python(COMMAND, tmp_path, *arguments)
    assert (tmp_path / "painted.png").is_file()


def test_painting_a_video(tmp_path: Path, tiny_model: Path) -> None:
    source, target = make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    python(COMMAND, tmp_path, "video", str(source), "-s", str(tiny_model), "-o", str(target))
    assert target.is_file()


def test_a_live_show(tmp_path: Path, tiny_model: Path) -> None:
    """The camera's stand-in; ONNX Runtime used to look up a host within its first half minute."""
    target = tmp_path / "show.mkv"
    arguments = [
        "--test-pattern",
        "--no-window",
        "--only-these",
        "-s",
        str(tiny_model),
        "-t",
        "5",
        "--record",
        str(target),
    ]
    python(COMMAND, tmp_path, "live", *arguments)
    assert target.is_file()


def test_a_training(tmp_path: Path, photo_folder: Path) -> None:
    """The export, by another library, included."""
    pixels = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "style.png")
    target = tmp_path / "mine.onnx"
    arguments = [
        "--images",
        "4",
        "--few-photos",
        "--crop",
        "64",
        "--run-dir",
        str(tmp_path / "run"),
        "-o",
        str(target),
    ]
    python(
        COMMAND,
        tmp_path,
        "train",
        "painting",
        str(tmp_path / "style.png"),
        "--content",
        str(photo_folder),
        *arguments,
    )
    assert target.is_file()


def test_the_doctor(tmp_path: Path) -> None:
    python("from livebrush.realtime.cli import run; sys.exit(run(['doctor']))", tmp_path)
