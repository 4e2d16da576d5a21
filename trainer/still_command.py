"""`livebrush still`: one picture, optimised pixel by pixel."""

from pathlib import Path
from typing import Any, get_args

import click

from livebrush.realtime.commands.option_types import FiniteRange
from livebrush.realtime.commands.options import (
    keep_colours_option,
    overwrite_option,
    progress_option,
    torch_device_option,
)
from livebrush.realtime.commands.progress import reader
from livebrush.trainer.loss_networks.loss_files import loss_network_options
from livebrush.trainer.runs.recipe import LARGEST_SEED
from livebrush.trainer.stills.recipe import DREAM_LAYER, LARGEST_SIDE, OCTAVES, Optimiser


class StyleSpec(click.ParamType):
    """FILE or FILE:WEIGHT"""

    name = "FILE[:WEIGHT]"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[Path, float]:
        from livebrush.models.catalogue import catalogue

        if isinstance(value, tuple):
            return value
        if Path(value).exists():
            return Path(value), 1.0
        if value in {entry.name for entry in catalogue()}:
            self.fail(
                f"{value} is a style model, expected a picture: 'livebrush image PHOTO -s {value}' paints with it",
                param, ctx,
            )  # fmt: skip
        path, colon, weight = value.rpartition(":")
        try:
            number = float(weight) if colon else 1.0
        except ValueError:
            return Path(value), 1.0  # a colon of the name's own, such as C:\style.jpg
        if not 0 < number < float("inf"):
            self.fail(f"{value}: the weight must be above 0, got {weight}", param, ctx)
        return Path(path if colon else value), number


