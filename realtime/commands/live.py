"""`livebrush live`: paint while it plays."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.completion import files_for, styles_for
from livebrush.realtime.commands.option_types import FrameSize, NetSize, Seconds
from livebrush.realtime.commands.options import (
    STYLE_HELP,
    device_option,
    keep_colours_option,
    region_options,
    steady_option,
    strength_option,
    threads_option,
)  # fmt: skip
from livebrush.realtime.live.commands import help_lines, schema

if TYPE_CHECKING:
    from livebrush.realtime.live.measurements import LiveReport


def _keys() -> str:
    width = max(len(keys) for keys, _ in help_lines())
    return "\b\nKeys:\n" + "\n".join(f"  {keys:{width}}  {what}" for keys, what in help_lines())


@click.command(epilog=_keys())
@click.argument("source", required=False, shell_complete=files_for)
@click.option(
    "--camera",
    help="A camera's number or part of its name ('livebrush cameras' lists them).  [default: the first]",
)
@click.option(
    "--screen",
    is_flag=False,
    flag_value="",
    metavar="[WxH+X+Y]",
    help="Paint this machine's screen, or a part of it: width x height + left + top, in pixels.",
)
@click.option("--test-pattern", is_flag=True, help="Paint a moving test picture instead of a camera.")
@click.option(
    "-s",
    "--style",
    "styles",
    multiple=True,
    shell_complete=styles_for,
    help=f"{STYLE_HELP} More than one may be given: keys 1, 2, … The other styles follow.",
)
@click.option("--only-these", is_flag=True, help="Offer only the styles given with -s.")
@region_options
@click.option(
    "--deck",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A TOML file that names the styles in their order, with strengths and times for autoplay (see docs/live.md).",
)
@strength_option
@keep_colours_option("Strokes of the style, colours of the original.")
@steady_option
@click.option(
    "--net-size",
    type=NetSize(),
    default="auto",
    show_default=True,
    help="Height of the copy that the net paints: smaller is faster, with broader strokes. auto: the largest that "
    "keeps up with --fps. full: the frame itself. Looks always paint the frame itself.",
)
@click.option(
    "--fps",
    type=click.FloatRange(1, 1000),
    help="Frames per second to ask of the camera and to keep up with.  [default: 30, or the file's own if less]",
)
@click.option(
    "--size",
    type=FrameSize(),
    help="Size to ask of the camera, or to play a video file at.  [default: 1280x720 for cameras]",
)
@click.option(
    "--crossfade",
    type=click.FloatRange(0, 10),
    default=0.4,
    show_default=True,
    help="Seconds that one style takes to fade into the next; 0 switches at once.",
)
@click.option(
    "--autoplay", type=click.FloatRange(0.1), help="Change the style by itself, after so many seconds each."
)
@click.option("--loop", is_flag=True, help="Play a video file again and again.")
@click.option(
    "-ss", "--start", type=Seconds(), default=0.0, help="Begin a video file here: seconds, or h:mm:ss."
)
@click.option("-t", "--duration", type=Seconds(), help="Stop after this long.")
@click.option(
    "--mute", is_flag=True, help="Do not play a video file's sound; it is recorded and sent all the same."
)
@click.option(
    "--no-sound",
    is_flag=True,
    help="Leave the sound of a video file or address out: neither heard, recorded nor sent.",
)
@click.option(
    "--mic",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="Record and send what a microphone or line hears, in place of a video file's sound: its number or a part of "
    "its name ('livebrush doctor' lists them), without one the system's choice.",
)
@click.option(
    "--mic-delay",
    type=click.FloatRange(-1000, 1000),
    default=0.0,
    metavar="MS",
    help="Milliseconds by which the microphone is recorded later: cameras deliver pictures late.  [default: 0]",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="Record from the start into a new file: .mkv (survives a crash best), .mp4, .mov, .webm.",
)
@click.option("--virtual-camera", is_flag=True, help="Be a camera for other programs (meetings, OBS).")
@click.option(
    "--send", metavar="URL", help="Send the painted video over the network: udp://host:port, rtmp://…"
)
@click.option(
    "--out-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True),
    default=Path(),
    help="Folder for the snapshots and recordings of the keys s and r.  [default: here]",
)
@click.option(
    "--control",
    metavar="stdin|PORT",
    help='Take commands as JSON lines: {"command": "style", "value": 2}; PORT on 127.0.0.1 only.',
)
@click.option(
    "--list-commands", is_flag=True, help="Print the commands of --control as JSON Schema, and end."
)
@click.option("--no-window", is_flag=True, help="Open no window, for machines without a screen.")
@click.option("--full-screen", is_flag=True, help="Begin in full screen.")
@click.option(
    "--mirror/--no-mirror",
    default=None,
    help="Mirror the window, never the recording.  [default: for cameras]",
)
@click.option("--no-hud", is_flag=True, help="Begin without the numbers in the window.")
@device_option
@threads_option
@click.option("-v", "--verbose", is_flag=True, help="Show at the end where the time went.")
def live(source: str | None, verbose: bool, list_commands: bool, **options: Any) -> None:
    """Paint a camera, a video file or a stream while it plays.

    Keys switch styles.

    SOURCE is a video file or an address (rtsp://, http://, udp://, …); without one the first camera is opened.

    \b
    livebrush live
    livebrush live --only person
    livebrush live -s person=starry_night,other=great_wave
    livebrush live --camera Logitech -s starry_night --virtual-camera --record night.mkv
    livebrush live --mic --record talk.mkv
    livebrush live video.mp4 --loop
    livebrush live --test-pattern --autoplay 10 --full-screen
    """
    if list_commands:
        click.echo(json.dumps(schema(), indent=1))
        return
    from livebrush.realtime.commands.live_setup import make_session
    from livebrush.realtime.live.notices import Notices
    from livebrush.realtime.live.screen.face import play

    notices = Notices(lambda line: click.echo(f"livebrush: {line}", err=True))
    with ExitStack() as opened:  # closed here, should the session never begin
        session = make_session(source, notices, opened, options)
        if source and "://" in source:
            notices.say(f"connecting to {session.source.name}")
        try:
            play(session)
        finally:
            if (report := session.report()).shown:
                click.echo(_summary(report, verbose), err=True)


def _summary(report: "LiveReport", verbose: bool) -> str:
    """What was shown and how fast; verbose: where the time went."""
    text = (
        f"{report.shown} frames shown in {report.seconds:.1f} s ({report.shown / report.seconds:.1f} a second), "
        f"{report.dropped} of {report.captured} dropped"
    )
    if verbose:
        for title, spread in (
            ("between two frames", report.between_s), ("painting a frame", report.paint_s),
            ("in the net", report.net_s), ("from capture to shown", report.latency_s),
        ):  # fmt: skip
            p50, p95, p99 = (1e3 * spread.percentile(share) for share in (0.5, 0.95, 0.99))
            text += f"\n  {title:22} median {p50:6.1f} ms, 95% within {p95:6.1f}, 99% within {p99:6.1f}"
    return text
