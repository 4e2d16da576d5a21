"""`livebrush look`: a photo style at once, without training."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livebrush.models.regions import PERSONS
from livebrush.realtime.commands.credit import Credit, credit_options
from livebrush.realtime.commands.option_types import FiniteRange
from livebrush.realtime.commands.options import overwrite_option

if TYPE_CHECKING:
    from livebrush.models.looks import LookStatistics


@click.command()
@click.argument("style", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The look, an .onnx file.  [default: STYLE.onnx here, or none with --cube]",
)
@click.option(
    "--masks", type=click.Path(path_type=Path), help="Regions of STYLE, as 'livebrush masks' draws them."
)
@click.option(
    "--cube", type=click.Path(path_type=Path), help="Write a table of colours (.cube), for video editors."
)
@click.option(
    "--like", type=click.Path(path_type=Path), multiple=True,
    help="With --cube: a frame of the video that the table is for; repeat for more. Without one it is for ordinary "
    "photos.",
)  # fmt: skip
@click.option(
    "--persons", type=FiniteRange(0, 1), default=PERSONS, show_default=True,
    help="Where STYLE shows no persons: 0 leaves persons as they are, 1 puts them fully into its light.",
)  # fmt: skip
@click.option(
    "--regions", type=FiniteRange(0, 1), default=1.0, show_default=True,
    help="How differently regions are treated: 0 treats the whole frame alike, as film does, and flickers less.",
)  # fmt: skip
@credit_options("photo", "CC BY 4.0")
@overwrite_option("Replace the output if it exists.")
def look(
    style: Path, output: Path | None, masks: Path | None, cube: Path | None, like: tuple[Path, ...], persons: float,
    regions: float, credit: Credit, overwrite: bool,
) -> None:  # fmt: skip
    """Make a look: a style with the colours and light of a photo.

    STYLE is the photo. Sky takes its colours from sky and persons from persons, as far as the photo shows them. This
    takes a second and no training. 'livebrush train photo' takes longer and gets more out of the same photo.

    \b
    livebrush look sunset.jpg -o sunset.onnx
    livebrush video drive.mp4 -s sunset.onnx -o dusk.mp4
    livebrush look sunset.jpg --cube sunset.cube --like frame.png

    A look sees each frame and treats it region by region; a table (--cube) does the same to a colour wherever it is.
    With --like it does what the look does to that frame, as nearly as a table can, and fits frames that are lit
    alike: make one for each scene. Without, colours may come out quite unlike the look's. Tables are for pictures as
    they are shown (sRGB, BT.709), not for log footage.
    """
    from livebrush.models.contract import StyleMetadata
    from livebrush.models.writing import check_outputs
    from livebrush.realtime.looks.bake import bake_look
    from livebrush.realtime.looks.cube import ordinary_table, write_cube
    from livebrush.realtime.looks.table_of_look import table_of_look
    from livebrush.realtime.pictures.picture import read_picture

    target = output or (None if cube else Path(f"{style.stem}.onnx"))
    _check_names(target, cube, like, masks)
    inputs = [path for path in (style, masks, *like) if path]
    check_outputs([path for path in (target, cube) if path], inputs, overwrite=overwrite)
    frames = [read_picture(path).pixels for path in like]
    statistics = _statistics(style, masks, persons, regions)
    named = credit.style((target or style).stem)
    metadata = StyleMetadata("photo", "look", 2, 0, (named,), credit.weights_licence, sized_by_frame=False)
    if target:
        bake_look(statistics, metadata, target)
        click.echo(target)
    if cube:
        table = table_of_look(statistics, metadata, frames) if frames else ordinary_table(statistics)
        write_cube(table, credit.title or cube.stem, cube)
        click.echo(cube)
        if not frames:
            click.echo(
                "note: a table for ordinary photos; with --like FRAME it does what the look does", err=True
            )


def _statistics(style: Path, masks: Path | None, persons: float, regions: float) -> "LookStatistics":
    """What a look is made of, from a photo and what is said of it; says on stderr what is odd about the photo."""
    from livebrush.realtime.commands.remedies import said
    from livebrush.realtime.engine.regions import RegionFinder, drawn_groups
    from livebrush.realtime.looks.statistics import look_statistics
    from livebrush.realtime.pictures.oddities import what_is_odd
    from livebrush.realtime.pictures.picture import read_picture

    picture = read_picture(style)
    shape = picture.pixels.shape
    found = drawn_groups(masks, shape) if masks else RegionFinder().coarse(picture.pixels)
    for note in (*picture.notes, *what_is_odd(picture.pixels)):
        click.echo(said(note.of(style.name)), err=True)
    return look_statistics(picture.pixels, found, persons, regions)


def _check_names(target: Path | None, cube: Path | None, like: Sequence[Path], masks: Path | None) -> None:
    """raises: LivebrushError when files are named wrongly, or are of no use"""
    from livebrush.models.errors import LivebrushError

    if target and target.suffix != ".onnx":
        raise LivebrushError(
            f"the look {target.name} must be named .onnx; --cube names a table of colours", code="invalid"
        )
    if like and not cube:
        raise LivebrushError(
            "--like says what a table of colours is for: name the table with --cube", code="conflict"
        )
    if masks and not target and not like:
        raise LivebrushError(
            "a table for ordinary photos knows no regions: leave --masks out, or name a frame with --like",
            code="conflict",
        )
    if cube and cube.suffix.lower() != ".cube":
        raise LivebrushError(f"the table of colours {cube.name} must be named .cube", code="invalid")
