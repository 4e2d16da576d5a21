"""The `livebrush` command: finds the subcommand, prints errors as one line, sets the exit code."""

import atexit
import contextlib
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from livebrush.models.errors import LivebrushError
from livebrush.realtime.commands.remedies import said
from livebrush.realtime.missing_library import missing_library

# Loaded only when asked for: torch, ONNX Runtime and OpenCV take seconds
COMMANDS = {
    "live": "livebrush.realtime.commands.live:live",
    "studio": "livebrush.realtime.commands.studio:studio",
    "video": "livebrush.realtime.commands.video:video",
    "batch": "livebrush.realtime.commands.batch:batch",
    "image": "livebrush.realtime.commands.image:image",
    "cameras": "livebrush.realtime.commands.cameras:cameras",
    "look": "livebrush.realtime.commands.look:look",
    "texture": "livebrush.realtime.commands.texture:texture",
    "masks": "livebrush.realtime.commands.masks:masks",
    "styles": "livebrush.realtime.commands.styles:styles",
    "convert": "livebrush.realtime.commands.convert:convert",
    "inspect": "livebrush.realtime.commands.inspect:inspect",
    "bench": "livebrush.realtime.commands.bench:bench",
    "train": "livebrush.trainer.train_command:train",
    "learn": "livebrush.trainer.learn_command:learn",
    "still": "livebrush.trainer.still_command:still",
    "doctor": "livebrush.realtime.commands.doctor:doctor",
    "completion": "livebrush.realtime.commands.completion:completion",
}
INTERRUPTED = 130
_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_told_to_stop: list[bool] = []


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        return getattr(importlib.import_module(module), name)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: livebrush video clip.mp4 --style starry_night -o painted.mp4",
)
@click.version_option(package_name="livebrush", prog_name="livebrush")
def cli() -> None:
    """Paint live video, video files and photos in the style of a picture."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error a user can mend is one line on stderr."""
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup's wish to go on is respected
            signal.signal(number, _interrupt)
    _prepare_streams()
    try:
        code = cli.main(args=arguments, prog_name="livebrush", standalone_mode=False) or 0
        sys.stdout.flush()  # or a full disk is found out after everybody has gone
        return code
    except click.exceptions.Abort:
        click.echo("livebrush: stopped", err=True)
        return INTERRUPTED
    except KeyboardInterrupt:
        click.echo("livebrush: stopped", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except LivebrushError as error:
        click.echo(f"livebrush: {said(error)}", err=True)
        return error.exit_code
    except MemoryError as error:
        click.echo(f"livebrush: not enough memory ({error}); try a smaller --size", err=True)
        return 1
    except ImportError as error:
        if _told_to_stop:  # a library that was just being loaded made this of the interrupt
            click.echo("livebrush: stopped", err=True)
            return INTERRUPTED
        click.echo(f"livebrush: {missing_library(error)}", err=True)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone
        return 1
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        with contextlib.suppress(OSError):
            click.echo(f"livebrush: {name}{error.strerror or error}", err=True)
        _forget_output()
        return 1


def _prepare_streams() -> None:
    """Names of files are printed as far as the terminal can; a closed stream takes and forgets what it is told."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for good
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget_output() -> None:
    """What could not be written is not tried again at the end of the program."""
    with contextlib.suppress(OSError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def main() -> None:
    atexit.register(_hear_no_more)
    sys.exit(run())


def _hear_no_more() -> None:
    """A stop that comes while Python takes itself down is too late to change what the exit code says."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    """SIGTERM and a closed terminal end a run the way Ctrl-C does: what was painted stays playable."""
    _told_to_stop.append(True)
    if _is_importing(frame):
        # Some libraries cannot bear an exception while they are loaded, and abort; nothing is begun by then
        with contextlib.suppress(OSError):
            os.write(2, b"livebrush: stopped\n")
        os._exit(INTERRUPTED)
    raise KeyboardInterrupt


def _is_importing(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
