"""The settings of the moment, and what the commands of commands.py do to them."""

import difflib
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL, PAINTED
from livebrush.realtime.live.command_values import short
from livebrush.realtime.live.commands import COMMANDS, PAGE, Command
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.settings import Cue, PaintSettings, Shares, ViewSettings

SEEK_S = 5.0


class Actions(Protocol):
    """What controls set in motion outside the settings. on: None changes over.

    Its methods raise LivebrushError for what cannot be done.
    """

    def pause(self, paused: bool) -> None: ...

    def seek_by(self, seconds: float) -> bool:
        """False where there is no seeking in the source: a camera."""
        ...

    def learn(self, style: str) -> None:
        """style: in the deck, made of a picture"""
        ...

    def snapshot(self) -> None: ...

    def record(self, on: bool | None) -> None: ...

    def virtual_camera(self, on: bool | None) -> None: ...

    def send(self, to: str | bool | None) -> None:
        """to: an address; True for the last one, False for none"""
        ...

    def play(self, source: str) -> None:
        """source: see livebrush.realtime.live.sources.registry"""
        ...

    def window(self, on: bool | None) -> None: ...

    def quit(self) -> None: ...


class Controls:
    """The settings of the moment, changed by commands; any thread gives commands and reads.

    deck:    its names are what `style` takes
    sizer:   knows the sizes that the net can be run at
    paint, view: the settings now
    actions: see Actions
    notices: where `obey` says what it refuses
    autoplay_s: seconds for each style while `autoplay` is on
    cues:    by the name of the style that brings them along
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
        cues: Mapping[str, Cue] | None = None,
    ) -> None:
        self.deck, self.sizer, self.paint, self.view, self.actions = deck, sizer, paint, view, actions
        self.notices, self.cues = notices, dict(cues or {})
        self.autoplay_s, self.autoplay = autoplay_s, autoplay
        self.paused = False
        self.page = 1
        # Guards what is read and then replaced; never held while something is opened or waited for
        self._lock = threading.RLock()

    def do(self, command: str, value: Any = None) -> None:
        """Carry out a command of COMMANDS.

        raises: LivebrushError for an unknown command, or a value out of its range
        """
        known = COMMANDS.get(command)
        if known is None:
            close = difflib.get_close_matches(str(command), COMMANDS, n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(COMMANDS)}"
            raise LivebrushError(f"no command is called {command!r}: {hint}", code="invalid")
        value = known.value.checked(command, value)
        if known.field:
            self._set(known, value)
        else:
            _DO[command](self, value)

    def obey(self, command: str, value: Any = None) -> None:
        """Like `do`, for a person in front of the window: what is refused is said."""
        try:
            self.do(command, value)
        except LivebrushError as error:
            self.notices.say(str(error))

    @property
    def style_s(self) -> float:
        """How long autoplay stays with the current style, in seconds."""
        cue = self.cues.get(self.paint.style)
        return cue.seconds if cue and cue.seconds is not None else self.autoplay_s

    def choose(self, name: str) -> None:
        """Paint in a style of the deck from the next frame on, as its cue says."""
        cue = self.cues.get(name, Cue())
        cued = {"strength": cue.strength, "keep_colours": cue.keep_colours}
        with self._lock:
            self.set_paint(
                style=name, previous=self._previous_to(name), original=False, mix=(),
                **{setting: value for setting, value in cued.items() if value is not None},
            )  # fmt: skip

    def mix(self, shares: Shares) -> None:
        """Paint a mixture from the next frame on; no cue is taken. shares: largest first"""
        with self._lock:
            style = shares[0][0]
            self.set_paint(
                style=style, previous=self._previous_to(style), mix=shares, blend=False, original=False
            )

    def _previous_to(self, style: str) -> str | None:
        """What is blended with, once this is the style."""
        return self.paint.style if style != self.paint.style else self.paint.previous

    def step(self, by: int) -> None:
        with self._lock:
            self.choose(self.deck.neighbour(self.paint.style, by))

    def back_or_on(self, direction: int) -> None:
        """Seek in a video; elsewhere the style changes."""
        if not self.actions.seek_by(direction * SEEK_S):
            self.step(direction)

    def set_paint(self, **changes: Any) -> None:
        with self._lock:
            self.paint = replace(self.paint, **changes)

    def set_view(self, **changes: Any) -> None:
        with self._lock:
            self.view = replace(self.view, **changes)

    def switched(self, name: str, value: bool | None) -> bool:
        """Set an attribute, or change it over; returns what it is then."""
        with self._lock:
            setattr(self, name, not getattr(self, name) if value is None else value)
            return getattr(self, name)

    def _set(self, command: Command, value: Any) -> None:
        group, _, field = command.field.partition(".")
        with self._lock:
            now = getattr(getattr(self, group), field)
            if value is None:
                value = not now
            elif command.adds:
                value = min(max(round(now + value, 3), 0.0), 1.0)
            setattr(self, group, replace(getattr(self, group), **{field: value}))


def _named(controls: Controls, value: Any) -> str:
    """A style of the deck, by its name or its place.

    raises: LivebrushError where the deck holds none such
    """
    names = controls.deck.names
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= len(names):
            coming = controls.deck.coming
            holds = f"{coming} are still being loaded" if coming else f"the deck holds {len(names)}"
            raise LivebrushError(f"there is no style {short(value)}: {holds}", code="not_found")
        return names[value - 1]
    if value not in names:
        raise LivebrushError(
            f"no style in the deck is called {short(value)}: it holds {', '.join(names)}", code="not_found"
        )
    return value


def _style(controls: Controls, value: Any) -> None:
    controls.choose(_named(controls, value))


def _blend_with(controls: Controls, value: Any) -> None:
    name = _named(controls, value)
    if name == controls.paint.style:
        raise LivebrushError(f"{name} is painted already: blend it with another style", code="invalid")
    controls.set_paint(previous=name, blend=True, mix=())


def _mix(controls: Controls, shares: dict[str, float] | None) -> None:
    """None: the style alone."""
    if shares is None:
        controls.set_paint(mix=(), blend=False, original=False)
        return
    named = [(_named(controls, name), share) for name, share in shares.items()]
    mix = tuple(sorted(named, key=lambda part: -part[1]))
    if len(mix) == 1:
        controls.set_paint(blend=False)
        controls.choose(mix[0][0])
    else:
        controls.mix(mix)


def _next_page(controls: Controls, _value: None) -> None:
    names = controls.deck.names
    pages = -(-len(names) // PAGE)
    if pages == 1:
        raise LivebrushError(f"all {len(names)} styles of the deck are on this page", code="unsupported")
    controls.page = controls.page % pages + 1
    first = PAGE * (controls.page - 1)
    controls.notices.say(
        f"page {controls.page} of {pages}: "
        + ", ".join(f"{key} {name}" for key, name in enumerate(names[first : first + PAGE], 1))
    )


def _only(controls: Controls, region: str | None) -> None:
    """None: the next of PAINTED, and the first after the last."""
    region = region or PAINTED[(PAINTED.index(controls.paint.only) + 1) % len(PAINTED)]
    if region != ALL:
        controls.deck.get_ready_for_persons()
    controls.set_paint(only=region)


def _seek(controls: Controls, seconds: float) -> None:
    if not controls.actions.seek_by(seconds):
        raise LivebrushError("there is no seeking in cameras and streams, only in videos", code="unsupported")


def _autoplay(controls: Controls, value: float | bool | None) -> None:
    if not isinstance(value, bool | None):
        controls.autoplay_s, value = value, True
    controls.switched("autoplay", value)


def _blend(controls: Controls, value: bool | None) -> None:
    paint = controls.paint
    blend = not paint.blend if value is None else value
    if blend and paint.previous is None:
        if len(controls.deck.names) < 2:
            raise LivebrushError(
                "there is nothing to blend with: the deck holds one style", code="unsupported"
            )
        controls.set_paint(previous=controls.deck.neighbour(paint.style, -1))
    controls.set_paint(blend=blend, mix=())


_DO: dict[str, Callable[[Controls, Any], object]] = {
    "style": _style,
    "page_style": lambda controls, place: _style(controls, PAGE * (controls.page - 1) + place),
    "next_page": _next_page,
    "only": _only,
    "previous_style": lambda controls, _: controls.step(-1),
    "next_style": lambda controls, _: controls.step(1),
    "back": lambda controls, _: controls.back_or_on(-1),
    "forward": lambda controls, _: controls.back_or_on(1),
    "seek": _seek,
    "blend": _blend,
    "blend_with": _blend_with,
    "mix": _mix,
    "pause": lambda controls, on: controls.actions.pause(controls.switched("paused", on)),
    "learn": lambda controls, _: controls.actions.learn(controls.paint.style),
    "snapshot": lambda controls, _: controls.actions.snapshot(),
    "record": lambda controls, on: controls.actions.record(on),
    "virtual_camera": lambda controls, on: controls.actions.virtual_camera(on),
    "send": lambda controls, to: controls.actions.send(to),
    "source": lambda controls, source: controls.actions.play(source),
    "window": lambda controls, on: controls.actions.window(on),
    "net_smaller": lambda controls, _: controls.set_paint(
        net_size=controls.sizer.next_smaller(controls.paint.net_size)
    ),
    "net_larger": lambda controls, _: controls.set_paint(
        net_size=controls.sizer.next_larger(controls.paint.net_size)
    ),
    "autoplay": _autoplay,
    "status": lambda controls, _: None,
    "quit": lambda controls, _: controls.actions.quit(),
}  # fmt: skip
