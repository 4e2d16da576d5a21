"""Workers that are none: this process paints piece by piece, as each of several would."""

from collections.abc import Callable, Sequence
from pathlib import Path

from livebrush.models.events import Event, OnEvent, Progress
from livebrush.models.regions import ALL
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.interrupts import Interrupt
from livebrush.realtime.made.asked import find_styles
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pieces.film import paint_film
from livebrush.realtime.video.pieces.paint import Painting, PieceTask, paint_piece
from livebrush.realtime.video.stylize import VideoReport, paint_video
from livebrush.realtime.video.video_painter import video_painter


class OneByOne:
    """count: how many workers it stands for; stop_at: how many frames are painted until the user stops

    painted: the tasks that it was given
    """

    def __init__(self, count: int = 1, stop_at: int | None = None) -> None:
        self.count, self.stop_at, self.frames = count, stop_at, 0
        self.painted: list[PieceTask] = []

    def paint(
        self, tasks: Sequence[PieceTask], on_progress: Callable[[str, int], object], interrupt: Interrupt
    ) -> bool:
        for task in tasks:
            how = task.painting
            painter = video_painter(how.styles, how.device, how.threads, how.finish)

            def tell(event: Event, task: PieceTask = task) -> None:
                assert isinstance(event, Progress)
                on_progress(task.target.name, event.done)

            def paint(pixels, painter=painter):
                self.frames += 1
                if self.frames == self.stop_at:
                    raise KeyboardInterrupt
                return painter.paint(pixels)

            self.painted.append(task)
            if paint_piece(task, painter._replace(paint=paint), tell) is None:
                return False
        return True


def painted(
    source: Path, target: Path, style: Path, workers: OneByOne, options: VideoOptions | None = None,
    on_event: OnEvent | None = None, shortest_s: float = 0.5, steady: bool = False,
) -> VideoReport:  # fmt: skip
    """A film in pieces of half a second or more; it must not be painted as a whole."""

    def paint_whole() -> VideoReport:
        raise AssertionError("not cut")

    painting = Painting(str(style), ALL, Finish(steady=steady), "cpu", 1)
    return paint_film(source, target, painting, workers, paint_whole, options, on_event, shortest_s)


def painted_whole(
    source: Path, target: Path, style: Path, options: VideoOptions | None = None, steady: bool = False,
    on_event: OnEvent | None = None,
) -> VideoReport:  # fmt: skip
    """The same, uncut."""
    painter = video_painter(find_styles(str(style)), "cpu", 1, Finish(steady=steady))
    return paint_video(source, target, painter.paint, options, on_event, warm_up=painter.warm_up)
