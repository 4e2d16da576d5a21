"""What a program calls to make a style model of a net of another project, or a smaller one of ours."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from livebrush.converters.calibration import calibration_frames
from livebrush.converters.conversion import Wishes, convert_files
from livebrush.converters.report import Report
from livebrush.models.assignment import is_assignment
from livebrush.models.catalogue import PICTURES, file_called
from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent
from livebrush.models.writing import check_outputs

AnyPath = str | os.PathLike[str]
Precision = Literal["float32", "fp16", "int8"]
Levels = Literal["0-255", "0-1", "-1-1", "-0.5-0.5", "imagenet", "caffe"]
"""values that a net takes or gives; the last two as the classifiers of these names are fed"""


def convert(
    source: AnyPath | Sequence[AnyPath],
    output: AnyPath | None = None,
    *,
    precision: Precision = "float32",
    calibrate: AnyPath | None = None,
    fix_norms: bool = False,
    style_picture: AnyPath | None = None,
    input_range: Levels | None = None,
    output_range: Levels | None = None,
    bgr: bool | None = None,
    rewrites: bool = True,
    measure: bool = True,
    force: bool = False,
    credit: Style | None = None,
    weights_licence: str = "",
    overwrite: bool = False,
    on_event: OnEvent | None = None,
) -> Report:
    """Make a style model of a trained net of another project, or a smaller one of a style model.

    source:          a file or a folder, or the two files of a pair; what it holds is found out by its content. Or a
                     picture, a style by its name, or a blend such as "starry_night:0.7,wave.jpg:0.3": a style model is
                     made of them
    output:          the style model, .onnx; None: NAME_livebrush.onnx in the current folder
    precision:       what the net computes in; "fp16" is for GPUs, "int8" needs a video to be fitted to
    calibrate:       that video, such as the style will paint; also for fix_norms, and to judge fp16 by
    fix_norms:       norms take the statistics of that video instead of each frame's, where that hardly shows: faster
    style_picture:   the painting. A net for any style paints after it, and it becomes part of the style model; of
                     others it tells how the style loss changes in fewer bits
    input_range:     values that the net takes, output_range: that it gives; None: found out
    bgr:             whether the net takes and gives blue first; None: found out
    rewrites:        whether slow operators are rewritten into faster ones that compute the same
    measure:         whether the speed before and after is measured
    force:           write it even if it paints otherwise, or is not faster
    credit:          what the style model says of the painting, and the style's name; None: the output's name alone
    weights_licence: under which others may use the style model
    overwrite:       replace the style model where it exists
    on_event:        told of the start, of each step and of the end
    returns:         what was found and done: `lines(full=True)` for a person, `as_json()` for a program
    raises:          LivebrushError for what cannot be converted, saying why; nothing is written then
    """
    sources = _sources([source] if isinstance(source, str | os.PathLike) else source)
    target = Path(output if output is not None else f"{sources[0].stem}_livebrush.onnx")
    _check(target, precision, calibrate, fix_norms, (input_range, output_range))
    picture, video = (None if path is None else Path(path) for path in (style_picture, calibrate))
    check_outputs([target], [path for path in (*sources, picture, video) if path], overwrite=overwrite)
    wishes = Wishes(
        input_range, output_range, bgr, None if picture is None else _pixels(picture), precision,
        calibration_frames(video) if video else (), fix_norms, rewrites, measure, force,
    )  # fmt: skip
    return convert_files(sources, target, credit or Style(target.stem), wishes, weights_licence, on_event)


def _sources(named: Sequence[AnyPath]) -> list[Path]:
    """raises: LivebrushError for what is not there, names no one style, or is too much"""
    if not named:
        raise LivebrushError("there is nothing to convert: name a file", code="invalid")
    for text in map(str, named):
        if is_assignment(text):
            raise LivebrushError(
                f"{text} names styles of regions: convert them one at a time", code="invalid"
            )
    sources = [file_called(str(one)) for one in named]
    pictures = [path.name for path in sources if path.suffix.lower() in PICTURES]
    if pictures and len(sources) > 1:
        raise LivebrushError(
            f"{' and '.join(pictures)}: a picture is converted alone, or mixed with others as in "
            "a.jpg:0.5,b.jpg:0.5",
            code="conflict",
        )
    return sources


def _check(
    target: Path, precision: str, calibrate: AnyPath | None, fix_norms: bool, ranges: Sequence[str | None]
) -> None:
    """raises: LivebrushError for what does not fit together"""
    if target.suffix != ".onnx":
        raise LivebrushError(f"the style model {target.name} must be named .onnx", code="invalid")
    for what, value, known in (
        ("the precision", precision, Precision),
        *(("a range", r, Levels) for r in ranges),
    ):
        if value is not None and value not in get_args(known):
            raise LivebrushError(
                f"{what} is {value!r}, expected {', '.join(get_args(known))}", code="invalid"
            )
    if calibrate is not None and precision == "float32" and not fix_norms:
        raise LivebrushError(
            "a video is for int8, fixed norms and fp16; float32 is not fitted to anything", code="conflict",
            remedy="leave_out", field="calibrate",
        )  # fmt: skip


def _pixels(picture: Path) -> np.ndarray:
    from livebrush.realtime.pictures.picture import read_picture

    return read_picture(picture).pixels
