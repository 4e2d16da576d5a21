"""A live show: capture -> paint -> window and sinks, wired together, run and taken down again."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livebrush.models.catalogue import user_folder
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.runs import stopped_by_signals
from livebrush.realtime.live.capture import Capture
from livebrush.realtime.live.command_queue import CommandQueue
from livebrush.realtime.live.control_channel import ControlChannel
from livebrush.realtime.live.controls import Controls
from livebrush.realtime.live.deck import Deck, style_files
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.measurements import Measurements, ShowReport
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.paint_loop import PaintLoop
from livebrush.realtime.live.painter import Painter
from livebrush.realtime.live.screen.hud import HudNumbers
from livebrush.realtime.live.screen.viewer import Viewer
from livebrush.realtime.live.settings import PaintSettings, ViewSettings
from livebrush.realtime.live.sinks.recording import Recording, recording_name
from livebrush.realtime.live.sinks.sink import Sink
from livebrush.realtime.live.sinks.snapshot import Snapshots
from livebrush.realtime.live.sources.source import LiveSource, Playable
from livebrush.realtime.live.style_watch import StyleWatch
from livebrush.realtime.live.taps import Taps

FIRST_FRAME_S = 15.0  # how long a camera or stream may take to deliver its first frame
MOST_HZ = 30.0  # smooth enough; what a faster source leaves over is better spent on larger pictures
_IDLE_S = 0.01  # how often keys and commands are looked at when no frame comes
_LAST_FRAME_S = 0.05  # from a film's end to the show's: the last frame may just be on its way to the painter


@dataclass(frozen=True)
class ShowOptions:
    """How a show runs.

    target_hz:   frames a second that "auto" chooses the net's size for; None: the source's own, at most 30
    crossfade_s: see Painter
    autoplay_s:  seconds for each style; autoplay: begin with it on
    out_dir:     where snapshots and recordings go
    control:     see ControlChannel; None for none
    duration_s:  end by itself after this long
    """

    target_hz: float | None = None
    crossfade_s: float = 0.4
    autoplay_s: float = 10.0
    autoplay: bool = False
    out_dir: Path = Path()
    control: str | None = None
    duration_s: float | None = None


class Show:
    """Runs in the main thread, where windows and cameras want to be; everything else has a thread of its own.

    viewer:   shows frames to a person, or to nobody
    sinks:    where painted frames go besides
    recording: one that is on from the beginning
    progress: called with styles loaded and their number, before the first frame
    """

    def __init__(
        self,
        source: LiveSource,
        deck: Deck,
        paint: PaintSettings,
        view: ViewSettings,
        viewer: Viewer,
        sinks: list[Sink],
        notices: Notices,
        options: ShowOptions,
        recording: Recording | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.source, self.deck, self.notices, self.options = source, deck, notices, options
        self.film = source if isinstance(source, Playable) else None
        self._viewer, self._progress = viewer, progress
        self.sizer = NetSizer(options.target_hz or MOST_HZ)
        self.controls = Controls(
            deck, self.sizer, paint, view, self, notices, options.autoplay_s, options.autoplay
        )
        self.painter = Painter(deck, self.sizer, notices, options.crossfade_s)
        self._captured: Mailbox[Frame] = Mailbox()
        self._painted: Mailbox[PaintedFrame] = Mailbox()
        self.capture = Capture(source, self._captured)
        self.loop = PaintLoop(self._captured, self.painter, lambda: self.controls.paint, self._deliver)
        self.taps = Taps(sinks, notices, self._new_recording, recording)
        self._snapshots = Snapshots(options.out_dir)
        self._watch = StyleWatch(user_folder(), style_files(deck), self._renew)
        self._channel: ControlChannel | None = None
        self._commands = CommandQueue(self.controls.do, self.status)
        self.measured = Measurements(self.capture, self.loop, self._painted)
        self.last: PaintedFrame | None = None
        self._noted: set[str] = set()
        self._seen_paint = paint
        self._ended_since_s = 0.0

    def run(self) -> ShowReport:
        """Until somebody quits, the film ends, or the time is over.

        raises: LivebrushError when the source cannot be opened, or every way to show frames is gone;
                KeyboardInterrupt on Ctrl-C, after everything was completed
        """
        with stopped_by_signals():
            self._run()
        for error in (self.loop.error, self.capture.error):
            if error:
                raise error
        return self.report()

    def _run(self) -> None:
        try:
            self.capture.open()
            self.sizer.target_hz = self.options.target_hz or min(self.source.rate_hz or MOST_HZ, MOST_HZ)
            self._get_ready()
            self._play()
        finally:
            with _shielded():
                self._close()

    def report(self) -> ShowReport:
        return self.measured.report()

    # Before the first frame

    def _get_ready(self) -> None:
        """Wait for the first frame, which tells the size, and make every style ready for it."""
        self.capture.start()
        first = self._first_frame()
        self.capture.paused = True  # a film waits; a camera's frames of this while are nobody's loss
        self._viewer.begin(first)
        paint, times_s = self.controls.paint, []
        for _ in range(5):  # the first runs at a size take longer
            started = time.monotonic()
            self.painter.paint(first, paint)
            times_s.append(time.monotonic() - started)
        if self.painter.is_sized(paint):
            self.sizer.calibrate(self.sizer.scale(first.pixels.shape[0], paint.net_size), min(times_s))
            self.painter.paint(first, paint)
        size = self.painter.net_size if any(self.painter.net_size) else first.pixels.shape[:2]
        self.deck.warm_up(*size, progress=self._progress)
        for note in self.deck.notes:
            self.notices.say(note)
        if paint.style not in self.deck.names:
            self.controls.choose(self.deck.names[0])
        self.painter.restart()
        self._captured.put(Frame(first.pixels, time.monotonic(), first.number))
        self.capture.paused = False

    def _first_frame(self) -> Frame:
        deadline = time.monotonic() + FIRST_FRAME_S
        while time.monotonic() < deadline:
            if frame := self._captured.take(0.1):
                return frame
            if self.capture.state in ("failed", "ended", "reconnecting"):
                break
        if self.capture.error:
            raise self.capture.error
        name = self.source.name
        reason = self.capture.trouble.removeprefix(f"{name}: ") or f"nothing came in {FIRST_FRAME_S:g} s"
        raise LivebrushError(f"{name}: no frame to begin with: {reason}", code="unavailable")

    # While it plays

    def _play(self) -> None:
        if self.options.control is not None:
            self._channel = ControlChannel(self.options.control, self._commands.ask)
            self._channel.start()
            if self._channel.port is not None:
                self.notices.say(f"commands are taken on 127.0.0.1:{self._channel.port}")
        self._watch.start()
        self.measured.start()
        style_since_s = time.monotonic()
        style = self.controls.paint.style
        self.loop.start()
        while not self._over():
            painted = self._painted.take(_IDLE_S)
            self._viewer.show(painted, self.controls, self.numbers)
            if painted:
                self.last = painted
                self.measured.shown(painted)
            self._commands.answer_all()
            self.taps.report_problems()
            self._report_notes()
            self._repaint_while_paused()
            if self.capture.state == "reconnecting":
                self.loop.restart()  # what comes next does not follow what was
            now = time.monotonic()
            if self.controls.paint.style != style:
                style, style_since_s = self.controls.paint.style, now
            elif self.controls.autoplay and now - style_since_s >= self.controls.autoplay_s:
                self.controls.step(1)
        self.measured.stop()

    def _repaint_while_paused(self) -> None:
        """A style that is chosen shows, though no new frame comes."""
        paint = self.controls.paint
        if self.controls.paused and self.last and paint != self._seen_paint:
            self.loop.restart()  # without a crossfade: it would need frames
            self._captured.put(Frame(self.last.frame.pixels, time.monotonic(), self.last.frame.number))
        self._seen_paint = paint

    def _report_notes(self) -> None:
        for note in self.film.notes if self.film else []:
            if note not in self._noted:
                self._noted.add(note)
                self.notices.say(note)

    def _over(self) -> bool:
        now = time.monotonic()
        if self.controls.quit or self.loop.error or self.capture.error:
            return True
        if self._viewer.blind and self.taps.lost_one and not self.taps.any:
            raise LivebrushError(
                "nothing is left to paint for: there is no window, and every output stopped",
                code="unavailable",
            )
        if self.options.duration_s is not None and self.measured.seconds >= self.options.duration_s:
            return True
        if self.capture.state != "ended" or self.loop.busy:
            self._ended_since_s = now
        return now - self._ended_since_s > _LAST_FRAME_S

    def _deliver(self, painted: PaintedFrame) -> None:
        """In the painter's thread."""
        self.taps.show(painted)
        self._painted.put(painted)

    def _renew(self, path: Path) -> None:
        """In the watching thread: a style model is new or was replaced."""
        try:
            names = self.deck.renew(read_style_model(path))
        except LivebrushError as error:
            self.notices.say(f"{path.name} is left out: {error}")
        else:
            self.notices.say(f"{', '.join(names)} loaded")

    def status(self) -> dict[str, Any]:
        """Settings and measurements, as JSON holds them."""
        return {**self.controls.status(), **self.measured.as_json()}

    def numbers(self) -> HudNumbers:
        """What the HUD tells now."""
        paint, names, capture = self.controls.paint, self.deck.names, self.capture
        recording, net_size = self.taps.recording, self.painter.net_size
        return HudNumbers(
            style="original" if paint.original else paint.style,
            place=f"{names.index(paint.style) + 1}/{len(names)}",
            strength=paint.strength,
            keep_colours=paint.keep_colours,
            steady=paint.steady,
            blend=paint.blend_in_words() if paint.blend else "",
            shown_hz=self.measured.shown_hz,
            captured_hz=self.measured.captured_hz,
            latency_ms=self.measured.latency_ms,
            dropped=self.measured.dropped,
            provider=self.deck.layer(paint.style).engine.provider,
            net_size=net_size if any(net_size) else None,
            frame_size=self.last.frame.pixels.shape[:2] if self.last else None,
            recording_s=recording.seconds if recording else None,
            position_s=self.film.position_s if self.film else None,
            duration_s=self.film.duration_s if self.film else None,
            paused=self.controls.paused,
            state=f"{capture.state}: {capture.trouble}" if capture.trouble else "",
            notices=self.notices.current(),
            autoplay=self.controls.autoplay,
        )

    # What the controls set in motion

    def pause(self, paused: bool) -> None:
        self.capture.paused = paused

    def seek_by(self, seconds: float) -> bool:
        if self.film is None:
            return False
        self.film.seek_by(seconds)
        self.loop.restart()
        return True

    def snapshot(self) -> None:
        if self.last is None:
            return
        painted, paint = self.last, self.controls.paint
        if self.painter.can_repeat(paint):

            def picture():
                return self.painter.paint_in_full(painted.frame.pixels, paint)
        else:

            def picture():
                return painted.painted

        self._snapshots.save(picture, painted.style, self.notices.say)

    def record(self, on: bool) -> None:
        if on:
            self.taps.start_recording()
        else:
            self.taps.stop_recording()

    @property
    def recording_to(self) -> str | None:
        return str(self.taps.recording.path) if self.taps.recording else None

    def _new_recording(self) -> Recording:
        return Recording(recording_name(self.options.out_dir), self.source.rate_hz, self.notices.say)

    # At the end

    def _close(self) -> None:
        """Everything that was begun, in the order that frames go."""
        self.capture.close()
        self.loop.close()
        if self._channel:
            self._commands.close()
            self._channel.close()
        self._watch.close()
        self.taps.close()
        self._snapshots.close()
        self._viewer.close()


@contextmanager
def _shielded() -> Iterator[None]:
    """A second Ctrl-C does not cut off what is being completed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
