"""Decode, paint and encode at the same time, in threads of their own with bounded queues between."""

import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np

from livebrush.models.events import OnEvent, Progress
from livebrush.realtime.engine.runs import stop_runs
from livebrush.realtime.interrupts import Interrupt, noticed
from livebrush.realtime.video.ends import ClipSink, ClipSource
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.stage_clock import StageClock

Paint = Callable[[np.ndarray], np.ndarray]

QUEUED_PICTURES = 3  # between two stages: enough to smooth their pace, and all the memory a clip takes
_PACKETS_PER_ITEM = 64  # a file with all its sound in one piece must not fill the memory either
_PATIENCE_S = 3.0  # with a frame that is being painted when the user wants to stop
_POLL_S = 0.1  # how often a waiting thread looks at its stop event


@dataclass
class _Item:
    """What travels through the queues: a picture, and the copied packets that came before it."""

    packets: list[av.Packet]
    picture: Picture | None


class _Stopped(Exception):
    """A stage was told to stop while it waited."""


class _Interrupted(Exception):
    """The user wants to stop."""


class _Link:
    """A bounded queue between two stages; its waits end when `stop` is set. None marks the end."""

    def __init__(self, stop: threading.Event) -> None:
        self._queue: queue.Queue[_Item | None] = queue.Queue(QUEUED_PICTURES)
        self._stop = stop

    def put(self, item: _Item | None) -> None:
        while not self._stop.is_set():
            with suppress(queue.Full):
                self._queue.put(item, timeout=_POLL_S)
                return
        raise _Stopped

    def get(self, interrupt: Interrupt | None = None) -> _Item | None:
        while not self._stop.is_set():
            if interrupt:
                raise _Interrupted
            with suppress(queue.Empty):
                return self._queue.get(timeout=_POLL_S)
        raise _Stopped


class _Stage(threading.Thread):
    """A thread that keeps its exception for the main thread and stops the other stages with it."""

    def __init__(self, name: str, work: Callable[[], None], on_error: Callable[[], None]) -> None:
        super().__init__(name=f"livebrush-{name}", daemon=True)
        self._work, self._on_error = work, on_error
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except _Stopped:
            pass
        except BaseException as error:
            self.error = error
            self._on_error()


