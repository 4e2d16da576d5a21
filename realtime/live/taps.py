"""Where painted frames are tapped besides the window: recordings that come and go, and sinks that stay."""

import threading
from collections.abc import Callable, Sequence

from livebrush.realtime.live.frame import PaintedFrame
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sinks.sink import Sink


class Taps:
    """Hands every painted frame to all sinks; says when one of them has a problem, and leaves it out from then on.

    new_recording: makes the recording that `start_recording` starts
    recording:     one that is on from the beginning
    lost_one:      whether a sink or recording has stopped by itself
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        notices: Notices,
        new_recording: Callable[[], Recording],
        recording: Recording | None = None,
    ) -> None:
        self._sinks, self._notices, self._new_recording = list(sinks), notices, new_recording
        self._recording = recording
        self._ending: list[threading.Thread] = []
        self._told: dict[str, str] = {}
        self.lost_one = False

    @property
    def recording(self) -> Recording | None:
        return self._recording

    @property
    def any(self) -> bool:
        """Whether anything takes frames."""
        return bool(self._sinks or self._recording)

    def show(self, painted: PaintedFrame) -> None:
        """Called in the painter's thread."""
        for sink in (*self._sinks, *([self._recording] if self._recording else [])):
            sink.show(painted)

    def start_recording(self) -> None:
        """raises: LivebrushError when the file cannot be made"""
        if self._recording is None:
            self._recording = self._new_recording()
            self._notices.say(f"recording to {self._recording.path}")

    def stop_recording(self) -> None:
        """The file is completed in the background: the picture does not wait for the encoder."""
        recording, self._recording = self._recording, None
        if recording:
            ending = threading.Thread(target=self._end, args=(recording,), name="livebrush-end-recording")
            ending.start()
            self._ending = [thread for thread in self._ending if thread.is_alive()] + [ending]

    def report_problems(self) -> None:
        """Say what went wrong since the last call, and go on without it."""
        for sink in self._sinks:
            if sink.trouble != self._told.get(sink.name, ""):
                self._told[sink.name] = sink.trouble
                self._notices.say(sink.trouble)
        for sink in [sink for sink in self._sinks if sink.problem]:
            self._sinks.remove(sink)
            self.lost_one = True
            self._notices.say(f"{sink.name} stopped: {sink.problem}")
            sink.close()
        if self._recording and self._recording.problem:
            recording, self._recording = self._recording, None
            self.lost_one = True
            self._notices.say(f"recording stopped: {recording.problem}")
            recording.close()

    def close(self) -> None:
        """Complete everything and end all threads."""
        self.stop_recording()
        for thread in self._ending:
            thread.join()
        for sink in self._sinks:
            sink.close()
        self.report_problems()

    def _end(self, recording: Recording) -> None:
        recording.close()
        left_out = (
            f", {recording.dropped} frames left out: the encoder could not follow"
            if recording.dropped
            else ""
        )
        if recording.problem:
            self._notices.say(f"recording: {recording.problem}")
        elif recording.frames:
            self._notices.say(f"recorded {recording.seconds:.1f} s to {recording.path}{left_out}")
        else:
            self._notices.say("no frame came: nothing was recorded")
