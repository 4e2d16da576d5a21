"""`livebrush doctor`: what this machine can do, found out by trying."""

import math
import os
import platform
import timeit
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from livebrush.realtime.video.codecs import Codec

CLEARLY_LESS = 0.85
"""of a device's time: less may be chance"""


@dataclass(frozen=True)
class Finding:
    """what: of the machine; ok: None where it is neither good nor bad."""

    what: str
    says: str
    ok: bool | None = True


@click.command()
def doctor() -> int:
    """Check the installation and this machine, and say what to mend.

    The exit code is 1 when something that painting a video needs does not work.
    """
    marks = {True: "ok  ", False: "FAIL", None: "-   "}
    broken = 0
    for finding in findings():
        click.echo(f"{marks[finding.ok]} {finding.what:16} {finding.says}")
        broken += finding.ok is False
    click.echo("everything that painting needs works" if not broken else f"{broken} to mend")
    return int(bool(broken))


def findings() -> Iterator[Finding]:
    version = metadata.version("livebrush")
    yield Finding("livebrush", f"{version}, Python {platform.python_version()}, {platform.platform()}")
    yield _opencv()
    yield _ffmpeg()
    yield from _onnx_runtime()
    yield from _styles()
    yield from _live()
    yield _training()


def _opencv() -> Finding:
    from livebrush.realtime.missing_library import missing_library

    try:
        import cv2
    except ImportError as error:
        return Finding("OpenCV", missing_library(error), False)
    return Finding("OpenCV", cv2.__version__)


def _ffmpeg() -> Finding:
    import av

    from livebrush.realtime.video.codecs import CODECS

    os.environ.setdefault("SVT_LOG", "1")  # or the AV1 encoder prints all its settings
    ready = [name for name in CODECS if _encodes(CODECS[name])]
    versions = f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"
    return Finding("video", f"{versions}; encodes {', '.join(ready) or 'nothing'}", "h264" in ready)


def _encodes(codec: "Codec") -> bool:
    """Listed encoders may still not open; opening tells."""
    import av

    try:
        context = cast("av.VideoCodecContext", av.CodecContext.create(codec.encoder, "w"))
        context.width, context.height, context.pix_fmt = 64, 64, codec.pixel_format
        context.time_base = Fraction(1, 25)
        context.options = codec.options(codec.crf or 0, "veryfast")
        context.open()
    except Exception:  # any failure means the same: this encoder is not to be had
        return False
    return True


def _onnx_runtime() -> Iterator[Finding]:
    import onnxruntime as ort

    from livebrush.realtime.commands.remedies import said
    from livebrush.realtime.engine.cores import usable_cores
    from livebrush.realtime.engine.providers import providers

    built_with = ", ".join(name.removesuffix("ExecutionProvider") for name in ort.get_available_providers())
    yield Finding("ONNX Runtime", f"{ort.__version__}, built with {built_with}; {usable_cores()} cores")
    seconds: dict[str, float] = {}
    for name, provider in providers().items():
        if problem := provider.problem():
            yield Finding(f"device {name}", said(problem), None)
            continue
        says, seconds[name] = _try_device(name)
        worked = seconds[name] < math.inf
        yield Finding(f"device {name}", says, True if worked else False if name == "cpu" else None)
    says, of_auto = _try_device("auto")
    yield Finding("device auto", says + _faster_one(seconds, of_auto), of_auto < math.inf)


def _faster_one(seconds: Mapping[str, float], of_auto: float) -> str:
    """What to say of a device that takes clearly less than what auto chose; else empty."""
    fastest = min(seconds, key=seconds.__getitem__)
    return f"; --device {fastest} is faster here" if seconds[fastest] < CLEARLY_LESS * of_auto else ""


def _try_device(device: str) -> tuple[str, float]:
    """Paint a few frames with the first painting: what came of it, and the seconds of the fastest, or inf."""
    import numpy as np

    from livebrush.models.catalogue import Choice, ready_models
    from livebrush.models.errors import LivebrushError
    from livebrush.realtime.loaded_style import LoadedStyle

    usable = sorted(ready_models(), key=lambda model: model.metadata.kind != "painting")
    if not usable:
        return "no style to try it with", math.inf
    try:
        style = LoadedStyle(Choice(usable[0]), device)
        frame = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
        style(frame)
        seconds = min(timeit.repeat(lambda: style(frame), number=1, repeat=5))
    except LivebrushError as error:
        return str(error), math.inf
    says = f"{usable[0].name} takes {seconds * 1e3:.1f} ms for a 640x480 frame in {style.engine.precision}"
    return "; ".join(filter(None, (f"{style.engine.provider}: {says}", style.engine.note))), seconds


def _styles() -> Iterator[Finding]:
    from livebrush.models.catalogue import catalogue, user_folder

    entries = catalogue()
    good = [entry.name for entry in entries if entry.model]
    yield Finding("styles", f"{', '.join(good) or 'none'}; your own go into {user_folder()}", bool(good))
    for entry in entries:
        if entry.model is None:
            yield Finding("style", entry.problem, None)


def _live() -> Iterator[Finding]:
    """What `livebrush live` needs and can use; without any of it, files are painted all the same."""
    from livebrush.models.errors import LivebrushError
    from livebrush.realtime.live.screen.display import check_display, gui
    from livebrush.realtime.live.sources.camera_list import list_cameras

    try:
        check_display()
        yield Finding("window", gui())
    except LivebrushError as error:
        yield Finding("window", str(error), None)
    cameras = [camera.name for camera in list_cameras()]
    yield Finding("cameras", ", ".join(cameras) or "none found", True if cameras else None)
    yield _microphones()
    for what, package, extra, try_it in (
        ("sound of videos", "sounddevice", "sound", _try_sound),
        ("virtual camera", "pyvirtualcam", "virtualcam", _try_virtual_camera),
    ):
        if find_spec(package) is None:
            says = f"not installed: pip install -c constraints.txt -e '.[{extra}]'"
            yield Finding(what, says, None)
        else:
            problem = try_it()
            yield Finding(
                what, problem or f"{package} {metadata.version(package)}", None if problem else True
            )


def _try_sound() -> str:
    """What keeps a video's sound from being played; empty for nothing."""
    try:
        import sounddevice
    except OSError as error:
        return f"{error}: install PortAudio (Debian, Ubuntu: apt install libportaudio2)"
    try:
        sounddevice.query_devices(kind="output")
    except (sounddevice.PortAudioError, ValueError) as error:
        return f"no sound device ({error}): video files play without sound"
    return ""


def _microphones() -> Finding:
    """Those that `livebrush live --mic` takes, with their numbers."""
    from livebrush.models.errors import LivebrushError
    from livebrush.realtime.live.sources.microphone import list_microphones

    try:
        names = [f"{device['index']} {device['name']}" for device in list_microphones()]
    except LivebrushError as error:
        return Finding("microphones", str(error), None)
    return Finding("microphones", ", ".join(names) or "none found", True if names else None)


def _try_virtual_camera() -> str:
    """What keeps a virtual camera from opening; empty for nothing."""
    import pyvirtualcam

    try:
        pyvirtualcam.Camera(64, 48, 25).close()
    except (RuntimeError, OSError) as error:
        hint = (
            "load v4l2loopback"
            if platform.system() == "Linux"
            else "install OBS and start its virtual camera once"
        )
        return f"{' '.join(str(error).split())}; {hint}"
    return ""


def _training() -> Finding:
    if find_spec("torch") is None:
        return Finding("training", "not installed: pip install -c constraints.txt -e '.[train]'", None)
    return Finding("training", f"torch {metadata.version('torch')}")
