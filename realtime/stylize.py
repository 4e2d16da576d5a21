"""Paint video files and pictures with a style: what the command line and other programs call."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note, OnEvent, tell
from livebrush.models.writing import check_outputs
from livebrush.realtime.engine.conditions import layer_of
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import Finish, stroke_of
from livebrush.realtime.engine.regions import drawn_groups
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.pictures.jobs import paint_pictures
from livebrush.realtime.pictures.plan import Plan, expand_inputs, plan_outputs, without_paintings
from livebrush.realtime.video.film_painter import film_painter
from livebrush.realtime.video.stylize import VideoOptions, VideoReport
from livebrush.realtime.video.stylize import stylize_video as paint_video

AnyPath = str | os.PathLike[str]


def stylize_video(
    source: AnyPath,
    target: AnyPath,
    style: str = "starry_night",
    *,
    strength: float = 1.0,
    keep_colours: bool = False,
    steady: bool = False,
    stroke: float | None = None,
    device: str = "auto",
    threads: int | None = None,
    on_event: OnEvent | None = None,
    **options: Any,
) -> VideoReport:
    """Paint every frame of a video file into another file, and keep sound, subtitles, chapters and tags.

    source:   the video file to paint
    target:   the painted video; its suffix chooses the format
    style:    a name, an .onnx file, or file:style
    strength, keep_colours, steady, stroke: see `Finish`; a stroke of None means 1 for a painting style
    device, threads: see `Engine`
    on_event: called with an event at the start, for every frame, for every note and at the end
    options:  fields of `VideoOptions`, such as start_s=5, codec="hevc", overwrite=True, resume=True
    raises:   LivebrushError for everything that a user can mend; `Interrupted` on Ctrl-C: a shorter video is left
    """
    choice = find_style(style)
    finish = Finish(strength, keep_colours, steady, stroke_of(choice, stroke))
    told = VideoOptions(**options, painting=f"{_hash_of(choice)} {finish}")
    painter = film_painter(choice, device, threads, finish)
    if painter.engine.note:
        tell(Note(painter.engine.note), on_event)
    report = paint_video(source, target, painter.paint, told, on_event, painter.painters, painter.warm_up)
    return replace(report, provider=painter.engine.provider)


def _hash_of(choice: Choice) -> str:
    """A text that differs between any two styles, for `resume`."""
    with choice.model.path.open("rb") as file:
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()} {choice.style}"


def stylize_images(
    pictures: AnyPath | Sequence[AnyPath],
    output: AnyPath | None = None,
    style: str = "starry_night",
    *,
    strength: float = 1.0,
    keep_colours: bool = False,
    stroke: float | None = None,
    masks: AnyPath | None = None,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    skip: bool = False,
    on_event: OnEvent | None = None,
) -> Plan:
    """Paint pictures, each on its own.

    pictures: files, folders or wildcards, one or several
    output:   a file for one picture, or a folder; None: beside each picture, as NAME_STYLE.png
    style:    a name, an .onnx file, or file:style
    strength, keep_colours, stroke: see `Finish`; a stroke of None means 1 for a painting style
    masks:    for a look: a picture that shows the regions of the one picture to paint; None: they are found
    device, threads: see `Engine`
    overwrite: replace paintings that exist
    skip:     leave pictures out whose painting exists; without either an existing painting is an error
    on_event: called with an event at the start, for every painting, for every note and at the end
    returns:  (picture, painting) for each picture that was painted, in order
    raises:   LivebrushError for everything that a user can mend; paintings that are ready stay
    """
    choice = find_style(style)
    finish = Finish(strength, keep_colours, stroke=stroke_of(choice, stroke))
    named = [pictures] if isinstance(pictures, str | os.PathLike) else pictures
    inputs = without_paintings(expand_inputs(named), choice.name)
    plan = plan_outputs(inputs, output, choice.name, overwrite, skip)
    if masks is not None:
        _check_masks(Path(masks), choice, inputs, plan)
    engine, stream = Engine(choice.model, device, threads), Stream()

    def paint(pixels: np.ndarray) -> np.ndarray:
        stream.reset()  # each picture stands for itself
        drawn = drawn_groups(Path(masks), pixels.shape) if masks is not None else None
        return stream.paint(pixels, [layer_of(choice, engine, drawn)], finish)

    if engine.note:
        tell(Note(engine.note), on_event)
    if len(plan) < len(inputs):
        tell(Note(f"{len(inputs) - len(plan)} already painted, skipped"), on_event)
    paint_pictures(plan, paint, on_event)
    return plan


def _check_masks(masks: Path, choice: Choice, inputs: Sequence[Path], plan: Plan) -> None:
    """raises: LivebrushError when masks are of no use for a style, belong to one of many pictures, or would be lost"""
    if not choice.model.takes_masks:
        raise LivebrushError(
            f"{choice.name} is not a look and takes no regions",
            code="conflict",
            remedy="leave_out",
            field="masks",
        )
    if len(inputs) > 1:
        raise LivebrushError(f"the masks {masks} belong to one picture, got {len(inputs)}", code="conflict")
    check_outputs([target for _, target in plan], [masks], overwrite=True)
