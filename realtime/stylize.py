"""Paint video files and pictures with a style: what the command line and other programs call."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.models.assignment import Styles, file_name_of
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note, OnEvent, tell
from livebrush.models.regions import ALL
from livebrush.models.writing import check_outputs
from livebrush.realtime.engine.engine import Engines
from livebrush.realtime.engine.finish import Finish, stroke_of
from livebrush.realtime.engine.layers import layers_of
from livebrush.realtime.engine.regions import drawn_groups
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.input_files import expand_inputs, without_paintings
from livebrush.realtime.made.asked import find_styles, notes_on
from livebrush.realtime.methods import check_method, paint_slowly, painting_named
from livebrush.realtime.output_plan import plan_outputs
from livebrush.realtime.pictures.jobs import PICTURES, Plan, paint_pictures
from livebrush.realtime.video.codecs import choose_codec, usual_suffix
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pieces.crew import Crew
from livebrush.realtime.video.pieces.film import left_in_pieces, paint_film
from livebrush.realtime.video.pieces.paint import Painting
from livebrush.realtime.video.stylize import VideoReport
from livebrush.realtime.video.video_path import VideoPath, pictures_of, video_path_of
from livebrush.realtime.video.videos import VIDEOS, paint_videos
from livebrush.realtime.video_style import VideoStyle, options_for
from livebrush.realtime.workers.local import LocalWorkers
from livebrush.realtime.workers.port import Workers

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
    only: str = ALL,
    device: str = "auto",
    threads: int | None = None,
    workers: int | None = None,
    on_event: OnEvent | None = None,
    **options: Any,
) -> VideoReport:
    """Paint every frame of a video file into another file, and keep sound, subtitles, chapters and tags.

    source:   a file, an address that FFmpeg reads (https, rtsp, …), or numbered pictures: frames/%05d.png
    target:   the painted video, whose suffix chooses the format, or numbered pictures
    style:    a name, an .onnx file, file:style, a picture, a blend ("starry_night:0.7,my.jpg:0.3"), or
              "person=NAME,other=NAME", either of which may be left out
    strength, keep_colours, steady, stroke: see `Finish`; a stroke of None means 1 for a painting style
    only:     "person" paints persons and leaves all else as it is, "other" the other way round
    device, threads: see `Engine`
    workers:  processes that paint the film in pieces, each with its share of the cores; the pieces are joined without
              encoding again. None: the film is painted as a whole, in this process
    on_event: called with an event at the start, for every frame, for every note and at the end
    options:  fields of `VideoOptions`, such as start_s=5, codec="hevc", overwrite=True, resume=True
    raises:   LivebrushError for everything that a user can mend; `Interrupted` on Ctrl-C: a shorter video is left
    """
    styles = find_styles(style, only)
    finish = Finish(strength, keep_colours, steady, stroke_of(styles, stroke))
    told = options_for(styles, finish, **options)
    if workers or (told.resume and left_in_pieces(source, target, told)):
        how = Painting(style, only, finish, device, threads)
        with LocalWorkers(workers or 1) as ready:
            return _paint_in_pieces(how, source, target, ready, told, on_event)
    return VideoStyle(styles, finish, device, threads, on_event).paint(source, target, told, on_event)


def stylize_videos(
    sources: AnyPath | Sequence[AnyPath],
    output: AnyPath | None = None,
    style: str = "starry_night",
    *,
    strength: float = 1.0,
    keep_colours: bool = False,
    steady: bool = False,
    stroke: float | None = None,
    only: str = ALL,
    device: str = "auto",
    threads: int | None = None,
    workers: int | None = None,
    skip: bool = False,
    on_event: OnEvent | None = None,
    **options: Any,
) -> list[VideoReport]:
    """Paint many videos, one after the other, each as `stylize_video` does.

    sources:  files, folders, wildcards, addresses or numbered pictures, one or several; what an earlier run painted of
        them is left out
    output:   a folder, made where only its parent exists; for a single one a file or numbered pictures; None: the
        current folder.
        Paintings are called NAME_STYLE.mp4, or as suits the codec
    skip:     leave paintings that exist as they are. So does resume=True, which goes on with those that are unfinished,
        unless overwrite=True asks for all anew
    on_event: told of the start and the end of the whole, and of every video's in between
    returns:  the reports of the videos that were painted, in order
    raises:   LivebrushError for everything that can be mended: before anything is painted, or VideosFailed at the end
    """
    styles = find_styles(style, only)
    finish = Finish(strength, keep_colours, steady, stroke_of(styles, stroke))
    told = options_for(styles, finish, **options)
    named = [sources] if isinstance(sources, str | os.PathLike) else sources
    inputs, suffix = _videos_named(named, file_name_of(styles)), usual_suffix(told.codec)
    if output is not None and pictures_of(output):
        plan = _into_pictures(inputs, output, skip)
    else:
        choose_codec(Path(f"painted{suffix}"), told.codec, alpha=False)
        plan = plan_outputs(
            inputs, output or Path(), file_name_of(styles), VIDEOS, suffix,
            overwrite=told.overwrite, skip=skip or (told.resume and not told.overwrite),
        )  # fmt: skip
    if len(plan) < len(inputs):
        tell(Note(f"{len(inputs) - len(plan)} already painted, skipped"), on_event)
    if not plan:
        return []
    if workers:
        how = Painting(style, only, finish, device, threads)
        with LocalWorkers(workers) as ready:
            return paint_videos(
                plan,
                lambda video, target, heard: _paint_in_pieces(how, video, target, ready, told, heard),
                on_event,
            )
    video_style = VideoStyle(styles, finish, device, threads, on_event)
    return paint_videos(
        plan, lambda video, target, heard: video_style.paint(video, target, told, heard), on_event
    )


def _paint_in_pieces(
    how: Painting, source: AnyPath | VideoPath, target: AnyPath, workers: Workers, options: VideoOptions,
    on_event: OnEvent | None,
) -> VideoReport:  # fmt: skip
    def whole() -> VideoReport:
        style = VideoStyle(how.styles, how.finish, how.device, how.threads, on_event)
        return style.paint(source, target, options, on_event)

    crew = Crew(workers, partial(tell, on_event=on_event))
    return paint_film(source, target, how, crew, whole, options, on_event)


def _videos_named(names: Sequence[AnyPath], style_name: str) -> list[VideoPath]:
    """Files in natural order, then addresses and numbered pictures in the order they were named."""
    others = {name: video for name in names if not isinstance(video := video_path_of(name), Path)}
    files = expand_inputs([name for name in names if name not in others], VIDEOS)
    return [*without_paintings(files, style_name), *others.values()]


def _into_pictures(videos: Sequence[VideoPath], output: AnyPath, skip: bool) -> list[tuple[VideoPath, Path]]:
    """The plan for numbered pictures; skip: nothing where there are some"""
    if len(videos) > 1:
        raise LivebrushError(
            f"{output}: names the pictures of one video, got {len(videos)}; name a folder", code="conflict"
        )
    pictures = pictures_of(output)
    return [] if skip and pictures and pictures.numbers() else [(videos[0], Path(output))]


def stylize_images(
    pictures: AnyPath | Sequence[AnyPath],
    output: AnyPath | None = None,
    style: str = "starry_night",
    *,
    strength: float = 1.0,
    keep_colours: bool = False,
    stroke: float | None = None,
    only: str = ALL,
    masks: AnyPath | None = None,
    method: str = "net",
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    skip: bool = False,
    on_event: OnEvent | None = None,
) -> Plan:
    """Paint pictures, each on its own.

    pictures: files, folders or wildcards, one or several
    output:   a file for one picture, or a folder; None: beside each picture, as NAME_STYLE.png
    style:    a name, an .onnx file, file:style, a picture, a blend ("starry_night:0.7,my.jpg:0.3"), or
              "person=NAME,other=NAME", either of which may be left out
    strength, keep_colours, stroke: see `Finish`; a stroke of None means 1 for a painting style
    masks:    for a look: a picture that shows the regions of the one picture to paint; None: they are found
    only:     "person" paints persons and leaves all else as it is, "other" the other way round
    method:   "net", "adain", "wct", "swap", "neighbours" or "gatys". All but "net" take minutes for each picture, need
        a picture as style and livebrush's 'train' extra, and know no regions; their paintings are called
        NAME_STYLE_METHOD.png
    device, threads: see `Engine`; of methods other than "net", "auto", "cpu" or "cuda"
    overwrite: replace paintings that exist
    skip:     leave pictures out whose painting exists; without either an existing painting is an error
    on_event: called with an event at the start, for every painting, for every note and at the end
    returns:  (picture, painting) for each picture that was painted, in order
    raises:   LivebrushError for everything that a user can mend; paintings that are ready stay
    """
    if method != "net":
        check_method(method, only, masks, device)
        finish, painting = Finish(strength, keep_colours, stroke=stroke), painting_named(style, method)
        plan, _ = _plan_images(pictures, output, f"{painting.stem}_{method}", overwrite, skip, on_event)
        paint_slowly(plan, painting, method, finish, device, threads, on_event)
        return plan
    styles = find_styles(style, only)
    finish, name = Finish(strength, keep_colours, stroke=stroke_of(styles, stroke)), file_name_of(styles)
    plan, inputs = _plan_images(pictures, output, name, overwrite, skip, on_event)
    if masks is not None:
        _check_masks(Path(masks), styles, inputs, plan)
    engines, stream = Engines(device, threads), Stream()
    layers = layers_of(styles, engines.of)

    def paint(pixels: np.ndarray) -> np.ndarray:
        stream.reset()  # each picture stands for itself
        if masks is None:
            return stream.paint(pixels, layers, finish)
        drawn = drawn_groups(Path(masks), pixels.shape)
        return stream.paint(pixels, layers_of(styles, engines.of, drawn), finish)

    for note in notes_on(styles, engines.loaded):
        tell(note, on_event)
    paint_pictures(plan, paint, on_event)
    return plan


def _plan_images(
    pictures: AnyPath | Sequence[AnyPath],
    output: AnyPath | None,
    name: str,
    overwrite: bool,
    skip: bool,
    on_event: OnEvent | None,
) -> tuple[Plan, Sequence[Path]]:
    """What is painted, and all that was named. name: of the style, in the names of paintings"""
    named = [pictures] if isinstance(pictures, str | os.PathLike) else pictures
    inputs = without_paintings(expand_inputs(named, PICTURES), name)
    plan = plan_outputs(inputs, output, name, PICTURES, ".png", overwrite=overwrite, skip=skip)
    if len(plan) < len(inputs):
        tell(Note(f"{len(inputs) - len(plan)} already painted, skipped"), on_event)
    return plan, inputs


def _check_masks(masks: Path, styles: Styles, inputs: Sequence[Path], plan: Plan) -> None:
    """raises: LivebrushError when masks are of no use for a style, belong to one of many pictures, or would be lost"""
    if not any(choice.model.takes_masks for _, choice in styles.parts):
        raise LivebrushError(
            f"{styles.name} is not a look and takes no regions",
            code="conflict",
            remedy="leave_out",
            field="masks",
        )
    if len(inputs) > 1:
        raise LivebrushError(f"the masks {masks} belong to one picture, got {len(inputs)}", code="conflict")
    check_outputs([target for _, target in plan], [masks], overwrite=True)
