"""`livebrush inspect`: what an ONNX file holds."""

import json
from pathlib import Path

import click

from livebrush.realtime.commands.options import json_option


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@json_option
def inspect(model: Path, as_json: bool) -> None:
    """Show what an ONNX file holds, a style model or not. MODEL is a file, or a style as it is named elsewhere.

    Its contract, styles and recipe, inputs and outputs, size, the multiply-adds of a frame of 640x480 (or of the size
    that it is fixed to), and the operators that are slow on a CPU.

    \b
    livebrush inspect candy.onnx
    livebrush inspect starry_night
    """
    from livebrush.converters.inspection import inspect as look_into

    found = look_into(model)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(found.lines()))
