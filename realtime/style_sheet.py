"""One picture in many styles, on one sheet."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Progress, Started, telling
from livebrush.models.writing import check_outputs
from livebrush.realtime.engine.finish import STROKE_LINES, resized
from livebrush.realtime.engine.runs import stopped_by_signals
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.made.asked import find_choice
from livebrush.realtime.pictures.contact_sheet import contact_sheet
from livebrush.realtime.pictures.formats import writable_format
from livebrush.realtime.pictures.jobs import write_picture
from livebrush.realtime.pictures.picture import Picture, read_picture

_COLUMNS, _CELL_PX = 3, 560


def paint_style_sheet(
    photo: str | os.PathLike[str],
    output: str | os.PathLike[str] | None,
    styles: Sequence[str],
    *,
    device: str = "auto",
    overwrite: bool = False,
    on_event: OnEvent | None = None,
) -> Path:
    """The picture itself and in each style, in rows, with the names below.

    output: a file, whose suffix names the format; None: PHOTO_styles.png beside the photo
    styles: as `find_styles` takes them, regions left out; one that cannot be painted with is left out, with a note
    device: see `Engine`
    on_event: told of the start, every style, notes and the end
    returns: the sheet's file
    raises: LivebrushError when the photo cannot be read, no style paints, or the sheet cannot be written
    """
    source = Path(photo)
    target = Path(output) if output is not None else source.with_name(f"{source.stem}_styles.png")
    writable_format(target)
    check_outputs([target], [source], overwrite=overwrite)
    picture = read_picture(source)
    short_side = min(picture.pixels.shape[:2])
    pixels = resized(picture.pixels, min(1.0, STROKE_LINES / short_side))
    painted: list[tuple[str, np.ndarray]] = [(source.name, pixels)]
    with telling(on_event) as tell, stopped_by_signals():
        tell(Started(source.name, "style", len(styles)))
        for done, name in enumerate(styles, 1):
            try:
                painted.append((name, LoadedStyle(find_choice(name), device)(pixels)))
            except LivebrushError as error:
                tell(Note(f"{name} is left out: {error}", remedy=error.remedy, values=error.values))
            tell(Progress(done, len(styles)))
        if len(painted) == 1:
            raise LivebrushError(f"{source}: no style could paint it", code="failed")
        sheet = contact_sheet(painted, _COLUMNS, _CELL_PX)
        write_picture(target, sheet, Picture(sheet))
        tell(Finished(target, {"style": len(painted) - 1}))
    return target
