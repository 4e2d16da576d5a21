"""A style that is ready to paint video files, one after the other."""

import os
from dataclasses import replace
from typing import Any

from livebrush.models.assignment import Styles
from livebrush.models.events import OnEvent, tell
from livebrush.models.regions import ALL
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.made.asked import notes_on
from livebrush.realtime.made.kept import sha256_of
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.stylize import VideoReport, paint_video
from livebrush.realtime.video.video_painter import video_painter
from livebrush.realtime.video.video_path import VideoPath

_OF = " of "


def painting_of(styles: Styles, finish: Finish) -> str:
    """A text that differs between any two paintings of the same frames: by the files of styles, and by the finish.

    raises: OSError where a style's file cannot be read any more
    """
    told = []
    for region, choice in styles.parts:
        told += [] if region == ALL else [region]
        told += [sha256_of(choice.model.path), str(choice.style)]
    return f"{' '.join(told)} {finish}"


def of_film(painting: str, sha256: str) -> str:
    """The text where it is to differ between films as well."""
    return f"{painting}{_OF}{sha256}"


def of_any_film(painting: str) -> str:
    """What `of_film` was given, or the text itself."""
    return painting.split(_OF)[0]


def options_for(styles: Styles, finish: Finish, **options: Any) -> VideoOptions:
    """How videos are read and written in a style. options: fields of `VideoOptions`"""
    return VideoOptions(**options, painting=painting_of(styles, finish))


class VideoStyle:
    """A style, loaded: its nets stay on the device from one video to the next.

    styles, finish: what is painted; device, threads: see `Engine`
    on_event: told what there is to say of the styles and the device
    raises: LivebrushError when a file cannot be run, or the device that was named does not come up
    """

    def __init__(
        self,
        styles: Styles,
        finish: Finish,
        device: str,
        threads: int | None,
        on_event: OnEvent | None = None,
    ) -> None:
        self._painter = video_painter(styles, device, threads, finish)
        for note in notes_on(styles, self._painter.engines):
            tell(note, on_event)

    def paint(
        self,
        source: str | os.PathLike[str] | VideoPath,
        target: str | os.PathLike[str],
        options: VideoOptions,
        on_event: OnEvent | None = None,
    ) -> VideoReport:
        """Paint one video, as `paint_video` does, which says what is told and raised."""
        painter = self._painter
        painter.stream.reset()  # each video stands for itself
        report = paint_video(
            source, target, painter.paint, options, on_event, painter.painters, painter.warm_up
        )
        return replace(
            report, provider=", ".join(dict.fromkeys(engine.provider for engine in painter.engines))
        )
