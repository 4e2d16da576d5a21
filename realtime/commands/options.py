"""Options that commands share, each said once; `option_types` has the forms of their values."""

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Failed
from livebrush.models.events import as_json as event_as_json
from livebrush.models.regions import ALL, PERSON_GROUPS
from livebrush.realtime.commands.completion import styles_for
from livebrush.realtime.commands.option_types import FiniteRange
from livebrush.realtime.commands.remedies import said
from livebrush.realtime.engine.providers import DEVICES

Option = Callable[[Any], Any]
"""what click makes of an option: a decorator of the command"""

STYLE_HELP = (
    "A style's name ('livebrush styles' lists them), an .onnx file, file:style, or any picture to paint after. "
    "udnie:0.7,my.jpg:0.3 mixes them. person=NAME,other=NAME paints persons and all else in styles of their own; "
    "either may be left out."
)


def _the_only(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> str:
    if len(values) > 1:
        raise click.BadParameter(f"one style paints, got {len(values)}: {', '.join(values)}", ctx, param)
    return values[0]


style_option = click.option(
    "-s", "--style", multiple=True, default=("starry_night",), show_default="starry_night", callback=_the_only,
    help=STYLE_HELP, shell_complete=styles_for,
)  # fmt: skip
styles_option = click.option(
    "-s", "--style", "styles", multiple=True, default=("starry_night",), show_default="starry_night",
    help=f"{STYLE_HELP} Give several to paint each film in each of them.", shell_complete=styles_for,
)  # fmt: skip


def region_options(command: Any) -> Any:
    """`--only` and `--except`, which `painted_region` reads: the command gets `only` and `all_but`."""
    for option in (
        click.option(
            "--except", "all_but", type=click.Choice(PERSON_GROUPS),
            help="Paint everything but persons (person), or but all else (other).",
        ),
        click.option(
            "--only", type=click.Choice(PERSON_GROUPS),
            help="Paint only persons, or only all else (other); the rest of the picture stays as it is.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def painted_region(only: str | None, all_but: str | None) -> str:
    """What is painted, a word of `livebrush.models.regions.PAINTED`.

    raises: click.UsageError where both options are given
    """
    if only and all_but:
        raise click.UsageError("--only and --except exclude each other")
    if all_but:
        (only,) = (region for region in PERSON_GROUPS if region != all_but)
    return only or ALL


strength_option = click.option(
    "--strength", type=FiniteRange(0, 1), default=1.0, show_default=True,
    help="How much of the style: 0 is the original, 1 all of it.",
)  # fmt: skip
stroke_option = click.option(
    "--stroke", type=FiniteRange(0.5, 4),
    help="Width of the strokes: 0.5 is finer, 2 broader.  [default: 1, as on a frame of 480 lines]",
)  # fmt: skip
steady_option = click.option(
    "--steady/--no-steady",
    default=False,
    show_default=True,
    help="Reduce flicker; each frame takes a little longer.",
)
device_option = click.option(
    "--device", type=click.Choice(DEVICES), default="auto", show_default=True,
    help="What the net runs on. auto: CUDA where it works, OpenVINO where bfloat16 is fast, else the CPU ('livebrush "
    "doctor' times them all).",
)  # fmt: skip
torch_device_option = click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True,
    help="What PyTorch runs on; auto takes CUDA where it works.",
)  # fmt: skip
threads_option = click.option(
    "--threads", type=click.IntRange(min=1), help="CPU cores for the net.  [default: all]"
)
preset_option = click.option(
    "--preset",
    default="veryfast",
    show_default=True,
    help="How much effort the encoder makes: ultrafast … veryslow.",
)
progress_option = click.option(
    "--progress", type=click.Choice(["bar", "json", "none"]), default="bar", show_default=True,
    help="json: for programs, one object per line on standard output.",
)  # fmt: skip


json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def json_option(command: Callable[..., None]) -> Any:
    """`--json`, for a command that gets `as_json` and answers or fails: an error is printed as JSON on standard output,
    too, as an event "failed" whose "message" is what the terminal says.
    """

    @functools.wraps(command)
    def telling(*arguments: Any, as_json: bool, **options: Any) -> None:
        try:
            command(*arguments, as_json=as_json, **options)
        except LivebrushError as error:
            if as_json:
                failed = {**event_as_json(Failed.of(error)), "message": said(error)}
                click.echo(json.dumps(failed, ensure_ascii=False, default=str))
            raise

    return json_flag(telling)


def keep_colours_option(text: str) -> Option:
    """text: what it does"""
    return click.option("--keep-colours", "--keep-colors", is_flag=True, help=text)


def overwrite_option(text: str) -> Option:
    """text: what is replaced"""
    return click.option("-y", "--overwrite", is_flag=True, help=text)
