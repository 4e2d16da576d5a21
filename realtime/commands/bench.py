"""`livebrush bench`: how fast styles are on this machine."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.completion import styles_for
from livebrush.realtime.commands.option_types import FullFrameSize
from livebrush.realtime.commands.options import STYLE_HELP, device_option, preset_option

if TYPE_CHECKING:
    from livebrush.realtime.benchmark.result import Result
    from livebrush.realtime.benchmark.speed import Benchmark


@click.command()
@click.option(
    "-s", "--style", "styles", multiple=True, shell_complete=styles_for,
    help=f"{STYLE_HELP} May be repeated; all: every style.  [default: one that ships for each kind of net]",
)  # fmt: skip
@click.option(
    "--size", "sizes", metavar="WxH", multiple=True, default=("640x480", "1280x720", "1920x1080"), show_default=True,
    help="Size of the frames. May be repeated.",
)  # fmt: skip
@click.option(
    "--threads", type=click.IntRange(min=1), multiple=True, default=(1, 2), show_default=True,
    help="CPU cores for the net. May be repeated.",
)  # fmt: skip
@device_option
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Rounds to measure; everything takes a turn in each.",
)
@click.option(
    "--source", type=click.Path(path_type=Path),
    help="The video for the speed from file to file; it is resized first.  [default: the example, or a test pattern]",
)  # fmt: skip
@preset_option
@click.option(
    "--reference/--no-reference", default=None,
    help="Also measure the reference net of Johnson et al.  [default: where PyTorch is installed]",
)  # fmt: skip
@click.option(
    "--compile",
    "compiled",
    is_flag=True,
    help="On an NVIDIA GPU: measure the reference under torch.compile as well.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the table, for programs."
)
def bench(styles: tuple[str, ...], sizes: tuple[str, ...], as_json: bool, **measured: Any) -> None:
    """Measure how fast the styles run on this machine.

    Prints a Markdown table. Styles and the reference net take turns, so that other work on the machine slows them all
    alike. Trust the ratios; trust the milliseconds only where nothing else ran. Ctrl-C prints what was measured so far.

    \b
    livebrush bench
    livebrush bench -s great_wave --size 1280x720 --threads 4 --no-reference --json > speed.json
    """
    from livebrush.models.events import Progress, Started
    from livebrush.realtime.benchmark.speed import Benchmark, Options, chosen_styles
    from livebrush.realtime.commands.progress import reader

    options = Options(chosen_styles(styles), [_size(text) for text in sizes], **measured)
    with reader("bar") as read:
        read(Started("bench", "turn"))
        command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
        benchmark = Benchmark(options, command, lambda done, of: read(Progress(done, of)))
        ended = _run(benchmark)
    result = benchmark.result
    _print(result, as_json)
    if ended:
        raise ended


def _size(text: str) -> tuple[int, int]:
    """(height, width); raises LivebrushError."""
    from livebrush.models.errors import LivebrushError

    try:
        return FullFrameSize().convert(text, None, None)
    except click.BadParameter as error:
        raise LivebrushError(f"--size: {error.message}", code="invalid") from error


def _run(benchmark: "Benchmark") -> Exception | None:
    """Measure; what ended it early, to be raised when what was measured is printed."""
    from livebrush.models.errors import LivebrushError
    from livebrush.realtime.video.stylize import Interrupted

    try:
        benchmark.run()
    except (KeyboardInterrupt, Interrupted):
        stopped = LivebrushError(
            "stopped: what was measured so far is printed"
            if benchmark.rows
            else "stopped: nothing was measured yet",
            code="stopped",
        )
        stopped.exit_code = Interrupted.exit_code
        return stopped
    except LivebrushError as error:
        if not benchmark.rows:
            raise
        return error
    return None


def _print(result: "Result", as_json: bool) -> None:
    """The result on stdout; a warning on stderr where other processes were in the way."""
    from livebrush.realtime.benchmark.machine import BUSY_CORES
    from livebrush.realtime.benchmark.table import markdown

    if as_json:
        click.echo(result.to_json())
    elif result.rows:
        click.echo(markdown(result))
    others = max(result.others_before_cores, result.others_during_cores)
    if others > BUSY_CORES:
        click.echo(
            f"warning: other processes kept {others:.2f} of {result.machine.cores} cores busy: these figures are not "
            "reliable, and even the ratios less so; end them and measure again",
            err=True,
        )
