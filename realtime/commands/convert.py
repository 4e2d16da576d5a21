"""`livebrush convert`: a net of another project, or a style model of ours, to a style model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livebrush.realtime.commands.credit import Credit, credit_options
from livebrush.realtime.commands.options import json_option, overwrite_option

if TYPE_CHECKING:
    from livebrush.converters.convert import Levels, Precision

RANGES = ("0-255", "0-1", "-1-1", "-0.5-0.5", "imagenet", "caffe")


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
    help="The painting. A net for any style paints after it; of others, fewer bits are judged by it, too.",
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
    help="A video such as the style will paint: int8 and --fix-norms are fitted to it, and fp16 is judged by it.",
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
    sources: tuple[Path, ...], output: Path | None, bgr: bool | None, input_range: "Levels | None",
    output_range: "Levels | None", style_picture: Path | None, precision: "Precision", calibrate: Path | None,
    fix_norms: bool, rewrites: bool, report: bool, force: bool, credit: Credit, overwrite: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make a style model of another project's net, or a picture.

    SOURCE is an .onnx file, a PyTorch checkpoint (.pth, .model), a Torch7 file (.t7), a TensorFlow checkpoint or folder
    of variables, .npz or .safetensors; two files for nets that come in pairs. What it holds is found out by its
    content; no code in it is run. A style model of livebrush can be given as well, by its name or file, to make it
    smaller; a picture, to paint after it; or a blend.

    \b
    livebrush convert mosaic.pth -o mosaic.onnx
    livebrush convert candy.onnx --report -o candy_live.onnx
    livebrush convert checkpoint/ -o wave.onnx
    livebrush convert vgg_normalised.pth decoder.pth --style-picture wave.jpg -o wave.onnx
    livebrush convert starry_night --precision int8 --calibrate clip.mp4 -o small.onnx
    livebrush convert my_painting.jpg -o mine.onnx
    livebrush convert starry_night:0.5,my_painting.jpg:0.5 -o between.onnx
    """
    from livebrush.converters.convert import convert as converted
    from livebrush.realtime.commands.progress import reader

    target = output or Path(f"{sources[0].stem}_livebrush.onnx")
    with reader("bar") as read:
        found = converted(
            sources, target, precision=precision, calibrate=calibrate, fix_norms=fix_norms,
            style_picture=style_picture, input_range=input_range, output_range=output_range, bgr=bgr,
            rewrites=rewrites, measure=report or as_json, force=force, credit=credit.style(target.stem),
            weights_licence=credit.weights_licence, overwrite=overwrite, on_event=read,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(found.lines(full=report)))
