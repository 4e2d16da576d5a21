"""What commands set in motion in a live session: outputs, other sources, snapshots, the window."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sinks.network import NetworkSink
from livebrush.realtime.live.sinks.recording import Recording, recording_name
from livebrush.realtime.live.sinks.sink import Sink
from livebrush.realtime.live.sinks.virtual_camera import VirtualCamera
from livebrush.realtime.live.sources.registry import make_source

if TYPE_CHECKING:
    from livebrush.realtime.live.session import LiveSession

_RATE_HZ = 30.0  # of outputs, where nobody asked for another


class SessionActions:
    """The Actions of a session's controls.

    opens_window: raises LivebrushError where no window can be opened; None where nothing would open one
    """

    def __init__(self, session: "LiveSession") -> None:
        self._session = session
        self.opens_window: Callable[[], None] | None = None
        self._send_to = session.options.send_to
        self._switching = threading.Lock()  # two clients that start a recording at once start one

    def pause(self, paused: bool) -> None:
        self._session.capture.paused = paused

    def seek_by(self, seconds: float) -> bool:
        video = self._session.playable
        if video is None:
            return False
        video.seek_by(seconds)
        self._session.loop.restart()
        return True

    def learn(self, style: str) -> None:
        self._session.learn(style)

    def snapshot(self) -> None:
        session = self._session
        painted, paint, painter = session.last, session.controls.paint, session.painter
        if painted is None:
            return
        if painter.can_repeat(paint):

            def picture():
                return painter.paint_in_full(painted.frame.pixels, paint)
        else:

            def picture():
                return painted.painted

        session.snapshots.save(picture, painted.style, session.notices.say)

    def record(self, on: bool | None) -> None:
        session = self._session

        def begin() -> Sink:
            recording = Recording(
                recording_name(session.options.out_dir), session.source.rate_hz, session.notices.say
            )
            session.notices.say(f"recording to {recording.path}")
            return recording

        self._switch(Recording, on, begin)

    def virtual_camera(self, on: bool | None) -> None:
        self._switch(VirtualCamera, on, lambda: VirtualCamera(rate_hz=self._rate_hz))

    def send(self, to: str | bool | None) -> None:
        if isinstance(to, str):
            with self._switching:
                if all(sink.url != to for sink in self._session.outputs.of(NetworkSink)):
                    self._session.add_sink(NetworkSink(to, self._rate_hz))
                self._send_to = to
        else:
            self._switch(NetworkSink, to, self._begin_sending)

    def play(self, source: str) -> None:
        self._session.swap(make_source(source, self._session.options.source))

    def window(self, on: bool | None) -> None:
        controls = self._session.controls
        on = not controls.view.window if on is None else on
        if on and not controls.view.window:
            if self.opens_window is None:
                raise LivebrushError(
                    "there is no window here: this session runs without a screen", code="unsupported"
                )
            self.opens_window()
        elif not on and controls.view.window and self._session.channel is None:
            raise LivebrushError(
                "the window stays: without a control channel nothing else would take commands",
                code="unsupported",
            )
        controls.set_view(window=on)

    def quit(self) -> None:
        self._session.end()

    @property
    def _rate_hz(self) -> float:
        return self._session.options.target_hz or _RATE_HZ

    def _begin_sending(self) -> Sink:
        if self._send_to is None:
            raise LivebrushError(
                "there is no address to send to yet: give one, such as udp://host:port", code="invalid"
            )
        return NetworkSink(self._send_to, self._rate_hz)

    def _switch(self, kind: type[Sink], on: bool | None, begin: Callable[[], Sink]) -> None:
        """Have an output of a kind or none, or change over."""
        with self._switching:
            running = self._session.outputs.of(kind)
            if on is None:
                on = not running
            if on and not running:
                self._session.add_sink(begin())
            elif not on:
                for sink in running:
                    self._session.remove_sink(sink)
