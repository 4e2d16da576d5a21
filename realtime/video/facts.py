"""What a sink needs to know of a clip, wherever its pictures come from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream

from livebrush.realtime.orientation import Orientation
from livebrush.realtime.video.colour import PICTURE, Colour

if TYPE_CHECKING:
    from av.container.core import Chapter

_SAMPLED_PACKETS = 2000
"""among which the first of every track is looked for"""


@dataclass(frozen=True, slots=True)
class OtherTracks:
    """The tracks of a clip beside the one that is painted, to be copied.

    streams: as PyAV has them; their packets come between the pictures
    covers: the pictures of cover tracks as stored (JPEG, PNG), by track number
    has_chapters: whether the clip has some, wherever it is cut
    open_again: the same clip from its beginning, to look at what comes; None where it has none any more
    """

    streams: Sequence[Stream] = ()
    covers: Mapping[int, bytes] = field(default_factory=dict)
    has_chapters: bool = False
    open_again: Callable[[], InputContainer | None] = lambda: None

    def first_packets(self, tracks: set[int]) -> dict[int, bytes]:
        """The first packet of each of some tracks, by track number; none for one that does not come early."""
        found: dict[int, bytes] = {}
        container = self.open_again()
        if container is None:
            return found
        try:
            for number, packet in enumerate(container.demux()):
                if packet.size and packet.stream.index in tracks:
                    found.setdefault(packet.stream.index, bytes(packet))
                if number > _SAMPLED_PACKETS or len(found) == len(tracks):
                    break
        except (FFmpegError, OSError):
            pass  # damaged: what was found serves
        finally:
            container.close()
        return found


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What holds for all pictures of a clip; the first four are all that pictures from anywhere need.

    height, width: of the pictures as they are shown, px
    rate: frames a second, on average where they vary
    time_base: one tick of the pictures' times, s
    even_rate: for formats with one rate for the whole file; None: `rate`
    sample_aspect_ratio: the width of a shown pixel over its height; None: not told, square
    orientation: how shown pictures are turned when they are stored
    colour: tags of the pixels
    pixel_format: how the pictures were stored, by FFmpeg's name; None: nothing of that was lost
    has_alpha: whether pictures come with alpha
    metadata, track_metadata: tags of the clip and of its picture track
    disposition: what the picture track is for
    chapters: in the time of the pictures
    inputs: files that the pictures come from, which are never written over
    numbers: of the pictures, in order, where each has one of its own; None: they are counted from 1
    beside: tracks to copy
    """

    height: int
    width: int
    rate: Fraction
    time_base: Fraction
    even_rate: Fraction | None = None
    sample_aspect_ratio: Fraction | None = None
    orientation: Orientation = field(default_factory=Orientation)
    colour: Colour = PICTURE
    pixel_format: str | None = None
    has_alpha: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    track_metadata: Mapping[str, str] = field(default_factory=dict)
    disposition: Disposition = field(default_factory=lambda: Disposition(0))
    chapters: "Sequence[Chapter]" = ()
    inputs: Sequence[Path] = ()
    numbers: Sequence[int] | None = None
    beside: OtherTracks = field(default_factory=OtherTracks)
