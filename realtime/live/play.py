"""A live session in one call, for programs."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from livebrush.models.assignment import check_region
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings
from livebrush.realtime.live.sinks.registry import open_sink
from livebrush.realtime.live.sources.registry import SourceOptions, make_source
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.made.asked import find_styles

AnyStyle = str | LoadedStyle


def live(
    source: str = "camera",
    style: AnyStyle | Sequence[AnyStyle] = "starry_night",
    *,
    camera: int | str | None = None,
    to: Sequence[str] = (),
    device: str = "auto",
    threads: int | None = None,
    **settings: Any,
) -> LiveSession:
    """A live session without a window; it begins with its `with` block, and ends with it.

    source:   a video file, an address, "camera", "screen", "screen:WxH+X+Y" or "test-pattern"
    style:    one or several, as `load` takes them or as loaded; the first paints from the beginning
    camera:   in place of a source: a camera's number, or a part of its name
    to:       where painted frames go: new video files, addresses, "virtual-camera"
    device, threads: see `Engine`
    settings: fields of `PaintSettings` (strength=0.8, steady=True), of `SourceOptions` (size=(480, 640), loop=True) and
        of `LiveOptions` (duration_s=60)
    raises:   LivebrushError for what is unknown or cannot be loaded; the `with` block for what cannot be opened
    """
    given = [style] if isinstance(style, AnyStyle) else list(style)
    choices = [one.styles if isinstance(one, LoadedStyle) else find_styles(one) for one in given]
    paint, asked, options = (_taken(settings, kind) for kind in (PaintSettings, SourceOptions, LiveOptions))
    if settings:
        raise LivebrushError(f"{', '.join(settings)}: no such setting", code="invalid")
    named = source if camera is None else f"camera:{camera}"
    check_region(paint.get("only", ALL))
    sinks = [open_sink(text) for text in to]
    try:
        deck = Deck(choices, device, threads)
        if paint.get("only", ALL) != ALL:
            deck.get_ready_for_persons()
        return LiveSession(
            make_source(named, SourceOptions(**asked)), deck, PaintSettings(deck.names[0], **paint),
            sinks=sinks, options=LiveOptions(**options),
        )  # fmt: skip
    except BaseException:
        for sink in sinks:
            sink.close()
        raise


def _taken(settings: dict[str, Any], kind: type) -> dict[str, Any]:
    """The settings that are a record's fields, taken out of the rest."""
    return {field.name: settings.pop(field.name) for field in fields(kind) if field.name in settings}
