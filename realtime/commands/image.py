"""`livebrush image`: paint pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from livebrush.realtime.commands.options import (
    device_option,
    keep_colours_option,
    overwrite_option,
    progress_option,
    strength_option,
    stroke_option,
    style_option,
    threads_option,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from livebrush.models.catalogue import Choice
    from livebrush.realtime.pictures.plan import Plan
    from livebrush.realtime.session import StyleSession


@click.command()
@click.argument("pictures", nargs=-1, required=True)
@style_option
@click.option(
    "-o", "--output",
    help="A file for one picture (.png .jpg .webp .tif .bmp), or a folder.  [default: beside each picture]",
)  # fmt: skip
@strength_option
@keep_colours_option("Brush strokes of the style, colours of the photo.")
@stroke_option
@click.option(
    "--masks", type=click.Path(path_type=Path),
    help="Regions of one picture, as 'livebrush masks' draws them, for a look.  [default: found]",
)  # fmt: skip
@device_option
@threads_option
@overwrite_option("Replace paintings that exist.")
@click.option("-n", "--no-overwrite", is_flag=True, help="Skip pictures whose painting exists.")
@progress_option
def image(
    pictures: tuple[str, ...], style: str, output: str | None, strength: float, keep_colours: bool,
    stroke: float | None, masks: Path | None, device: str, threads: int | None, overwrite: bool, no_overwrite: bool,
    progress: str,
) -> None:  # fmt: skip
    """Paint pictures.

    PICTURES are files, folders or wildcards, which work on every system.

    Orientation, colour profile and transparency are respected. The paintings are called NAME_STYLE.png.

    \b
    livebrush image photo.jpg
    livebrush image photo.jpg *.png -s great_wave -o painted/
    livebrush image phone.jpg -s minotaur --stroke 2
    livebrush image photo.jpg -s blue_hour --masks photo_masks.png
    """
    from livebrush.models.catalogue import find_style
    from livebrush.models.events import Note, tell
    from livebrush.realtime.brush import Brush, stroke_of
    from livebrush.realtime.commands.progress import reader
    from livebrush.realtime.pictures.jobs import paint_pictures
    from livebrush.realtime.pictures.plan import expand_inputs, plan_outputs, without_paintings
    from livebrush.realtime.session import StyleSession

    if overwrite and no_overwrite:
        raise click.UsageError("-y and -n exclude each other")
    choice = find_style(style)
    stroke = stroke_of(choice, stroke)
    inputs = without_paintings(expand_inputs(pictures), choice.name)
    plan = plan_outputs(inputs, output, choice.name, overwrite, no_overwrite)
    if masks:
        _check_masks(masks, choice, inputs, plan)
    session = StyleSession(choice, device, threads)
    drawn = _Drawn(session, masks) if masks else session
    brush = Brush(drawn, strength, keep_colours, stroke=stroke)

    def paint(pixels: "np.ndarray") -> "np.ndarray":
        session.reset()  # each picture stands for itself
        return brush.paint(pixels)

    with reader(progress) as read:
        if session.note:
            tell(Note(session.note), read)
        paint_pictures(plan, paint, read)
    _say_what_there_is([] if progress == "json" else plan, len(inputs) - len(plan))


def _say_what_there_is(plan: "Plan", skipped: int) -> None:
    for _, target in plan:
        click.echo(target)
    if skipped:
        click.echo(f"{skipped} already painted, skipped", err=True)


def _check_masks(masks: Path, choice: "Choice", inputs: "Sequence[Path]", plan: "Plan") -> None:
    """raises: LivebrushError when masks are of no use for a style, belong to one of many pictures, or would be lost"""
    from livebrush.models.errors import LivebrushError
    from livebrush.models.writing import check_outputs

    if not choice.model.takes_masks:
        raise LivebrushError(
            f"{choice.name} is no look and knows no regions: leave --masks out", code="conflict"
        )
    if len(inputs) > 1:
        raise LivebrushError(f"the masks {masks} belong to one picture, got {len(inputs)}", code="conflict")
    check_outputs([target for _, target in plan], [masks], overwrite=True)


class _Drawn:
    """A look, and the regions that a person drew for its picture."""

    def __init__(self, session: "StyleSession", masks: Path) -> None:
        self._session, self._masks = session, masks

    def stylize(self, frame: "np.ndarray") -> "np.ndarray":
        """(H, W, 3) uint8, RGB -> the same. raises: LivebrushError when the masks do not fit"""
        from livebrush.realtime.regions import drawn_groups

        return self._session.stylize(frame, drawn_groups(self._masks, frame.shape))
