"""Everything a key, a script or a MIDI desk can ask for, by name; keys.py says which key asks for what."""

import difflib
import reprlib
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, Protocol

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.settings import PaintSettings, ViewSettings

SEEK_S = 5.0
LARGEST_NET = 16_384
"""lines, more than any frame has"""


class Actions(Protocol):
    """What controls set in motion outside the settings."""

    def pause(self, paused: bool) -> None: ...

    def seek_by(self, seconds: float) -> bool:
        """False where the source cannot be wound: a camera."""
        ...

    def snapshot(self) -> None: ...

    def record(self, on: bool) -> None: ...

    @property
    def recording_to(self) -> str | None:
        """The file that is recorded to, None while none is."""
        ...


class Controls:
    """The settings of the moment, changed by commands; one thread gives commands, any thread reads.

    deck:    its names are what `style` takes
    sizer:   knows the sizes that the net can be run at
    paint, view: the settings now
    actions: see Actions
    notices: where `obey` says what it refuses
    autoplay_s: seconds for each style while `autoplay` is on
    """

    def __init__(
        self,
        deck: Deck,
        sizer: NetSizer,
        paint: PaintSettings,
        view: ViewSettings,
        actions: Actions,
        notices: Notices,
        autoplay_s: float = 10.0,
        autoplay: bool = False,
    ) -> None:
        self.deck, self.sizer, self.paint, self.view, self.actions = deck, sizer, paint, view, actions
        self.notices = notices
        self.autoplay_s, self.autoplay = autoplay_s, autoplay
        self.paused = self.quit = False

    def do(self, command: str, value: Any = None) -> None:
        """Carry out a command; the values it takes are those of COMMANDS.

        raises: LivebrushError for an unknown command, or a value out of its range
        """
        if command not in COMMANDS:
            close = difflib.get_close_matches(str(command), COMMANDS, n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(COMMANDS)}"
            raise LivebrushError(f"no command is called {command!r}: {hint}", code="invalid")
        COMMANDS[command](self, value)

    def obey(self, command: str, value: Any = None) -> None:
        """Like `do`, for a person in front of the window: what is refused is said."""
        try:
            self.do(command, value)
        except LivebrushError as error:
            self.notices.say(str(error))

    def status(self) -> dict[str, Any]:
        """Everything that can be changed, as JSON holds it."""
        return {
            **asdict(self.paint), **asdict(self.view), "styles": list(self.deck.names), "paused": self.paused,
            "autoplay": self.autoplay, "autoplay_s": self.autoplay_s, "recording": self.actions.recording_to,
        }  # fmt: skip

    def choose(self, name: str) -> None:
        """Paint in a style of the deck from the next frame on."""
        previous = self.paint.style if name != self.paint.style else self.paint.previous
        self.paint = replace(self.paint, style=name, previous=previous, original=False)

    def step(self, by: int) -> None:
        self.choose(self.deck.neighbour(self.paint.style, by))

    def wind(self, direction: int) -> None:
        """A film is wound; elsewhere the style changes."""
        if not self.actions.seek_by(direction * SEEK_S):
            self.step(direction)

    def set_paint(self, **changes: Any) -> None:
        self.paint = replace(self.paint, **changes)

    def set_view(self, **changes: Any) -> None:
        self.view = replace(self.view, **changes)


Command = Callable[[Controls, Any], None]


def _style(controls: Controls, value: Any) -> None:
    names = controls.deck.names
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= len(names):
            raise LivebrushError(
                f"there is no style {_short(value)}: the deck holds {len(names)}", code="not_found"
            )
        return controls.choose(names[value - 1])
    if value not in names:
        raise LivebrushError(
            f"no style in the deck is called {_short(value)}: it holds {', '.join(names)}", code="not_found"
        )
    return controls.choose(value)


def _seek(controls: Controls, value: Any) -> None:
    if not controls.actions.seek_by(_number(value, -86400, 86400, "seek")):
        raise LivebrushError("only films can be wound, not cameras and streams", code="unsupported")


def _pause(controls: Controls, value: Any) -> None:
    controls.paused = _on_or_off(value, controls.paused, "pause")
    controls.actions.pause(controls.paused)


def _record(controls: Controls, value: Any) -> None:
    controls.actions.record(_on_or_off(value, controls.actions.recording_to is not None, "record"))


