"""`livebrush image`: paint pictures."""

from pathlib import Path

import click

from livebrush.realtime.commands.completion import files_for
from livebrush.realtime.commands.options import (
    device_option,
    keep_colours_option,
    overwrite_option,
    painted_region,
    progress_option,
    region_options,
    strength_option,
    stroke_option,
    style_option,
    threads_option,
)  # fmt: skip
from livebrush.realtime.methods import METHODS


@click.command()
@click.argument("pictures", nargs=-1, required=True, shell_complete=files_for)
@style_option
@click.option(
    "-o", "--output", shell_complete=files_for,
    help="A file for one picture (.png .jpg .webp .tif .bmp), or a folder.  [default: beside each picture]",
)  # fmt: skip
@strength_option
@keep_colours_option("Strokes of the style, colours of the photo.")
@stroke_option
@region_options
@click.option(
    "--masks", type=click.Path(path_type=Path),
    help="For a look: the regions of one picture, as 'livebrush masks' draws them.  [default: they are found]",
)  # fmt: skip
@click.option(
    "--method", type=click.Choice(METHODS), default="net", show_default=True,
    help="net: milliseconds. The others optimise each picture for a minute or more, after a picture named with -s, and "
    "need the extra 'train': adain, wct, swap, gatys as published; neighbours paints best.",
)  # fmt: skip
@device_option
@threads_option
@overwrite_option("Replace paintings that exist.")
@click.option("-n", "--no-overwrite", is_flag=True, help="Skip pictures whose painting exists.")
@progress_option
def image(
    pictures: tuple[str, ...], style: str, output: str | None, strength: float, keep_colours: bool,
    stroke: float | None, only: str | None, all_but: str | None, masks: Path | None, method: str, device: str,
    threads: int | None, overwrite: bool, no_overwrite: bool, progress: str,
) -> None:  # fmt: skip
    """Paint photos and other pictures.

    PICTURES are files, folders or wildcards (on every system).

    Orientation, colour profile and transparency are respected. A painting is called NAME_STYLE.png, or
    NAME_STYLE_METHOD.png. Any picture may be the style: a net paints after it at once, the other methods slowly
    ('livebrush still' has more options for those).

    \b
    livebrush image photo.jpg
    livebrush image photo.jpg *.png -s great_wave -o painted/
    livebrush image photo.jpg -s wave.jpg
    livebrush image photo.jpg -s wave.jpg --method neighbours
    livebrush image phone.jpg -s minotaur --stroke 2
    livebrush image photo.jpg --except person -s great_wave
    livebrush image photo.jpg -s person=starry_night,other=great_wave
    livebrush image photo.jpg -s blue_hour --masks photo_masks.png
    """
    from livebrush.realtime.commands.progress import reader
    from livebrush.realtime.stylize import stylize_images

    if overwrite and no_overwrite:
        raise click.UsageError("-y and -n exclude each other")
    with reader(progress) as read:
        plan = stylize_images(
            pictures, output, style,
            strength=strength, keep_colours=keep_colours, stroke=stroke, only=painted_region(only, all_but),
            masks=masks, method=method, device=device, threads=threads, overwrite=overwrite, skip=no_overwrite,
            on_event=read,
        )  # fmt: skip
    if progress != "json":
        for _, target in plan:
            click.echo(target)