class MaskPicture(click.Path):
    """A path. An option is refused, or a missing second picture would swallow the option that follows."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Path:
        if str(value).startswith("-"):
            self.fail(
                f"takes two pictures, the photo's regions and the style's: too few before {value}", param, ctx
            )
        return Path(value)


class MaskStyles(click.ParamType):
    """GROUP=FILE,GROUP=FILE"""

    name = "GROUP=FILE,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, Path]:
        from livebrush.models.regions import GROUPS

        if isinstance(value, dict):
            return value
        found: dict[str, Path] = {}
        for part in value.split(","):
            group, equals, path = part.partition("=")
            if not equals or not path:
                self.fail(f"{part!r}: write GROUP=FILE, say person=a.jpg", param, ctx)
            if group not in GROUPS:
                self.fail(f"{group!r} is no group: choose from {', '.join(GROUPS)}", param, ctx)
            if group in found:
                self.fail(f"{group} is named twice: a region has one style", param, ctx)
            found[group] = Path(path)
        return found


@click.command()
@click.argument("photo", required=False, type=click.Path(path_type=Path))
@click.option(
    "--style",
    "styles",
    multiple=True,
    type=StyleSpec(),
    help="The painting; several are mixed by their weights.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The picture.  [default: PHOTO_STYLE.png here]"
)
@click.option(
    "--size",
    type=click.IntRange(64, LARGEST_SIDE),
    help="Long side of the result, in pixels.  [default: the photo's; at most 1024 without --finish]",
)
@click.option(
    "--style-scale",
    type=FiniteRange(0.1, 10),
    default=1.0,
    show_default=True,
    help="Size of the strokes; larger numbers make larger strokes.",
)
@click.option(
    "--strength",
    type=FiniteRange(0.01, 100),
    default=1.0,
    show_default=True,
    help="Factor for the recipe's style weight.",
)
@keep_colours_option("Strokes and brightness of the painting, colours of the photo.")
@click.option(
    "--match-colours", "--match-colors", "match_colours", is_flag=True,
    help="Give the style the photo's colours first.",
)  # fmt: skip
@click.option(
    "--photo", "photorealistic", is_flag=True, help="Change only colours and light: the result stays a photo."
)
@click.option(
    "--masks",
    nargs=2,
    type=MaskPicture(),
    help="Regions of the photo and of the first style: two pictures, in which the same colour means the same region.",
)
@click.option(
    "--find-masks/--no-masks", default=None,
    help="Find the regions: sky takes its style from sky, persons from persons.  [default: with --photo]",
)  # fmt: skip
@click.option(
    "--mask-style", "mask_styles", type=MaskStyles(), multiple=True,
    help="Paint each kind of region in a style of its own: "
    "sky, water, vegetation, terrain, road, building, vehicle, person, interior; 'other' is everything else.",
)  # fmt: skip
@click.option(
    "--finish/--no-finish", default=None,
    help="Apply the result to the photo as a smooth change of its colours, at full size.  [default: with --photo, "
    "except for luan]",
)  # fmt: skip
@click.option(
    "--recipe",
    "--method",
    "recipe",
    default="livebrush",
    show_default=True,
    help="livebrush; neighbours, which copies the painting place by place; or as published: gatys, thesis, keras, "
    "adain, wct, swap; with --photo, luan.",
)
@click.option(
    "--dream", is_flag=True, help="Deep Dream, without a style: show more of what a layer sees in the photo."
)
@click.option(
    "--layer", default=DREAM_LAYER, show_default=True,
    help="What --dream is of: relu2_2 are strokes, relu3_3 curls, relu4_2 and on eyes and animals.",
)  # fmt: skip
@click.option(
    "--octaves", type=click.IntRange(1, 12), default=OCTAVES, show_default=True,
    help="Sizes that --dream goes through, each 1.4 times the one before.",
)  # fmt: skip
@click.option(
    "--optimiser",
    "--optimizer",
    "optimiser",
    type=click.Choice(get_args(Optimiser)),
    help="Use this optimiser instead of the recipe's.",
)
@click.option(
    "--steps", type=click.IntRange(min=1),
    help="Evaluations of the loss at the final size; smaller sizes before it keep theirs.  [default: the recipe's]",
)  # fmt: skip
@loss_network_options
@click.option(
    "--tile", type=click.IntRange(min=128),
    help="Side of the tiles that large pictures are worked on in; smaller takes less memory and more time.  "
    "[default: 384 beyond 1200 pixels]",
)  # fmt: skip
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    default=0,
    show_default=True,
    help="Seed of the random numbers.",
)
@click.option("--gif", type=click.Path(path_type=Path), help="Write the progress of the picture as a GIF.")
@click.option("--mp4", type=click.Path(path_type=Path), help="Write the progress of the picture as a video.")
@click.option("--log", type=click.Path(path_type=Path), help="Write every loss term of every step, as CSV.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw the losses, as .png, .svg or .pdf.")
@click.option(
    "--resume",
    is_flag=True,
    help="Continue where the run for this output stopped: exactly with Adam, without its memory with L-BFGS. "
    "--gif and --mp4 start there; the log is complete.",
)
@torch_device_option
@progress_option
@overwrite_option("Replace what exists; without --resume, start again.")
def still(
    photo: Path | None, styles: tuple[tuple[Path, float], ...], output: Path | None,
    masks: tuple[Path, Path] | None, find_masks: bool | None, mask_styles: tuple[dict[str, Path], ...],
    gif: Path | None, mp4: Path | None, progress: str, **options: Any,
) -> None:  # fmt: skip
    """Paint one photo slowly and well, by optimising its pixels.

    Without PHOTO, a texture is made from the style. The picture so far is in OUTPUT.preview.png. Ctrl-C writes it as
    the result, and --resume continues.

    \b
    livebrush still photo.jpg --style wave.jpg -o painted.png
    livebrush still photo.jpg --style a.jpg:0.7 --style b.jpg:0.3 --size 2048 --keep-colours --gif way.gif
    livebrush still city_day.jpg --style city_night.jpg --photo -o dusk.png
    livebrush still portrait.jpg --mask-style person=cubist.jpg,other=waves.jpg -o painted.png
    livebrush still photo.jpg --style wave.jpg --recipe neighbours -o painted.png
    livebrush still --style marble.jpg --size 1024 -o texture.png
    livebrush still photo.jpg --dream --gif dream.gif -o dream.png
    """
    from livebrush.models.errors import LivebrushError
    from livebrush.trainer.stills.still import paint_still

    keeps = options["keep_colours"] or options["match_colours"]
    if photo is None and (options["photorealistic"] or masks or mask_styles or find_masks or keeps):
        raise LivebrushError(
            "a texture has no regions, no colours of its own and no photo to edit: name a photo before the options",
            code="conflict",
        )
    if masks and find_masks is not None:
        raise LivebrushError(
            "--masks are the regions: leave --find-masks and --no-masks out", code="conflict"
        )
    of_groups = _one_style_each(mask_styles)
    _check_dream(options["dream"])
    if not options["dream"]:
        _check_styles(bool(styles), of_groups, bool(masks or find_masks))
    _check_videos(gif, mp4)
    names = [path.stem for path in (*(path for path, _ in styles), *of_groups.values())] or ["dream"]
    target = output or Path(f"{photo.stem}_{names[0]}.png" if photo else f"{names[0]}_texture.png")
    videos = [path for path in (gif, mp4) if path]
    with reader(progress) as tell:
        paint_still(
            photo, styles, target, on_event=tell, masks=masks or None, find_masks=find_masks, mask_styles=of_groups,
            videos=videos, **options,
        )  # fmt: skip
    if progress != "json":
        click.echo(target)


def _check_dream(dream: bool) -> None:
    """raises: click.UsageError for options that would be ignored"""
    given = click.get_current_context().get_parameter_source
    ignored = ("recipe", "style_scale") if dream else ("layer", "octaves")
    for name in ignored:
        if given(name) == click.core.ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            why = "--dream has no style and no recipe" if dream else f"{option} is for --dream"
            raise click.UsageError(f"{why}: leave {option} out" + ("" if dream else ", or add --dream"))


def _check_videos(gif: Path | None, mp4: Path | None) -> None:
    """raises: LivebrushError where a video's name does not say what it is"""
    from livebrush.models.errors import LivebrushError

    for video, suffix in ((gif, ".gif"), (mp4, ".mp4")):
        if video and video.suffix.lower() != suffix:
            raise LivebrushError(f"--{suffix[1:]} {video}: must be named {suffix}", code="invalid")


def _one_style_each(given: tuple[dict[str, Path], ...]) -> dict[str, Path]:
    """raises: LivebrushError when a group is named twice"""
    from livebrush.models.errors import LivebrushError

    groups = [group for styles in given for group in styles]
    if twice := {group for group in groups if groups.count(group) > 1}:
        raise LivebrushError(
            f"--mask-style names {', '.join(sorted(twice))} twice: a region has one style", code="conflict"
        )
    return {group: path for styles in given for group, path in styles.items()}


def _check_styles(some: bool, mask_styles: dict[str, Path], other_masks: bool) -> None:
    """raises: LivebrushError where a part of the picture would have no style, or two kinds of regions meet"""
    from livebrush.models.errors import LivebrushError

    if not some and not mask_styles:
        raise click.UsageError("Missing option '--style' (or '--mask-style', or '--dream').")
    if mask_styles and other_masks:
        raise LivebrushError(
            "--mask-style finds the regions by itself: leave --masks and --find-masks out", code="conflict"
        )
    if mask_styles and some == ("other" in mask_styles):
        raise LivebrushError(
            "--mask-style needs a style for all other regions: either other=FILE or --style"
            + (", not both" if some else ""),
            code="conflict",
        )
