"""What is damaged, and what reads it."""

import io
import json
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image

from livebrush.models.errors import LivebrushError
from tests.realtime.video.clips import Clip, make_clip
from tests.tiny_models import INVERTED, write_stateful_model, write_tiny_model


@dataclass(frozen=True)
class Target:
    """seeds: makes the sound inputs in a folder; read: what must raise nothing but LivebrushError"""

    seeds: Callable[[Path], list[Path]]
    read: Callable[[Path], None]


def _models(folder: Path) -> list[Path]:
    write_tiny_model(folder / "a.onnx")
    write_stateful_model(folder / "b.onnx")
    return [folder / "a.onnx", folder / "b.onnx"]


def _paint_with(path: Path) -> None:
    from livebrush.models.contract import read_style_model
    from livebrush.realtime.engine.engine import Engine

    engine = Engine(read_style_model(path), "cpu", 1)
    engine.warm_up(16, 16)


def _metadata(folder: Path) -> list[Path]:
    (folder / "a.json").write_text(INVERTED.to_json())
    return [folder / "a.json"]


def _parse(path: Path) -> None:
    from livebrush.models.contract import parse_metadata

    parse_metadata(path.read_bytes().decode("utf-8", "replace"), "it").styles[0].credit().encode()


def _pictures(folder: Path) -> list[Path]:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[274] = 6
    paths = [folder / f"a{suffix}" for suffix in (".png", ".jpg", ".webp", ".tif", ".bmp", ".gif")]
    for path in paths:
        image.save(path, exif=exif)
    return paths


def _read_picture(path: Path) -> None:
    from livebrush.realtime.pictures.picture import read_picture

    read_picture(path)


def _videos(folder: Path) -> list[Path]:
    from fractions import Fraction

    sound = (Fraction(0),)
    short = range(12)
    return [
        make_clip(folder / "a.mp4", Clip(pts=short, audio_starts=sound, chapters=True)),
        make_clip(folder / "a.mkv", Clip(pts=short, audio_starts=sound, subtitles="srt")),
        make_clip(folder / "a.ts", Clip(pts=short, audio_starts=sound)),
        make_clip(folder / "a.avi", Clip(pts=short, codec="mpeg4")),
    ]


def _paint_video(path: Path) -> None:
    from livebrush.realtime.video.stylize import VideoOptions, paint_video

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / ("out.mkv" if path.stat().st_size % 2 else "out.mp4")
        options = VideoOptions(size=32, start_s=0.1 if path.stat().st_size % 3 == 0 else None)
        paint_video(path, target, lambda pixels: pixels, options)


def _checkpoints(folder: Path) -> list[Path]:
    import torch
    from torch import nn

    from livebrush.trainer.runs.checkpoint import RunState, save_checkpoint

    net = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    save_checkpoint(folder / "a.safetensors", net, optimizer, RunState(3, {"recipe": {}}))
    return [folder / "a.safetensors"]


def _resume(path: Path) -> None:
    import torch
    from torch import nn

    from livebrush.trainer.runs.checkpoint import load_checkpoint

    net = nn.Linear(3, 2)
    load_checkpoint(path, net, torch.optim.Adam(net.parameters()))


def _recipes(folder: Path) -> list[Path]:
    from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
    from livebrush.trainer.runs.recipe import write_recipe

    write_recipe(PaintingRecipe(), folder / "a.toml")
    return [folder / "a.toml"]


def _read_recipe(path: Path) -> None:
    from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
    from livebrush.trainer.runs.recipe import read_recipe

    read_recipe(path, PaintingRecipe())


def _commands(folder: Path) -> list[Path]:
    lines = [
        {"command": "strength", "value": 0.5},
        {"command": "style", "value": "a"},
        {"command": "seek", "value": 3},
    ]
    for number, line in enumerate(lines):
        (folder / f"{number}.json").write_text(json.dumps(line))
    return sorted(folder.glob("*.json"))


def _obey(path: Path) -> None:
    """Lines on standard input, each answered by a JSON object."""
    from livebrush.realtime.live.control_channel import ControlChannel

    def handle(command: dict[str, Any]) -> dict[str, Any]:
        raise LivebrushError(f"no command is called {command['command']!r}")

    answers = io.StringIO()
    with path.open(encoding="utf-8") as lines:
        channel = ControlChannel("stdin", handle, lines, answers)
        channel.start()
        for thread in threading.enumerate():
            if thread.name == "livebrush-control":
                thread.join()
        channel.close()
    for answer in answers.getvalue().splitlines():
        assert json.loads(answer)["ok"] is False


def _values(folder: Path) -> list[Path]:
    for number, value in enumerate(("1:02.5", "1280x720", "0.5", "auto", "720")):
        (folder / f"{number}.txt").write_text(value)
    return sorted(folder.glob("*.txt"))


def _take_value(path: Path) -> None:
    from livebrush.realtime.commands.option_types import FiniteRange, FrameSize, NetSize, Seconds

    text = path.read_bytes().decode("utf-8", "replace")
    for kind in (Seconds(), FrameSize(), NetSize(), FiniteRange(0, 1)):
        try:
            kind.convert(text, None, None)
        except click.UsageError as error:
            str(error).encode()


TARGETS = {
    "models": Target(_models, _paint_with),
    "metadata": Target(_metadata, _parse),
    "pictures": Target(_pictures, _read_picture),
    "videos": Target(_videos, _paint_video),
    "checkpoints": Target(_checkpoints, _resume),
    "recipes": Target(_recipes, _read_recipe),
    "commands": Target(_commands, _obey),
    "values": Target(_values, _take_value),
}
