"""The thread that looks after a running session: autoplay, problems, pictures in a pause, and its end."""

import threading
import time
from typing import TYPE_CHECKING

from livebrush.models.errors import LivebrushError

if TYPE_CHECKING:
    from livebrush.realtime.live.session import LiveSession

_EVERY_S = 0.03  # nothing here is seen sooner, and whoever paints wants the interpreter
_LAST_FRAME_S = (
    0.05  # from a video's end to the session's: the last frame may just be on its way to the painter
)


class Attendant(threading.Thread):
    """Looks at a session some thirty times a second until it is over.

    over:  set when somebody quit, the source ended, the time is up, something failed, or after `close`
    error: what failed here, else None
    """

    def __init__(self, session: "LiveSession") -> None:
        super().__init__(name="livebrush-attendant", daemon=True)
        self._session = session
        self.over = threading.Event()
        self.error: Exception | None = None
        self._style, self._style_since_s, self._ended_since_s = "", 0.0, 0.0
        self._painted_as = session.controls.paint
        self._noted: set[str] = set()

    def close(self) -> None:
        self.over.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        try:
            while not self._is_over() and not self.over.wait(_EVERY_S):
                self._look()
        except Exception as error:  # raised by whoever waits for the session
            self.error = error
        finally:
            self._session.measured.stop()
            self.over.set()

    def _look(self) -> None:
        self._session.outputs.report_problems()
        self._report_notes()
        self._repaint_while_paused()
        if self._session.capture.state == "reconnecting":
            self._session.loop.restart()  # what comes next does not follow what was
        self._walk_through_styles()

    def _walk_through_styles(self) -> None:
        controls, now = self._session.controls, time.monotonic()
        if controls.paint.style != self._style:
            self._style, self._style_since_s = controls.paint.style, now
        elif controls.autoplay and now - self._style_since_s >= controls.style_s:
            controls.step(1)

    def _repaint_while_paused(self) -> None:
        """A style that is chosen shows, though no new frame comes."""
        session, paint = self._session, self._session.controls.paint
        if session.controls.paused and session.last and paint != self._painted_as:
            session.loop.restart()  # without a crossfade: it would need frames
            session.repaint(session.last.frame)
        self._painted_as = paint

    def _report_notes(self) -> None:
        video = self._session.playable
        for note in video.notes if video else []:
            if note not in self._noted:
                self._noted.add(note)
                self._session.notices.say(note)

    def _is_over(self) -> bool:
        session, now = self._session, time.monotonic()
        if session.loop.error or session.capture.error:
            return True
        if not session.watched and session.outputs.lost_one and not session.outputs.sinks:
            raise LivebrushError(
                "nothing is left to paint for: there is no window, and every output stopped",
                code="unavailable",
            )
        duration_s = session.options.duration_s
        if duration_s is not None and session.measured.seconds >= duration_s:
            return True
        if session.capture.state != "ended" or session.loop.busy:
            self._ended_since_s = now
        return now - self._ended_since_s > _LAST_FRAME_S
