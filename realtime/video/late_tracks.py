"""Tracks that an MP4 or MOV file gets when all else is in it: those that pause for longer than a fragment.

FFmpeg writes an empty packet of subtitles into each fragment, which then has wrong times when its writer is killed,
and an empty subtitle of no length in the finished file. So subtitles, a few bytes a second, wait in memory.
"""

import io
import struct
from pathlib import Path
from typing import BinaryIO

import av
from av.container import OutputContainer

from livebrush.realtime.video.mp4_boxes import Box, boxes, children, content, packed, with_chunks_moved


class LateTracks:
    """Some tracks, written in memory until `add_to` puts them into a file.

    format: mp4 or mov

    `container` takes them, and their packets.
    """

    def __init__(self, format: str) -> None:
        self._written = io.BytesIO()
        self.container: OutputContainer = av.open(self._written, "w", format=format)

    def begin(self) -> None:
        """Call it when all tracks are there; raises FFmpegError when one does not fit."""
        if self.container.streams:
            self.container.start_encoding()

    def add_to(self, path: Path) -> None:
        """Completes the tracks and puts them into a complete file of the same format, behind its own tracks.

        The index as it was is given up when the new one is whole: the file plays at any moment.

        raises: OSError or FFmpegError when the disk is full; the file is as it was
        """
        if not self.container.streams:
            return
        self.container.close()
        late = list(boxes(self._written))
        data = next(box for box in late if box.kind == b"mdat")
        with path.open("r+b") as file:
            index = next(box for box in boxes(file) if box.kind == b"moov")
            end = file.seek(0, 2)
            shift = end + 8 - (data.start + data.header)
            moov = _with_tracks(content(file, index), self._index(late), shift)
            try:
                file.seek(end)
                file.write(packed(b"mdat", content(self._written, data)) + moov)
                file.flush()
            except OSError:
                file.truncate(end)
                raise
            _free(file, index)

    def _index(self, late: list[Box]) -> bytes:
        return content(self._written, next(box for box in late if box.kind == b"moov"))


def _free(file: BinaryIO, box: Box) -> None:
    """Takes a box out of use."""
    file.seek(box.start + 4)
    file.write(b"free")


def _with_tracks(held: bytes, late: bytes, shift: int) -> bytes:
    """A `moov` box with the tracks of another behind its own, whose chunks lie `shift` bytes further on."""
    own, others = children(held), children(late)
    header = bytearray(dict(own)[b"mvhd"])
    number = int.from_bytes(header[-4:])
    tracks = []
    for kind, track in others:
        if kind == b"trak":
            numbered = [(k, _numbered(c, number) if k == b"tkhd" else c) for k, c in children(track)]
            renewed = b"".join(packed(*child) for child in numbered)
            tracks.append(with_chunks_moved(b"trak", renewed, lambda place: place + shift))
            number += 1
    header[-4:] = struct.pack(">I", number)
    _last_at_least(header, dict(others)[b"mvhd"])
    last = max(place for place, (kind, _) in enumerate(own) if kind == b"trak")
    before = [packed(kind, bytes(header) if kind == b"mvhd" else c) for kind, c in own[: last + 1]]
    return packed(b"moov", b"".join([*before, *tracks, *(packed(*child) for child in own[last + 1 :])]))


def _numbered(tkhd: bytes, number: int) -> bytes:
    """A track's header with another number of the track: ISO/IEC 14496-12, section 8.3.2."""
    place = 20 if tkhd[0] else 12
    return tkhd[:place] + struct.pack(">I", number) + tkhd[place + 4 :]


def _last_at_least(mvhd: bytearray, other: bytes) -> None:
    """Makes a video at least as long as another, both in ticks of FFmpeg's millisecond: section 8.2.2."""
    length, others = (h[24:32] if h[0] else h[16:20] for h in (mvhd, other))
    longest = max(int.from_bytes(length), int.from_bytes(others))
    place = 24 if mvhd[0] else 16
    mvhd[place : place + len(length)] = longest.to_bytes(len(length))
