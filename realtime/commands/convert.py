"""`livebrush convert`: a net of another project, or a style model of ours, to a style model."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livebrush.realtime.commands.credit import Credit, credit_options
from livebrush.realtime.commands.options import json_option, overwrite_option

if TYPE_CHECKING:
    import numpy as np

RANGES = ("0-255", "0-1", "-1-1", "imagenet", "caffe")
_FRAMES = 8  # of a clip, spread over it, that int8 is fitted to
_LONG_SIDE = 640  # of these, pixels
_DIVIDES = 64  # sides of these, which then suit any net


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The style model, an .onnx file.  [default: SOURCE_livebrush.onnx here]",
)
@click.option(
    "--bgr/--rgb", default=None, help="The net takes and gives blue first, or red.  [default: found out]"
)
@click.option(
    "--input-range", type=click.Choice(RANGES), help="Values that the net takes.  [default: found out]"
)
@click.option(
    "--output-range", type=click.Choice(RANGES), help="Values that the net gives.  [default: found out]"
)
@click.option(
    "--style-picture",
    type=click.Path(path_type=Path),
    help="The painting to paint after, for nets that take any. It becomes part of the style model.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "fp16", "int8"]),
    default="float32",
    show_default=True,
    help="What the net computes in. fp16 is for GPUs; int8 needs --calibrate.",
)
@click.option(
    "--calibrate",
    type=click.Path(path_type=Path),
    help="A video that int8 and --fix-norms are fitted to: such as the style will paint.",
)
@click.option(
    "--fix-norms",
    is_flag=True,
    help="Norms take the statistics of the --calibrate video instead of each frame's, if that hardly shows: faster.",
)
@click.option(
    "--rewrites/--no-rewrites",
    default=True,
    show_default=True,
    help="Rewrite slow operators into faster ones that compute the same.",
)
@click.option("--report", is_flag=True, help="Print each rewrite, and the speed before and after.")
@click.option("--force", is_flag=True, help="Write it even if it paints otherwise or is not faster.")
@credit_options("painting", "public domain")
@overwrite_option("Replace the output if it exists.")
@json_option
def convert(
    sources: tuple[Path, ...], output: Path | None, bgr: bool | None, input_range: str | None,
    output_range: str | None, style_picture: Path | None, precision: str, calibrate: Path | None, fix_norms: bool,
    rewrites: bool, report: bool, force: bool, credit: Credit, overwrite: bool, as_json: bool,
) -> None:  # fmt: skip
    """Convert a trained net of another project into a style model.

    SOURCE is an .onnx file, a PyTorch checkpoint (.pth, .model), a Torch7 file (.t7), a TensorFlow checkpoint or folder
    of variables, .npz or .safetensors; two files for nets that come in pairs. What it holds is found out by its
    content; no code in it is run. A style model of livebrush can be given as well, to make it smaller.

    \b
    livebrush convert mosaic.pth -o mosaic.onnx
    livebrush convert candy.onnx --report -o candy_live.onnx
    livebrush convert checkpoint/ -o wave.onnx
    livebrush convert vgg_normalised.pth decoder.pth --style-picture wave.jpg -o wave.onnx
    livebrush convert starry_night.onnx --precision int8 --calibrate clip.mp4 -o small.onnx
    """
    from livebrush.converters.convert import Wishes
    from livebrush.converters.convert import convert as converted
    from livebrush.models.errors import LivebrushError
    from livebrush.models.writing import check_outputs
    from livebrush.realtime.commands.progress import reader
    from livebrush.realtime.pictures.picture import read_picture

    target = output or Path(f"{sources[0].name.removesuffix(sources[0].suffix)}_livebrush.onnx")
    if target.suffix != ".onnx":
        raise LivebrushError(f"the style model {target.name} must be named .onnx", code="invalid")
    if calibrate and precision != "int8" and not fix_norms:
        raise LivebrushError("--calibrate is for --precision int8 and --fix-norms", code="conflict")
    read = [path for path in (*sources, style_picture, calibrate) if path]
    check_outputs([target], read, overwrite=overwrite)
    wishes = Wishes(
        input_range, output_range, bgr,
        read_picture(style_picture).pixels if style_picture else None,
        precision, _frames_of(calibrate) if calibrate else (), fix_norms, rewrites, report or as_json, force,
    )  # fmt: skip
    with reader("bar") as read:
        found = converted(sources, target, credit.style(target.stem), wishes, credit.weights_licence, read)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(found.lines(full=report)))


def _frames_of(clip: Path) -> "Sequence[np.ndarray]":
    """Some frames of a video, spread over it."""
    from contextlib import closing
    from itertools import islice

    import cv2

    from livebrush.realtime.video.picture import Picture
    from livebrush.realtime.video.source import VideoSource

    frames = []
    with closing(VideoSource(clip)) as source:
        step = max(1, (source.stream.frames or _FRAMES) // _FRAMES)
        pictures = (event for event in source.read() if isinstance(event, Picture))
        for picture in islice(pictures, 0, step * _FRAMES, step):
            pixels = picture.over_black()
            height, width = pixels.shape[:2]
            scale = min(1.0, _LONG_SIDE / max(height, width))
            size = [max(_DIVIDES, round(side * scale) // _DIVIDES * _DIVIDES) for side in (width, height)]
            frames.append(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return frames