class VideoPipeline:
    """One clip from source to sink.

    paint: (H, W, 3) RGB uint8 -> the same shape, called in `painters` threads at once
    on_event: told of progress in frames, in the thread of `run`
    warm_up: how many of the frames that the sink has already are painted before one that it needs, for the painter to
        remember
    on_painted: shown every frame that was painted, in order, in the thread of `run`
    """

    def __init__(
        self,
        source: ClipSource,
        sink: ClipSink,
        paint: Paint,
        on_event: OnEvent,
        clock: StageClock,
        painters: int = 1,
        warm_up: int = 0,
        on_painted: Callable[[np.ndarray], None] | None = None,
    ) -> None:
        self._warm_up, self._on_painted = warm_up, on_painted
        self._source, self._sink, self._paint, self._clock = source, sink, paint, clock
        self._painters, self._done = painters, 0
        self._on_event = on_event
        # Two events: an interrupted run stops reading at once, but still writes what is painted.
        self._stop_reading, self._stop_writing = threading.Event(), threading.Event()
        self._decoded, self._painted = _Link(self._stop_reading), _Link(self._stop_writing)
        self._reader = _Stage("decode", self._read, self._stop_all)
        self._writer = _Stage("encode", self._write, self._stop_all)
        self._interrupt, self._interrupted = Interrupt(), False
        self.written: Path | None = None

    def run(self) -> bool:
        """Paints the whole clip; False when Ctrl-C ended it early. `written` is the file that was completed.

        raises: what any stage raised, after both threads ended; `written` is what could be kept of the painting
        """
        with noticed() as self._interrupt:
            return self._run()

    def _run(self) -> bool:
        try:
            self._reader.start()
            self._writer.start()
            self._paint_all()
        except (_Interrupted, KeyboardInterrupt):  # the latter: a second Ctrl-C
            self._interrupted = True
            self._stop_reading.set()
            self._end_writing()
        except BaseException as error:
            self._stop_all()
            self._join()
            self.written = self._sink.give_up()
            if isinstance(error, _Stopped):
                self._raise_stage_error()
            raise
        self._join()
        if self._reader.error or self._writer.error:
            self.written = self._sink.give_up()
            self._raise_stage_error()
        return not self._interrupted

    def _read(self) -> None:
        packets: list[av.Packet] = []
        for event in self._source.read():
            if isinstance(event, Picture):
                self._decoded.put(_Item(packets, event))
                packets = []
            elif self._sink.copies(event):
                packets.append(event)
                if len(packets) == _PACKETS_PER_ITEM:
                    self._decoded.put(_Item(packets, None))
                    packets = []
        self._decoded.put(_Item(packets, None))
        self._decoded.put(None)

    def _paint_all(self) -> None:
        pending: deque[tuple[_Item, Future[Picture] | None]] = deque()
        pool = ThreadPoolExecutor(self._painters, "livebrush-paint")
        try:
            number = 0
            while (item := self._decoded.get(self._interrupt)) is not None:
                number += bool(item.picture)
                picture = item.picture
                wanted = picture and self._sink.needs(number, picture, self._warm_up)
                pending.append((item, pool.submit(self._paint_one, picture) if picture and wanted else None))
                if len(pending) > self._painters:
                    self._pass_on(*pending.popleft())
            while pending:
                self._pass_on(*pending.popleft())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for _, painted in pending:
                if painted:
                    self._wait_for(painted)
        self._painted.put(None)

    def _wait_for(self, painted: "Future[Picture]") -> None:
        """Until the picture is painted; a net that does not return is ended when the user wants to stop."""
        while not painted.done():
            wait([painted], _POLL_S)
            if self._interrupt:
                stop_runs(_PATIENCE_S)

    def _pass_on(self, item: _Item, painted: "Future[Picture] | None") -> None:
        """Hands an item to the encoder when its picture is painted; called in the order of the clip."""
        if painted:
            self._wait_for(painted)
            if self._interrupt:
                raise _Interrupted
            item.picture = painted.result()
            if self._on_painted:
                self._on_painted(item.picture.pixels)
        self._painted.put(item)
        if item.picture:
            self._done += 1
            self._on_event(Progress(self._done, self._source.expected_frames))

    def _paint_one(self, picture: Picture) -> Picture:
        with self._clock.stage("paint"):
            pixels = picture.pixels if self._sink.keeps_alpha else picture.over_black()
            painted = self._paint(pixels)
        if painted.shape != pixels.shape or painted.dtype != np.uint8:
            got, expected = f"{painted.dtype} {painted.shape}", f"uint8 {pixels.shape}"
            raise ValueError(f"paint returned {got}, expected {expected}")
        return replace(picture, pixels=painted)

    def _write(self) -> None:
        while (item := self._painted.get()) is not None:
            for packet in item.packets:
                self._sink.copy(packet)
            if item.picture is not None:
                self._sink.write(item.picture)
        # Completed in this thread, which no Ctrl-C reaches: the file is never left half closed.
        self.written = self._sink.finish_partial() if self._interrupted else self._sink.finish()

    def _end_writing(self) -> None:
        with suppress(_Stopped):
            self._painted.put(None)

    def _stop_all(self) -> None:
        self._stop_reading.set()
        self._stop_writing.set()

    def _join(self) -> None:
        for thread in (self._reader, self._writer):
            while thread.is_alive():
                with suppress(KeyboardInterrupt):  # what is painted is being completed: that takes no choice
                    thread.join(_POLL_S)

    def _raise_stage_error(self) -> None:
        raise self._writer.error or self._reader.error or RuntimeError("a stage stopped without an error")
