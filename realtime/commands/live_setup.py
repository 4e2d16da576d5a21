"""What the options of `livebrush live` ask for: the source, the deck, the sinks, and a session of them."""

from contextlib import ExitStack
from typing import Any

import click

from livebrush.models.catalogue import user_folder
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL
from livebrush.realtime.commands.options import painted_region
from livebrush.realtime.live.deck import Deck, named_styles, other_styles
from livebrush.realtime.live.deck_file import DeckFile, read_deck_file
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.screen.display import check_display
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings, ViewSettings
from livebrush.realtime.live.sinks.registry import VIRTUAL_CAMERA, SinkOptions, open_sink
from livebrush.realtime.live.sinks.sink import Sink
from livebrush.realtime.live.sources.registry import (
    CAMERA,
    SCREEN,
    TEST_PATTERN,
    SourceOptions,
    kind_of,
    make_source,
)
from livebrush.realtime.live.style_watch import StyleWatch

FIRST_STYLE = "starry_night"


def make_session(
    source: str | None, notices: Notices, opened: ExitStack, options: dict[str, Any]
) -> LiveSession:
    """The session that a command line asks for, not started.

    source:  SOURCE; options: the others by name
    opened:  gets what is open already, and closes it should the session never begin
    raises:  LivebrushError; click.UsageError for options that would be ignored
    """
    text, source_options = _choose_source(source, options)
    live_source = make_source(text, source_options)
    if not options["no_window"]:
        check_display()  # before styles are loaded for nobody to see
    watch = StyleWatch(user_folder())  # sees what comes while styles are loaded
    chosen = _choose_deck(options)
    rest, problems = ([], []) if options["deck"] or options["only_these"] else other_styles(chosen.choices)
    only = painted_region(options["only"], options["all_but"])
    deck = Deck(chosen.choices, options["device"], options["threads"])
    if only != ALL:
        deck.get_ready_for_persons()
    for note in problems:
        notices.say(note)
    paint = PaintSettings(
        deck.names[0], strength=options["strength"], keep_colours=options["keep_colours"],
        steady=options["steady"], net_size=options["net_size"], only=only,
    )  # fmt: skip
    session = LiveSession(
        live_source,
        deck,
        paint,
        ViewSettings(
            hud=not options["no_hud"], full_screen=options["full_screen"], window=not options["no_window"]
        ),
        _open_sinks(notices, opened, options),
        notices,
        _live_options(source_options, chosen, options),
        chosen.cues,
        rest=rest,
        style_watch=watch,
    )
    session.controls.choose(paint.style)  # with its cue
    return session


def _live_options(source_options: SourceOptions, chosen: DeckFile, options: dict[str, Any]) -> LiveOptions:
    autoplay_s = options["autoplay"] or chosen.autoplay_s or LiveOptions.autoplay_s
    return LiveOptions(
        target_hz=options["fps"],
        crossfade_s=options["crossfade"],
        autoplay_s=autoplay_s,
        autoplay=options["autoplay"] is not None or bool(chosen.autoplay),
        out_dir=options["out_dir"],
        control=options["control"],
        duration_s=options["duration"],
        mirror=options["mirror"],
        source=source_options,
        send_to=options["send"],
        mic=options["mic"],
        mic_delay_s=options["mic_delay"] / 1000,
    )


def _choose_deck(options: dict[str, Any]) -> DeckFile:
    """The deck file, or the styles that the command line names."""
    if options["deck"]:
        return read_deck_file(options["deck"], options["strength"], options["keep_colours"])
    return DeckFile(named_styles(options["styles"] or (FIRST_STYLE,)), {})


def _choose_source(source: str | None, options: dict[str, Any]) -> tuple[str, SourceOptions]:
    """The camera, video, stream, screen or test pattern that the command line names."""
    sources = {str(source): source is not None, "--camera": options["camera"] is not None,
               "--screen": options["screen"] is not None, "--test-pattern": options["test_pattern"]}  # fmt: skip
    if sum(sources.values()) > 1:
        given = " and ".join(name for name, is_given in sources.items() if is_given)
        raise click.UsageError(f"{given} exclude each other: one source at a time")
    text = source or CAMERA
    if options["camera"]:
        text = f"{CAMERA}:{options['camera']}"
    elif options["screen"] is not None:
        text = f"{SCREEN}:{options['screen']}".removesuffix(":")
    elif options["test_pattern"]:
        text = TEST_PATTERN
    _refuse_what_does_not_fit(kind_of(text).takes, options)
    return text, SourceOptions(
        options["size"], options["fps"], options["loop"], options["start"], not options["no_sound"],
        options["mute"],
    )  # fmt: skip


def _refuse_what_does_not_fit(takes: frozenset[str], options: dict[str, Any]) -> None:
    """raises: click.UsageError for options that would be ignored"""
    for option, name, is_given in (
        ("--loop", "loop", options["loop"]),
        ("-ss", "start_s", options["start"]),
        ("--no-sound", "sound", options["no_sound"]),
        ("--mute", "mute", options["mute"]),
    ):
        if is_given and name not in takes:
            also = " or an address" if name == "sound" else ""
            raise click.UsageError(f"{option} is for videos: give a video file{also}")
    if options["size"] and "size" not in takes:
        raise click.UsageError("--size is for cameras, videos and the test pattern: others come as they are")
    if options["mic_delay"] and options["mic"] is None:
        raise click.UsageError("--mic-delay is for a microphone: add --mic")
    if options["only_these"] and not options["styles"]:
        raise click.UsageError("--only-these needs the styles to keep: name them with -s")
    if options["deck"] and options["styles"]:
        raise click.UsageError("--deck and -s exclude each other: name the styles in the deck file")
    if options["no_window"] and options["full_screen"]:
        raise click.UsageError("--full-screen and --no-window exclude each other")


def _open_sinks(notices: Notices, opened: ExitStack, options: dict[str, Any]) -> list[Sink]:
    """Those that are there from the beginning."""
    sinks: list[Sink] = []
    how = SinkOptions(options["fps"], notices.say)
    wanted = [options["send"], VIRTUAL_CAMERA if options["virtual_camera"] else None, options["record"]]
    for text in filter(None, wanted):
        try:
            sinks.append(opened.enter_context(open_sink(str(text), how)))
        except LivebrushError as error:
            alone = options["no_window"] and not sinks and not options["record"]
            if text != VIRTUAL_CAMERA or alone:  # there would be nobody to paint for
                raise
            notices.say(f"no virtual camera: {error}")
    return sinks
