"""`livebrush masks`: the regions of a photo as a picture to look at and to edit."""

from pathlib import Path

import click

from livebrush.realtime.commands.options import overwrite_option


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The picture of the regions.  [default: PHOTO_masks.png here]",
)
@click.option("--overlay", is_flag=True, help="Draw the colours over the photo, to look at and not to edit.")
@overwrite_option("Replace the picture if it exists.")
def masks(photo: Path, output: Path | None, overlay: bool, overwrite: bool) -> None:
    """Find the regions of a photo and write them as a picture.

    Each kind of region (sky, water, person, …) has a colour. Edit the picture in any paint program and give it to
    'livebrush image --masks' or 'livebrush look --masks'. 'livebrush still --masks' takes two, the photo's first. The
    colours of all kinds are listed, also of those that were not found.

    \b
    livebrush masks photo.jpg -o masks.png
    livebrush image photo.jpg -s blue_hour --masks masks.png
    """
    import numpy as np

    from livebrush.models.errors import LivebrushError
    from livebrush.models.regions import COLOURS, GROUPS, IN_FAVOUR, PERSON
    from livebrush.models.writing import check_outputs
    from livebrush.realtime.engine.regions import RegionFinder
    from livebrush.realtime.pictures.formats import writable_format
    from livebrush.realtime.pictures.jobs import write_picture
    from livebrush.realtime.pictures.picture import Picture, read_picture

    target = output or Path(f"{photo.stem}_masks.png")
    if (kind := writable_format(target)) in ("JPEG", "WEBP") and not overlay:
        raise LivebrushError(f"{target}: {kind} blurs the colours of masks; write .png", code="unsupported")
    check_outputs([target], [photo], overwrite=overwrite)
    picture = read_picture(photo)
    found = RegionFinder().masks(picture.pixels)
    found[..., PERSON] *= IN_FAVOUR**0.5  # as looks see frames
    of_groups = found.argmax(2)
    colours = np.array(COLOURS, np.uint8)[of_groups]
    if overlay:
        colours = (picture.pixels // 2 + colours // 2).astype(np.uint8)
    write_picture(target, colours, Picture(colours))
    for k in np.argsort(-found.mean((0, 1))):
        red, green, blue = COLOURS[k]
        click.echo(
            f"{GROUPS[k]:10} {100 * (of_groups == k).mean():5.1f} %  #{red:02x}{green:02x}{blue:02x}",
            err=True,
        )
    click.echo(target)
