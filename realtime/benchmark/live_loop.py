"""How steady the live loop is: python -m livebrush.realtime.benchmark.live_loop

A test pattern plays camera at 30 and 60 frames a second; each case runs once with the window (where there is a screen)
or without, and styles are switched while it plays.
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click

from livebrush.models.errors import LivebrushError
from livebrush.realtime.commands.option_types import FullFrameSize
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.providers import DEVICES
from livebrush.realtime.live.deck import Deck, named_styles, other_styles
from livebrush.realtime.live.frame import PaintedFrame
from livebrush.realtime.live.rates import Spread
from livebrush.realtime.live.screen.display import check_display
from livebrush.realtime.live.screen.face import Face
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings, ViewSettings
from livebrush.realtime.live.sources.test_pattern import TestPattern

RATES_HZ = (30.0, 60.0)


@dataclass(frozen=True)
class Row:
    """One case; all times in ms.

    allowed_ms: a frame interval of the camera plus the net's own time: what latency may be
    switched_ms: the 99th percentile of the frames right after a switch
    not_net: the share of a painted frame's time that is not the net
    """

    case: str
    net: str
    shown_hz: float
    interval_ms: tuple[float, ...]
    latency_ms: tuple[float, ...]
    allowed_ms: float
    switched_ms: float
    dropped: int
    captured: int
    not_net: float


class Switching:
    """Somebody who switches the style now and then, and measures the frame that follows."""

    def __init__(self, session: LiveSession, every_s: float) -> None:
        self._session, self._every_s = session, every_s
        self._next_s = time.monotonic() + every_s
        self._last_shown_s = 0.0
        self._style = ""
        self.after_switch = Spread()
        self.interval = Spread()

    def saw(self, painted: PaintedFrame | None) -> None:
        """A frame is shown; None: there was none to show."""
        now = time.monotonic()
        if painted:
            if self._last_shown_s:
                (self.interval if painted.style == self._style else self.after_switch).add(
                    now - self._last_shown_s
                )
            self._last_shown_s, self._style = now, painted.style
        if now >= self._next_s:
            self._next_s = now + self._every_s
            self._session.controls.do("next_style")


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="For each case.")
@click.option("--window/--no-window", default=True, show_default=True)
@click.option("--net-size", default="auto", show_default=True, help="auto or full.")
@click.option("-s", "--style", default="starry_night", show_default=True, help="The first.")
@click.option("--only", is_flag=True, help="The first style alone, never switched.")
@click.option(
    "--size", "sizes", type=FullFrameSize(), multiple=True, default=("640x480", "1280x720"), show_default=True
)
@click.option("--device", type=click.Choice(DEVICES), default="cpu", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(
    seconds: float, window: bool, net_size: str, style: str, only: bool, sizes: Sequence[tuple[int, int]],
    device: str, as_json: bool,
) -> None:  # fmt: skip
    """Measure the live loop with a simulated camera."""
    if window:
        try:
            check_display()
        except LivebrushError:
            window = False
    choices = named_styles([style])
    if not only:
        choices += other_styles(choices)[0]
    rows = [
        _measure(Deck(choices, device), rate_hz, size, seconds, window, net_size)
        for size in sizes
        for rate_hz in RATES_HZ
    ]
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows]))
        return
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    click.echo(
        f"{usable_cores()} cores, {'with' if window else 'without'} a window, load {load:.1f} at the end"
    )
    click.echo(
        "camera           net       shown/s  interval p50/p95/p99  latency p50/p95 (allowed)  after a switch"
        "  dropped      not net"
    )
    for row in rows:
        interval, latency = (
            "/".join(f"{ms:.0f}" for ms in row.interval_ms),
            "/".join(f"{ms:.0f}" for ms in row.latency_ms),
        )
        click.echo(
            f"{row.case:16} {row.net:9} {row.shown_hz:7.1f}  {interval:20}  {latency:>9} ({row.allowed_ms:.0f}) ms"
            f"         {row.switched_ms:8.0f} ms  {row.dropped:5}/{row.captured:<5}  {row.not_net:6.1%}"
        )


def _measure(
    deck: Deck, rate_hz: float, size: tuple[int, int], seconds: float, window: bool, net_size: str
) -> Row:
    session = LiveSession(
        TestPattern(size, rate_hz),
        deck,
        PaintSettings(deck.names[0], net_size=net_size),  # type: ignore[arg-type]
        ViewSettings(window=window),
        options=LiveOptions(target_hz=rate_hz, duration_s=seconds),
    )
    switching = _play(session, 0.5 if len(deck.names) > 1 else seconds + 1)
    report = session.report()

    def ms(spread: Spread, *shares: float) -> tuple[float, ...]:
        return tuple(round(1e3 * spread.percentile(share), 2) for share in shares)

    height, width = session.painter.net_size
    (net_ms,) = ms(report.net_s, 0.5)
    return Row(
        case=f"{size[1]}x{size[0]} {rate_hz:g}/s", net=f"{width}x{height}", shown_hz=report.shown / report.seconds,
        interval_ms=ms(switching.interval, 0.5, 0.95, 0.99), latency_ms=ms(report.latency_s, 0.5, 0.95),
        allowed_ms=round(1e3 / rate_hz + net_ms, 1), switched_ms=ms(switching.after_switch, 0.99)[0],
        dropped=report.dropped, captured=report.captured, not_net=1 - report.net_s.mean / report.paint_s.mean,
    )  # fmt: skip


def _play(session: LiveSession, every_s: float) -> Switching:
    """In a window where its view says so, else with nobody but us looking."""
    face = Face(session)
    try:
        face.begin()
        switching = Switching(session, every_s)
        watching = not session.watched
        session.watch(True)
        while not session.wait(0):
            if watching:
                painted = session.painted.take(0.01)
                if painted:
                    session.shown(painted)
            else:
                painted = face.turn()
            switching.saw(painted)
    finally:
        session.stop()
        face.close()
    return switching


if __name__ == "__main__":
    main()
