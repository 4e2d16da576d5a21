"""A live session without any screen: a source, a painter, and sinks that come and go.

    with LiveSession(TestPattern(), deck, PaintSettings("starry_night"), sinks=[Recording(path)]) as session:
        session.controls.do("style", "great_wave")
        session.add_sink(open_sink("udp://192.168.0.7:5000"))
        session.swap(make_source("video.mp4"))
        session.state().as_json()

A window is a face above it, see livebrush.realtime.live.screen.face.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from livebrush.models.assignment import Styles
from livebrush.models.catalogue import user_folder
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.attendant import Attendant
from livebrush.realtime.live.capture import Capture
from livebrush.realtime.live.control_channel import ControlChannel
from livebrush.realtime.live.controls import Controls
from livebrush.realtime.live.deck import Deck, style_files
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.learning import Learning
from livebrush.realtime.live.loading import Loading
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.measurements import LiveReport, Measurements
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.outputs import Outputs
from livebrush.realtime.live.paint_loop import PaintLoop
from livebrush.realtime.live.painter import Painter
from livebrush.realtime.live.readiness import first_frame, make_ready
from livebrush.realtime.live.session_actions import SessionActions
from livebrush.realtime.live.settings import Cue, LiveOptions, PaintSettings, ViewSettings
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sinks.sink import Sink
from livebrush.realtime.live.sinks.snapshot import Snapshots
from livebrush.realtime.live.sources.microphone import Microphone
from livebrush.realtime.live.sources.source import LiveSource, Playable
from livebrush.realtime.live.state import LiveState
from livebrush.realtime.live.style_watch import StyleWatch
from livebrush.realtime.made.asked import find_choice
from livebrush.realtime.made.picture_style import is_learnt, sha256_of_pixels, style_pixels

_FRAME_WAIT_S = 0.1  # how often who waits for a frame looks whether it is over
MOST_HZ = 30.0  # smooth enough; what a faster source leaves over is better spent on larger pictures


class LiveSession:
    """Paints what a source delivers, in threads of its own, until it is stopped or over; a `with` block does both.

    sinks:    where painted frames go from the beginning; they end with the session
    cues:     see Controls
    rest:     styles that join the deck while it plays already; commands of scripts are taken once they are there
    style_watch: made before the deck's styles were listed; None: now is early enough

    controls: obeys commands, from any thread
    last:     the newest painted frame, None before the first
    painted:  holds it until somebody who watches takes it, see `watch`
    """

    def __init__(
        self,
        source: LiveSource,
        deck: Deck,
        paint: PaintSettings,
        view: ViewSettings = ViewSettings(),  # noqa: B008
        sinks: Iterable[Sink] = (),
        notices: Notices | None = None,
        options: LiveOptions = LiveOptions(),  # noqa: B008
        cues: Mapping[str, Cue] | None = None,
        rest: Sequence[Styles] = (),
        style_watch: StyleWatch | None = None,
    ) -> None:
        self.source, self.deck, self.options = source, deck, options
        self.notices = notices or Notices()
        self.sizer = NetSizer(options.target_hz or MOST_HZ)
        self.outputs = Outputs(sinks, self.notices)
        self.microphone = None if options.mic is None else Microphone(options.mic, options.mic_delay_s)
        self.snapshots = Snapshots(options.out_dir)
        me: Any = self  # pyright sees this class twice: here, and in the installed package that they import
        self.actions = SessionActions(me)
        self.controls = Controls(
            deck, self.sizer, paint, view, self.actions, self.notices, options.autoplay_s, options.autoplay, cues
        )  # fmt: skip
        self.painter = Painter(deck, self.sizer, self.notices, options.crossfade_s)
        self.painted: Mailbox[PaintedFrame] = Mailbox()
        self.last: PaintedFrame | None = None
        self.channel: ControlChannel | None = None
        self._captured: Mailbox[Frame] = Mailbox()
        self.capture = Capture(source, self._captured)
        self.loop = PaintLoop(self._captured, self.painter, lambda: self.controls.paint, self._deliver)
        self.measured = Measurements(self.capture, self.loop, self._captured, self.painted)
        self.learning: Learning | None = None
        self._style_watch = style_watch or StyleWatch(user_folder())
        self._attendant = Attendant(me)
        self._loading = Loading(deck, rest, self.notices.say, self._complete)
        self._rest, self._first, self.watched = rest, None, False
        self._swapping, self._stopped = threading.Lock(), False

    # From beginning to end

    def open(self) -> Frame:
        """Open source and microphone in the calling thread, and wait for a first frame; `start` does so otherwise.

        raises: LivebrushError when one of them cannot be opened, or no frame comes
        """
        self._listen_to(self.source)
        self.capture.open()
        if self.microphone:
            self.microphone.open(self.outputs.hear)
        self._follow(self.source)
        self.capture.start()
        self._first = first_frame(self.capture, self._captured)
        self.capture.paused = True  # a video waits; a camera's frames of this while are nobody's loss
        return self._first

    def start(self) -> None:
        """Make every style ready, and begin.

        raises: LivebrushError as `open` does, and when no style can paint what comes, or no commands can be taken
        """
        first, controls = self._first or self.open(), self.controls
        make_ready(first, controls.paint, self.painter, self.sizer, self.deck)
        for note in self.deck.notes:
            self.notices.say(note)
        if controls.paint.style not in self.deck.names:
            controls.choose(self.deck.names[0])
        if self.options.control is not None:
            self.channel = ControlChannel(self.options.control, self.answer)
        self.repaint(first)
        self.capture.paused = False
        self.measured.start()
        self.loop.start()
        self._attendant.start()
        if self._rest:
            self.notices.say(f"{len(self._rest)} more styles are being loaded")
            self.sizer.waits = True
            self._loading.start()
        else:
            self._complete()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether it is over, for at most so long: somebody quit, the video ended, the time is up, or it failed.

        raises: what made it fail
        """
        over = self._attendant.over.wait(timeout_s)
        if over:
            for error in (self._attendant.error, self.loop.error, self.capture.error):
                if error:
                    raise error
        return over

    def end(self) -> None:
        """Have it be over; whoever started it stops it."""
        self._attendant.over.set()

    def stop(self) -> None:
        """End everything that was begun, in the order that frames go; may be called twice, and without `start`."""
        with self._swapping:
            self._stopped = True
        self._attendant.close()
        self.measured.stop()
        self.capture.close()
        if self.microphone:
            self.microphone.close()
        self.loop.close()
        if self.channel:
            self.channel.close()
        self._loading.close()
        self._style_watch.close()
        if self.learning:
            self.learning.close()
        self.outputs.close()
        self.snapshots.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # While it plays

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out {"command": …, "value": …} and tell the state.

        raises: LivebrushError for what is refused
        """
        if self._stopped or self._attendant.over.is_set():
            raise LivebrushError("the show is over", code="stopped")
        self.controls.do(request.get("command", ""), request.get("value"))
        return {"ok": True, **self.state().as_json()}

    def swap(self, source: LiveSource) -> None:
        """Paint another source from now on. The old one plays on until the new one is open.

        raises: LivebrushError when it cannot be opened; the old one goes on, then
        """
        capture = Capture(source, self._captured)
        self._listen_to(source)
        capture.open()
        with self._swapping:
            if self._stopped:
                capture.close()
                raise LivebrushError("the show is over", code="stopped")
            self.capture.close()
            self.measured.captured_by(capture)
            self.source, self.capture = source, capture
            if source.has_sound and self.outputs.lack_sound:
                self.notices.say(
                    f"the sound of {source.name} is not in what began without sound: begin it anew"
                )
            self._follow(source)
            self.controls.paused = False
            self.loop.restart()
            capture.start()

    def add_sink(self, sink: Sink) -> None:
        """Give it every frame from the next one on; it ends with the session."""
        self.outputs.add(sink)

    def remove_sink(self, sink: Sink) -> None:
        """End it, in the background; nothing where it has gone."""
        self.outputs.remove(sink)

    def learn(self, style: str) -> None:
        """Learn the picture that a style of the deck was made of, in the background.

        raises: LivebrushError for a style of no picture, or of one that is learnt already, and while another is learnt
        """
        picture = self.deck.picture_of(style)
        if is_learnt(sha256_of_pixels(style_pixels(picture))):
            raise LivebrushError(f"{style} is learnt already", code="exists")
        with self._swapping:
            if self._stopped:
                raise LivebrushError("the show is over", code="stopped")
            if self.learning and self.learning.is_alive():
                raise LivebrushError(f"{self.learning.style} is being learnt: one at a time", code="in_use")
            self.learning = Learning(style, picture, lambda error: self._learnt(picture, error))
            self.learning.start()
        self.notices.say(f"{picture.name} is being learnt: that takes some minutes")

    def watch(self, on: bool) -> None:
        """Whether somebody takes frames from `painted` and tells `shown`; else frames count as shown when painted."""
        self.watched = on
        if not on:
            self.painted.take(0)  # or it would be shown, long out of date, to whoever watches next

    def shown(self, painted: PaintedFrame) -> None:
        """Whoever watches tells when a frame is to be seen."""
        self.measured.shown(painted)

    def frames(self) -> Iterator[np.ndarray]:
        """The painted frames, (H, W, 3) uint8 RGB, the newest each time, until it is over.

        raises: what made it fail
        """
        self.watch(True)
        try:
            while not self.wait(0):
                if painted := self.painted.take(_FRAME_WAIT_S):
                    self.shown(painted)
                    yield painted.painted
        finally:
            self.watch(False)

    def repaint(self, frame: Frame) -> None:
        """Paint a frame that is no new one."""
        self._captured.put(Frame(frame.pixels, time.monotonic(), frame.number))

    @property
    def playable(self) -> Playable | None:
        """The source, where it can be paused and sought in."""
        return self.source if isinstance(self.source, Playable) else None

    def state(self) -> LiveState:
        """Settings, measurements, notices and place in the video, now."""
        controls, capture, video, measured = self.controls, self.capture, self.playable, self.measured
        recording = next(iter(self.outputs.of(Recording)), None)
        net_size = self.painter.net_size
        learning = self.learning if self.learning and self.learning.is_alive() else None
        return LiveState(
            controls.paint, controls.view, self.deck.names, controls.page, controls.paused,
            controls.autoplay, controls.autoplay_s,
            source=self.source.name, state=capture.state, trouble=capture.trouble,
            outputs=tuple(f"{sink.name} to {sink.target}" if sink.target else sink.name for sink in self.outputs.sinks),
            sound=self._sound, recording=str(recording.path) if recording else None,
            recording_s=recording.seconds if recording else None,
            position_s=video.position_s if video else None, duration_s=video.duration_s if video else None,
            shown_hz=measured.shown_hz, captured_hz=measured.captured_hz, latency_ms=measured.latency_ms,
            dropped=measured.dropped, provider=self.deck.layers(controls.paint.style)[0].engine.provider,
            painted_size=net_size if any(net_size) else None,
            frame_size=self.last.frame.pixels.shape[:2] if self.last else None,
            learning=learning.style if learning else None,
            learnt_share=learning.share if learning else None,
            notices=tuple(self.notices.current()),
        )  # fmt: skip

    def report(self) -> LiveReport:
        return self.measured.report()

    @property
    def _sound(self) -> str:
        """What is recorded and sent, by name."""
        if self.microphone:
            return self.microphone.name
        return self.source.name if self.source.has_sound else ""

    def _listen_to(self, source: LiveSource) -> None:
        """Have a source that is not open yet heard by the outputs, unless a microphone is."""
        if not self.microphone:
            source.hand_sound_to(self.outputs.hear)

    def _follow(self, source: LiveSource) -> None:
        """Keep up with this source, and face its people."""
        # Scripts may play another source: then a file needs a track for its sound from the beginning
        if self._sound or self.options.control is not None:
            self.outputs.expect_sound()
        self.sizer.target_hz = self.options.target_hz or min(source.rate_hz or MOST_HZ, MOST_HZ)
        self.controls.set_view(
            mirror=source.faces_viewer if self.options.mirror is None else self.options.mirror
        )

    def _deliver(self, painted: PaintedFrame) -> None:
        """In the painter's thread."""
        self.outputs.show(painted)
        self.last = painted
        if self.watched:
            self.painted.put(painted)
        else:
            self.shown(painted)

    def _complete(self) -> None:
        """All styles are there: scripts may name them, and files that come or change are taken in."""
        self.sizer.waits = False
        self._style_watch.begin(style_files(self.deck), self._renew)
        if self.channel is None:
            return
        self.channel.start()
        if self.channel.port is not None:
            self.notices.say(f"commands are taken on 127.0.0.1:{self.channel.port}")

    def _renew(self, path: Path) -> None:
        """In the watching thread: a style model, or a picture to paint after, is new or was replaced."""
        self._take_in(path, "loaded")

    def _learnt(self, picture: Path, error: LivebrushError | None) -> None:
        """In the learning thread."""
        if error:
            self.notices.say(f"{picture.name} is not learnt: {error}")
        else:
            self._take_in(picture, "learnt")

    def _take_in(self, path: Path, done: str) -> None:
        """done: what is said of its styles once they are in the deck"""
        try:
            choice = find_choice(str(path))
            names = self.deck.renew(choice.model, choice.made_of)
        except LivebrushError as error:
            self.notices.say(f"{path.name} is left out: {error}")
        else:
            for note in choice.notes:
                self.notices.say(str(note))
            self.notices.say(f"{', '.join(names)} {done}")
