"""`livebrush texture`: a picture of any size from a texture net."""

from pathlib import Path

import click

from livebrush.realtime.commands.completion import files_for
from livebrush.realtime.commands.option_types import FullFrameSize
from livebrush.realtime.commands.options import overwrite_option, progress_option, threads_option


@click.command()
@click.argument("model", type=click.Path(path_type=Path), shell_complete=files_for)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), shell_complete=files_for,
    help="The picture (.png .jpg .webp .tif .bmp).  [default: MODEL_SEED.png here]",
)  # fmt: skip
@click.option(
    "--size", type=FullFrameSize(), default="1024x1024", show_default=True,
    help="Size of the picture; large ones take longer, not more memory for the net.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True,
    help="Which picture; the same seed gives the same picture.",
)  # fmt: skip
@click.option("--tileable", is_flag=True, help="Make the edges meet: copies side by side show no seam.")
@threads_option
@overwrite_option("Replace the picture if it exists.")
@progress_option
def texture(
    model: Path, output: Path | None, size: tuple[int, int], seed: int, tileable: bool, threads: int | None,
    overwrite: bool, progress: str,
) -> None:  # fmt: skip
    """Make a picture of a texture, of any size.

    MODEL is a texture net, an .onnx file that 'livebrush train texture' makes of one picture in ten minutes.

    \b
    livebrush train texture marble.jpg -o marble.onnx
    livebrush texture marble.onnx -o wall.png --size 1920x1080 --seed 3
    livebrush texture marble.onnx -o floor.png --size 512x512 --tileable
    """
    from livebrush.realtime.commands.progress import reader
    from livebrush.realtime.textures.painting import paint_texture

    height, width = size
    target = output or Path(f"{model.stem}_{seed}.png")
    with reader(progress) as read:
        paint_texture(
            model, target, width=width, height=height, seed=seed, tileable=tileable, threads=threads,
            overwrite=overwrite, on_event=read,
        )  # fmt: skip
    if progress != "json":
        click.echo(target)