def _autoplay(controls: Controls, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        controls.autoplay_s = _number(value, 0.1, 1e6, "autoplay")
        value = True
    controls.autoplay = _on_or_off(value, controls.autoplay, "autoplay")


def _blend(controls: Controls, value: Any) -> None:
    blend = _on_or_off(value, controls.paint.blend, "blend")
    if blend and controls.paint.previous is None:
        if len(controls.deck.names) < 2:
            raise LivebrushError(
                "there is nothing to blend with: the deck holds one style", code="unsupported"
            )
        controls.set_paint(previous=controls.deck.neighbour(controls.paint.style, -1))
    controls.set_paint(blend=blend)


def _net_size(controls: Controls, value: Any) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 16 <= value <= LARGEST_NET
    if value not in ("auto", "full") and not whole:
        raise LivebrushError(
            f'net_size is {_short(value)}: it must be "auto", "full" or a height from 16 to {LARGEST_NET} pixels',
            code="invalid",
        )
    controls.set_paint(net_size=value)


def _quit(controls: Controls, _value: Any) -> None:
    controls.quit = True


def _paint_switch(field: str) -> Command:
    def change(controls: Controls, value: Any) -> None:
        controls.set_paint(**{field: _on_or_off(value, getattr(controls.paint, field), field)})

    return change


def _paint_share(field: str, relative: bool = False) -> Command:
    def change(controls: Controls, value: Any) -> None:
        if relative:
            value = round(getattr(controls.paint, field) + _number(value, -1, 1, f"{field}_by"), 3)
            value = min(max(value, 0.0), 1.0)
        controls.set_paint(**{field: _number(value, 0, 1, field)})

    return change


def _view_switch(field: str) -> Command:
    def change(controls: Controls, value: Any) -> None:
        controls.set_view(**{field: _on_or_off(value, getattr(controls.view, field), field)})

    return change


def _split_at(controls: Controls, value: Any) -> None:
    controls.set_view(split_at=_number(value, 0, 1, "split_at"))


# Switches take true, false, or nothing to change over
COMMANDS: dict[str, Command] = {
    "style": _style,  # a name, or its place in the deck from 1
    "next_style": lambda controls, _value: controls.step(1),
    "previous_style": lambda controls, _value: controls.step(-1),
    "forward": lambda controls, _value: controls.wind(1),
    "back": lambda controls, _value: controls.wind(-1),
    "seek": _seek,  # seconds, backwards where negative
    "original": _paint_switch("original"),
    "strength": _paint_share("strength"),  # 0 to 1, like all shares
    "strength_by": _paint_share("strength", relative=True),
    "keep_colours": _paint_switch("keep_colours"),
    "keep_colors": _paint_switch("keep_colours"),
    "steady": _paint_switch("steady"),
    "blend": _blend,
    "blend_amount": _paint_share("blend_amount"),
    "blend_by": _paint_share("blend_amount", relative=True),
    "split": _view_switch("split"),
    "split_at": _split_at,
    "mirror": _view_switch("mirror"),
    "pause": _pause,
    "snapshot": lambda controls, _value: controls.actions.snapshot(),
    "record": _record,
    "full_screen": _view_switch("full_screen"),
    "hud": _view_switch("hud"),
    "help": _view_switch("help"),
    "net_size": _net_size,  # "auto", "full", or a height
    "net_smaller": lambda controls, _value: controls.set_paint(
        net_size=controls.sizer.next_smaller(controls.paint.net_size)
    ),
    "net_larger": lambda controls, _value: controls.set_paint(
        net_size=controls.sizer.next_larger(controls.paint.net_size)
    ),
    "autoplay": _autoplay,  # also the seconds for each style
    "status": lambda controls, _value: None,  # asks for the answer alone
    "quit": _quit,
}


def _on_or_off(value: Any, now: bool, name: str) -> bool:
    if value is None:
        return not now
    if not isinstance(value, bool):
        raise LivebrushError(
            f"{name} is {_short(value)}: it must be true, false, or left out to change over", code="invalid"
        )
    return value


def _number(value: Any, least: float, most: float, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise LivebrushError(
            f"{name} is {_short(value)}: it must be a number from {least:g} to {most:g}", code="invalid"
        )
    return float(value)


def _short(value: Any) -> str:
    """A value as a refusal names it: reprlib stops at the depth and length where repr would fail."""
    text = "missing" if value is None else reprlib.repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
