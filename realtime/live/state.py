"""What a live session is at one moment: the one record that the HUD, scripts and web pages read."""

from dataclasses import asdict, dataclass, field
from typing import Any

from livebrush.realtime.live.settings import PaintSettings, ViewSettings


@dataclass(frozen=True)
class LiveState:
    """Settings, measurements, notices and place in the video.

    paint, view:     the settings
    styles:          names in the deck, in order; page: which nine of them the digits reach, from 1
    paused, autoplay, autoplay_s: see Controls
    source:          its name; state: see Capture; trouble: what keeps it from playing, "" while it plays
    outputs:         where paintings go besides the window: "virtual camera", "network to udp://host:port"
    sound:           what recordings and sends hear: a video's or a microphone's name, "" for nothing
    recording, recording_s: the file, and how long it is; None without one
    position_s, duration_s: of a video; None elsewhere
    shown_hz, captured_hz: frames a second
    latency_ms:      from capture to the screen, or to the outputs where there is no window
    dropped:         frames that came and were not shown
    provider:        what runs the net
    painted_size, frame_size: (height, width) in pixels of the copy that the net paints, and of the frame
    learning:        the style whose picture is being learnt; learnt_share: how much of that is done, 0 to 1; None where
                     none is
    notices:         short lines of the last seconds, oldest first
    """

    paint: PaintSettings
    view: ViewSettings = field(default_factory=ViewSettings)
    styles: tuple[str, ...] = ()
    page: int = 1
    paused: bool = False
    autoplay: bool = False
    autoplay_s: float = 10.0
    source: str = ""
    state: str = "starting"
    trouble: str = ""
    outputs: tuple[str, ...] = ()
    sound: str = ""
    recording: str | None = None
    recording_s: float | None = None
    position_s: float | None = None
    duration_s: float | None = None
    shown_hz: float = 0.0
    captured_hz: float = 0.0
    latency_ms: float = 0.0
    dropped: int = 0
    provider: str = ""
    painted_size: tuple[int, int] | None = None
    frame_size: tuple[int, int] | None = None
    learning: str | None = None
    learnt_share: float | None = None
    notices: tuple[str, ...] = ()

    @property
    def style(self) -> str:
        """What is seen: the style's name, or "original"."""
        return "original" if self.paint.original else self.paint.style

    @property
    def place(self) -> str:
        """Where the style is in the deck: "2/6"; "" where it is in none."""
        if self.paint.style not in self.styles:
            return ""
        return f"{self.styles.index(self.paint.style) + 1}/{len(self.styles)}"

    def as_json(self) -> dict[str, Any]:
        """One flat object: the settings by their names, everything else by its own."""
        values = asdict(self)
        settings = values.pop("paint") | {"mix": dict(self.paint.mix)} | values.pop("view")
        for name, digits in (
            ("shown_hz", 2), ("captured_hz", 2), ("latency_ms", 1), ("position_s", 2), ("duration_s", 2),
            ("recording_s", 2), ("learnt_share", 3),
        ):  # fmt: skip
            if values[name] is not None:
                values[name] = round(values[name], digits)
        return settings | values
