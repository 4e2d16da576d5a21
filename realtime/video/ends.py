"""What stands at the two ends of a painting of a video: where its pictures come from, and where they go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import av

from livebrush.models.events import Note
from livebrush.realtime.video.facts import ClipFacts
from livebrush.realtime.video.picture import Picture


class ClipSource(Protocol):
    """Pictures in the order in which they are shown.

    facts: what holds for all of them
    notes: remarks, taken out by who tells them
    """

    facts: ClipFacts
    notes: list[Note]

    @property
    def damage(self) -> str | None:
        """What was wrong with what has been read so far, or None."""
        ...

    @property
    def expected_frames(self) -> int | None:
        """How many pictures to expect; None when that is not known."""
        ...

    def read(self) -> Iterator[Picture | av.Packet]:
        """Pictures, and between them the packets of `facts.beside`."""
        ...

    def close(self) -> None:
        """Reading ends."""


class ClipSink(Protocol):
    """Takes the pictures of a clip, in order, from one thread.

    path: what is written
    codec_name: how pictures are encoded
    notes: what could not be kept, taken out by who tells it
    frames_written: how many pictures there are, with those that an earlier run has painted
    """

    path: Path
    codec_name: str
    notes: list[Note]
    frames_written: int

    @property
    def keeps_alpha(self) -> bool:
        """Whether pictures keep theirs; else they are painted over black."""
        ...

    @property
    def resumes(self) -> bool:
        """Whether another run can go on from what this one leaves."""
        ...

    def needs(self, nth: int, picture: Picture, ahead: int) -> bool:
        """Whether the picture, or one of so many behind it, is to be painted: an earlier run may have it.

        nth: of the pictures, from 1
        """
        ...

    def write(self, picture: Picture) -> None:
        """Takes one picture. Raises LivebrushError when it cannot be written."""

    def copies(self, packet: av.Packet) -> bool:
        """Whether a packet's track is copied."""
        ...

    def copy(self, packet: av.Packet) -> None:
        """Takes a packet of a copied track."""

    def finish(self) -> Path:
        """Completes what is written and returns its name."""
        ...

    def finish_partial(self) -> Path | None:
        """Completes what was written so far; None when that is nothing."""
        ...

    def give_up(self) -> Path | None:
        """After an error: what of the painting stays, or None."""
        ...
