"""The task of a worker: paint this piece of a film. Runs in a worker, which keeps the style loaded."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pieces.cut import Piece
from livebrush.realtime.video.pieces.paint import Painting, PieceTask, paint_piece
from livebrush.realtime.video.unfinished import patiently
from livebrush.realtime.video.video_painter import VideoPainter, video_painter
from livebrush.realtime.video_style import of_any_film, painting_of
from livebrush.realtime.workers.port import Task

FUNCTION = f"{__name__}:paint"


def task_of(piece: PieceTask, losses: int) -> Task:
    """The task for a worker, named after the file that the piece becomes. losses: how often it was lost before"""
    return Task(
        f"{piece.target} ({losses + 1})", FUNCTION,
        {
            "source": str(piece.source), "target": str(piece.target), "piece": piece.piece.as_json(),
            "painting": asdict(piece.painting), "options": asdict(piece.options), "run": dict(piece.run),
        },
    )  # fmt: skip


def paint(
    source: str,
    target: str,
    piece: Mapping[str, Any],
    painting: Mapping[str, Any],
    options: Mapping[str, Any],
    run: Run,
    on_event: OnEvent,
) -> dict[str, Any]:
    """See `PieceTask` for the arguments, and `paint_piece` for what is painted.

    returns: frames, of the piece
    raises:  LivebrushError, as `paint_piece`, and where the style is not the one that the film was begun in
    """
    size = options["size"]
    told = VideoOptions(**{**options, "size": tuple(size) if isinstance(size, list) else size})
    how = Painting(**{**painting, "finish": Finish(**painting["finish"])})
    task = PieceTask(Path(source), Path(target), Piece.of(piece), how, told, run)
    painter = _loaded(how, told.painting)
    report = patiently(lambda: paint_piece(task, painter, on_event))
    if report is None:
        raise LivebrushError("stopped", code="stopped")
    return {"frames": len(report.pts)}


@lru_cache(maxsize=1)
def _loaded(how: Painting, painting: str) -> VideoPainter:
    if painting_of(how.styles, how.finish) != of_any_film(painting):
        raise LivebrushError(
            f"{how.style}: its file was changed while the film was painted",
            code="mismatch",
            remedy="as_begun",
        )
    return video_painter(how.styles, how.device, how.threads, how.finish)
