"""`livebrush bench`: how fast styles are on this machine."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.completion import styles_for
from livebrush.realtime.commands.option_types import STYLE_HELP, FullFrameSize, device_option

if TYPE_CHECKING:
    from livebrush.realtime.benchmark.result import Result
    from livebrush.realtime.benchmark.speed import Benchmark


@click.command()
@click.option(
    "-s", "--style", "styles", multiple=True, shell_complete=styles_for,
    help=f"{STYLE_HELP} Repeat for more; all: every one.  [default: one that ships for each kind of net]",
)  # fmt: skip
@click.option(
    "--size", "sizes", metavar="WxH", multiple=True, default=("640x480", "1280x720", "1920x1080"), show_default=True,
    help="Of the frames. Repeat for more.",
)  # fmt: skip
@click.option(
    "--threads", type=click.IntRange(min=1), multiple=True, default=(1, 2), show_default=True,
    help="Cores for the net. Repeat for more.",
)  # fmt: skip
@device_option
@click.option(
    "--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="All take a turn in each."
)
@click.option(
    "--source", type=click.Path(path_type=Path),
    help="The film to paint file to file, brought to each size first.  [default: the example, or a test pattern]",
)  # fmt: skip
@click.option(
    "--preset", default="veryfast", show_default=True, help="The encoder's effort, ultrafast … veryslow."
)
@click.option(
    "--reference/--no-reference", default=None,
    help="Measure the net that the field compares with beside them.  [default: where PyTorch is installed]",
)  # fmt: skip
@click.option(
    "--compile", "compiled", is_flag=True, help="The reference by torch.compile as well, on an NVIDIA GPU."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the table, for programs."
)
def bench(styles: tuple[str, ...], sizes: tuple[str, ...], as_json: bool, **measured: Any) -> None:
    """Measure how fast styles are on this machine, beside the reference, as a Markdown table.

    All take turns, round by round, so that whatever else the machine does hits all alike: trust the ratios, and the
    milliseconds only where nothing else ran. Ctrl-C prints what was measured so far.

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
