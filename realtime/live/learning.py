"""A picture that is learnt in the background, while it is painted after."""

import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Progress
from livebrush.realtime.engine.runs import end
from livebrush.realtime.workers.local import LocalWorkers
from livebrush.realtime.workers.port import Done, Lost, NotDone, Outcome, Task, Told

FUNCTION = "livebrush.trainer.learning:learn_gently"
_LOOKS_S = 0.5
_STEPS_SHARE = 0.95
"""of the work; the rest is the writing of the style model"""


class Learning(threading.Thread):
    """Learns a picture in a process of its own, which takes what the show leaves of the processor.

    name:   of the style
    on_end: called in this thread with None once it is learnt, or with why it is not; not after `close`

    share:  of the work that is done, 0 to 1
    """

    def __init__(self, name: str, picture: Path, on_end: Callable[[LivebrushError | None], None]) -> None:
        super().__init__(name="livebrush-learning", daemon=True)
        self.style, self.share = name, 0.0
        self._picture, self._on_end = picture, on_end
        self._closed = threading.Event()

    def run(self) -> None:
        try:
            outcome = self._outcome()
        except LivebrushError as error:
            self._on_end(error)
            return
        match outcome:
            case Done():
                self._on_end(None)
            case NotDone(_, error):
                self._on_end(error)
            case Lost(_, why):
                self._on_end(LivebrushError(why, code="failed"))

    def close(self) -> None:
        """End it; what it was doing is lost."""
        self._closed.set()
        end(self)

    def _outcome(self) -> Outcome | None:
        """None once it is closed."""
        # A folder of this process: the other may be ended at any time
        with TemporaryDirectory(prefix="livebrush-learning-") as folder, LocalWorkers(1) as workers:
            told = {"picture": str(self._picture.absolute()), "folder": folder}
            workers.give(Task(self.style, FUNCTION, told))
            while not self._closed.is_set():
                match workers.next(_LOOKS_S):
                    case None:
                        pass
                    case Told(_, event):
                        if isinstance(event, Progress) and event.of:
                            self.share = _STEPS_SHARE * event.done / event.of
                    case outcome:
                        return outcome
        return None
