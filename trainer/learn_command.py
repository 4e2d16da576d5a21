"""`livebrush learn`: a picture that paints at once paints better from then on."""

import shlex
from pathlib import Path

import click

from livebrush.realtime.commands.options import overwrite_option, progress_option, torch_device_option
from livebrush.realtime.commands.progress import reader
from livebrush.trainer.kinds.painting_recipe import LEARNT_ON
from livebrush.trainer.train_options import content_option


@click.command()
@click.argument("pictures", metavar="PICTURE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@content_option
@click.option(
    "--images", type=click.IntRange(min=1), default=LEARNT_ON, show_default=True,
    help="Photos to practise on, repeats included; more are closer to the picture, and take longer.",
)  # fmt: skip
@overwrite_option("Learn anew what was learnt before.")
@torch_device_option
@progress_option
def learn(
    pictures: tuple[Path, ...], content: Path | None, images: int, overwrite: bool, device: str, progress: str
) -> None:
    """Learn a picture, so that it paints better.

    PICTURE is a file, or a name in the folder of your own styles. It paints at once; learnt for some minutes, it paints
    like a style that was trained for it, wherever it is named: live, in videos, in mixtures. What was learnt is kept by
    the picture's pixels; the file may be moved and renamed. In the live window the key l learns the picture that is
    painted after, while it plays.

    \b
    livebrush learn my_painting.jpg
    livebrush live -s my_painting.jpg

    For a file to keep and to give away: 'livebrush convert my_painting.jpg'. 'livebrush train painting' trains longer
    and has all options.
    """
    from livebrush.trainer.learning import learn as learn_picture

    for picture in pictures:
        with reader(progress) as read:
            learn_picture(
                picture, on_event=read, content=content, images=images, device=device, overwrite=overwrite
            )
        if progress != "json":
            click.echo(f"{picture.name} is learnt: -s {shlex.quote(str(picture))} paints with it", err=True)
