"""Everything that keys and scripts change while it plays. Settings are replaced as a whole, never changed in place:
whoever reads them from another thread sees one state or the next, nothing between."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from livebrush.models.regions import ALL
from livebrush.realtime.live.sources.registry import SourceOptions

# The heights of the net's copy as shares of the frame's height: `[` and `]` walk them, "auto" picks one
NET_SCALES = (0.25, 0.3, 0.35, 0.42, 0.5, 0.6, 0.7, 0.84, 1.0)

Shares = tuple[tuple[str, float], ...]
"""styles by their names in the deck, and how much there is of each; they sum to 1"""


@dataclass(frozen=True)
class PaintSettings:
    """How a frame is painted.

    style, previous: names in the deck: the current one, and the one before it (to blend with)
    original:     show the frame itself
    only:         what is painted: "person", "other" (everything but persons) or "all"; the rest stays as it is
    strength:     0 = the frame itself, 1 = the style in full
    keep_colours: the painting's light and dark, the frame's own colours
    steady:       less flicker
    blend:        mix the current style with the previous one; blend_amount is the current one's share, 0..1
    mix:          largest first, painted in place of the style, or of a blend; () for none
    net_size:     height of the copy that the net paints, "full" for the frame's own, "auto" for the largest
                  that keeps the pace, and the frame's own for looks
    """

    style: str
    previous: str | None = None
    original: bool = False
    only: str = ALL
    strength: float = 1.0
    keep_colours: bool = False
    steady: bool = False
    blend: bool = False
    blend_amount: float = 0.5
    mix: Shares = ()
    net_size: int | Literal["auto", "full"] = "auto"

    def only_in_words(self) -> str:
        """ "only persons", "all but persons"; "" where everything is painted"""
        return {"person": "only persons", "other": "all but persons"}.get(self.only, "")

    @property
    def shares(self) -> Shares:
        """What is painted; one name where nothing is mixed."""
        if self.mix:
            return self.mix
        if self.blend and self.previous:
            return ((self.style, self.blend_amount), (self.previous, 1 - self.blend_amount))
        return ((self.style, 1.0),)

    def mixed_in_words(self) -> str:
        """ "60 % starry_night, 40 % great_wave"; "" where nothing is mixed"""
        shares = self.shares
        return ", ".join(f"{100 * share:.0f} % {name}" for name, share in shares) if len(shares) > 1 else ""


@dataclass(frozen=True)
class ViewSettings:
    """How the window shows it; recordings and virtual cameras know nothing of this.

    mirror:   left and right swapped, as in a mirror
    split:    the original left of a line, the painting right of it; split_at is its place, 0..1 of the width shown
    hud:      numbers and notices; help: the table of keys; map: styles to mix with the mouse
    window:   there is one
    """

    mirror: bool = False
    split: bool = False
    split_at: float = 0.5
    hud: bool = True
    help: bool = False
    map: bool = False
    full_screen: bool = False
    window: bool = False


@dataclass(frozen=True)
class Cue:
    """What a style is played with when it is chosen; None leaves that as it is.

    strength: 0 = the frame itself, 1 = the style in full
    seconds:  for this style, in autoplay
    """

    strength: float | None = None
    keep_colours: bool | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class LiveOptions:
    """How a session runs.

    target_hz:   frames a second that "auto" chooses the net's size for; None: the source's own, at most 30
    crossfade_s: see Painter
    autoplay_s:  seconds for each style; autoplay: begin with it on
    out_dir:     where snapshots and recordings go
    control:     see ControlChannel; None for none
    duration_s:  end by itself after this long
    mirror:      mirror the window; None: as the source faces people
    source:      for sources that the command `source` names
    send_to:     the address that the command `send` takes where it is given none
    mic:         a microphone's number or a part of its name, "" for the system's choice: what recordings and sends
                 hear in place of the source; None for none
    mic_delay_s: see Microphone
    """

    target_hz: float | None = None
    crossfade_s: float = 0.4
    autoplay_s: float = 10.0
    autoplay: bool = False
    out_dir: Path = Path()
    control: str | None = None
    duration_s: float | None = None
    mirror: bool | None = None
    source: SourceOptions = field(default_factory=SourceOptions)
    send_to: str | None = None
    mic: str | None = None
    mic_delay_s: float = 0.0
