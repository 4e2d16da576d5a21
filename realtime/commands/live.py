"""`livebrush live`: paint while it plays."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.models.errors import LivebrushError
from livebrush.realtime.commands.completion import files_for, styles_for
from livebrush.realtime.commands.option_types import STYLE_HELP, FrameSize, NetSize, Seconds, device_option
from livebrush.realtime.live.screen.keys import help_lines

if TYPE_CHECKING:
    from livebrush.realtime.live.measurements import ShowReport
    from livebrush.realtime.live.notices import Notices
    from livebrush.realtime.live.screen.viewer import Viewer
    from livebrush.realtime.live.show import Show
    from livebrush.realtime.live.sinks.recording import Recording
    from livebrush.realtime.live.sinks.sink import Sink
    from livebrush.realtime.live.sources.source import LiveSource

FIRST_STYLE = "starry_night"


def _keys() -> str:
    width = max(len(keys) for keys, _ in help_lines())
    return "\b\nKeys:\n" + "\n".join(f"  {keys:{width}}  {what}" for keys, what in help_lines())


@click.command(epilog=_keys())
@click.argument("source", required=False, shell_complete=files_for)
@click.option(
    "--camera",
    help="A camera's number or part of its name ('livebrush cameras' lists them).  [default: the first]",
)
@click.option("--test-pattern", is_flag=True, help="A moving test picture in place of a camera.")
@click.option(
    "-s",
    "--style",
    "styles",
    multiple=True,
    shell_complete=styles_for,
    help=f"{STYLE_HELP} More than one may be given: keys 1, 2, … The other styles follow.",
)
@click.option("--only", is_flag=True, help="No styles but those given with -s.")
@click.option(
    "--strength",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="0 = the picture itself, 1 = the style.",
)
@click.option(
    "--keep-colours",
    "--keep-colors",
    is_flag=True,
    help="Brush strokes of the style, colours of the picture.",
)
@click.option("--steady/--no-steady", default=False, help="Less flicker, for a little time a frame.")
@click.option(
    "--net-size",
    type=NetSize(),
    default="auto",
    show_default=True,
    help="Height that the net paints at: less is faster, with broader strokes. auto: the largest that keeps --fps; "
    "the frame's own for looks, which less would make no faster.",
)
@click.option(
    "--fps",
    type=click.FloatRange(1, 1000),
    help="Frames a second: asked of the camera, and what auto keeps up with.  [default: 30, or the film's own if less]",
)
@click.option(
    "--size",
    type=FrameSize(),
    help="Picture size to ask of the camera, or to play a film at.  [default: 1280x720 for cameras]",
)
@click.option(
    "--crossfade",
    type=click.FloatRange(0, 10),
    default=0.4,
    show_default=True,
    help="Seconds from one style to the next; 0 cuts.",
)
@click.option("--autoplay", type=click.FloatRange(0.1), help="Walk through the styles, so many seconds each.")
@click.option("--loop", is_flag=True, help="Begin a film again at its end.")
@click.option("-ss", "--start", type=Seconds(), default=0.0, help="Begin a film here: seconds, or h:mm:ss.")
@click.option("-t", "--duration", type=Seconds(), help="Stop by itself after this long.")
@click.option("--no-sound", is_flag=True, help="Play a film without its sound.")
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="Record the painting from the start into a new file: .mkv (survives a crash best), .mp4, .mov, .webm.",
)
@click.option("--virtual-camera", is_flag=True, help="Be a camera for other programs: meetings, OBS.")
@click.option("--send", metavar="URL", help="Send the painting over the network: udp://host:port, rtmp://…")
@click.option(
    "--out-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True),
    default=Path(),
    help="Where the keys s and r put snapshots and recordings.  [default: here]",
)
@click.option(
    "--control",
    metavar="stdin|PORT",
    help='Take commands as JSON lines: {"command": "style", "value": 2}; PORT on 127.0.0.1 only.',
)
@click.option("--no-window", is_flag=True, help="For machines without a screen.")
@click.option("--full-screen", is_flag=True)
@click.option(
    "--mirror/--no-mirror",
    default=None,
    help="Mirror the window, never the recording.  [default: for cameras]",
)
@click.option("--no-hud", is_flag=True, help="Begin without the numbers.")
@device_option
@click.option("--threads", type=click.IntRange(min=1), help="Cores for the net, at most all.  [default: all]")
@click.option("-v", "--verbose", is_flag=True, help="Say at the end where the time went.")
def live(source: str | None, verbose: bool, **options: Any) -> None:
    """Paint a camera, a film or a stream while it plays; keys switch styles.

    SOURCE is a video file or an address (rtsp://, http://, udp://, …); without one the first camera is opened.

    \b
    livebrush live
    livebrush live --camera Logitech -s starry_night --virtual-camera --record night.mkv
    livebrush live film.mp4 --loop
    livebrush live --test-pattern --autoplay 10 --full-screen
    """
    from livebrush.realtime.live.notices import Notices

    notices = Notices(lambda line: click.echo(f"livebrush: {line}", err=True))
    with ExitStack() as sinks:  # closed here, should the show never begin
        show = _make_show(source, notices, sinks, options)
        if source and "://" in source:
            notices.say(f"connecting to {show.source.name}")
        try:
            show.run()
        finally:
            if (report := show.report()).shown:
                click.echo(_summary(report, verbose), err=True)


def _make_show(source: str | None, notices: "Notices", opened: ExitStack, options: dict[str, Any]) -> "Show":
    from livebrush.realtime.live.deck import Deck, choose_styles
    from livebrush.realtime.live.settings import PaintSettings, ViewSettings
    from livebrush.realtime.live.show import Show, ShowOptions

    live_source = _choose_source(source, options)
    viewer = _make_viewer(options["no_window"])
    choices, problems = choose_styles(options["styles"] or (FIRST_STYLE,), options["only"])
    deck = Deck(choices, options["device"], options["threads"])
    for note in problems:
        notices.say(note)
    mirror = live_source.faces_viewer if options["mirror"] is None else options["mirror"]
    paint = PaintSettings(
        deck.names[0], strength=options["strength"], keep_colours=options["keep_colours"],
        steady=options["steady"], net_size=options["net_size"],
    )  # fmt: skip
    sinks = _make_sinks(notices, opened, options)
    return Show(
        live_source,
        deck,
        paint,
        ViewSettings(mirror=mirror, hud=not options["no_hud"], full_screen=options["full_screen"]),
        viewer,
        sinks,
        notices,
        ShowOptions(
            target_hz=options["fps"],
            crossfade_s=options["crossfade"],
            autoplay_s=options["autoplay"] or ShowOptions.autoplay_s,
            autoplay=options["autoplay"] is not None,
            out_dir=options["out_dir"],
            control=options["control"],
            duration_s=options["duration"],
        ),
        _make_recording(notices, opened, options),
    )


def _choose_source(source: str | None, options: dict[str, Any]) -> "LiveSource":
    """The camera, film, stream or test pattern that the command line names."""
    film = source is not None and "://" not in source
    _refuse_what_does_not_fit(source, film, options)
    size, fps = options["size"], options["fps"]
    if film:
        from livebrush.realtime.live.sources.film import FilmSource

        return FilmSource(
            Path(str(source)), options["loop"], options["start"], size, sound=not options["no_sound"]
        )
    if source is not None:
        from livebrush.realtime.live.sources.stream import StreamSource

        return StreamSource(source)
    if isinstance(size, int):
        size = (size, round(size * 16 / 9))
    if options["test_pattern"]:
        from livebrush.realtime.live.sources.test_pattern import TestPattern

        return TestPattern(size or (480, 640), fps or 30.0)
    from livebrush.realtime.live.sources.camera import CameraSource
    from livebrush.realtime.live.sources.camera_list import find_camera

    return CameraSource(find_camera(options["camera"]), size or (720, 1280), fps or 30.0)


def _refuse_what_does_not_fit(source: str | None, film: bool, options: dict[str, Any]) -> None:
    """raises: click.UsageError for options that would be ignored"""
    sources = {str(source): source is not None, "--camera": options["camera"] is not None,
               "--test-pattern": options["test_pattern"]}  # fmt: skip
    if sum(sources.values()) > 1:
        given = " and ".join(name for name, is_given in sources.items() if is_given)
        raise click.UsageError(f"{given} exclude each other: one source at a time")
    if not film:
        for option, is_given in (
            ("--loop", options["loop"]),
            ("-ss", options["start"]),
            ("--no-sound", options["no_sound"]),
        ):
            if is_given:
                raise click.UsageError(f"{option} is for films: give a video file")
    if source and not film and options["size"]:
        raise click.UsageError("--size is for cameras, films and the test pattern: a stream comes as it is")
    if options["only"] and not options["styles"]:
        raise click.UsageError("--only needs the styles to keep: name them with -s")
    if options["no_window"] and options["full_screen"]:
        raise click.UsageError("--full-screen and --no-window exclude each other")


def _make_viewer(no_window: bool) -> "Viewer":
    from livebrush.realtime.live.screen.viewer import NoViewer, WindowViewer

    return NoViewer() if no_window else WindowViewer()


def _make_sinks(notices: "Notices", opened: ExitStack, options: dict[str, Any]) -> "list[Sink]":
    from livebrush.realtime.live.sinks.network import NetworkSink
    from livebrush.realtime.live.sinks.virtual_camera import VirtualCamera

    sinks: list[Sink] = []
    rate_hz = options["fps"] or 30.0
    if options["send"]:
        sinks.append(NetworkSink(options["send"], rate_hz))
        opened.callback(sinks[-1].close)
    if options["virtual_camera"]:
        try:
            sinks.append(VirtualCamera(rate_hz=rate_hz))
            opened.callback(sinks[-1].close)
        except LivebrushError as error:
            if options["no_window"] and not sinks and not options["record"]:
                raise  # there would be nobody to paint for
            notices.say(f"no virtual camera: {error}")
    return sinks


def _make_recording(notices: "Notices", opened: ExitStack, options: dict[str, Any]) -> "Recording | None":
    from livebrush.realtime.live.sinks.recording import Recording

    if not options["record"]:
        return None
    recording = Recording(options["record"], options["fps"], notices.say)
    opened.callback(recording.close)
    return recording


def _summary(report: "ShowReport", verbose: bool) -> str:
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
