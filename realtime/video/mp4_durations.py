"""How long the tracks of an MP4 or MOV file last: ISO/IEC 14496-12, sections 8.2.2, 8.3.2, 8.4.2, 8.6.1 and 8.6.6."""

import struct
from collections.abc import Callable, Mapping

import numpy as np

from livebrush.realtime.video.mp4_boxes import children, packed

_LONG_TIMES = 1
"""the version of a box whose times have 64 bits"""
_EMPTY = -1
"""the media time of an edit that shows nothing"""


def with_all_pictures(moov: bytes) -> bytes:
    """The content of a `moov` box, every track of pictures lasting until the last of them has been shown.

    FFmpeg ends a track that it wrote in fragments with the samples of the last fragment. Where pictures are stored in
    another order than they are shown, the last to be shown may be in the fragment before, and players leave it out.
    Sound may end before its last sample on purpose, and is left alone. So is a box that does not tell all of that.

    raises: ValueError where the box is damaged
    """
    try:
        scale = _scale(dict(children(moov))[b"mvhd"])
        lasting: list[int] = []

        def track(held: bytes) -> bytes:
            longer, ticks = _whole_track(held, scale)
            lasting.append(ticks)
            return longer

        moov = _changed(moov, {b"trak": track})
        return _changed(moov, {b"mvhd": lambda held: _lasting(held, max(lasting, default=0), 16, 24)})
    except KeyError:
        return moov
    except (struct.error, IndexError) as error:
        raise ValueError(f"an index of tracks is damaged ({error})") from error


def _whole_track(held: bytes, movie_scale: int) -> tuple[bytes, int]:
    """The content of a `trak` box, and how long it lasts in the movie's ticks; 0: left as it is."""
    parts = dict(children(held))
    media = dict(children(parts[b"mdia"]))
    edits = dict(children(parts.get(b"edts", b""))).get(b"elst")
    end = _end_of_samples(dict(children(dict(children(media[b"minf"]))[b"stbl"])))
    if edits is None or not end or media[b"hdlr"][8:12] != b"vide":
        return held, 0
    longer, ticks = _longer_edits(edits, end, movie_scale, _scale(media[b"mdhd"]))
    changes = {
        b"tkhd": lambda box: _lasting(box, ticks, 20, 28),
        b"edts": lambda box: _changed(box, {b"elst": lambda _: longer}),
        b"mdia": lambda box: _changed(box, {b"mdhd": lambda inner: _lasting(inner, end, 16, 24)}),
    }
    return _changed(held, changes), ticks


def _end_of_samples(table: Mapping[bytes, bytes]) -> int:
    """When the last sample has been shown, in ticks of the media; 0 without samples."""
    durations = _runs(table[b"stts"])
    if not len(durations):
        return 0
    shown = np.cumsum(durations) - durations
    if b"ctts" in table:
        later = _runs(table[b"ctts"])
        shown[: len(later)] += later[: len(shown)]
    return int((shown + durations).max())


def _runs(held: bytes) -> np.ndarray:
    """The values of a table of (how many samples, value), one for each sample: int64."""
    (count,) = struct.unpack_from(">I", held, 4)
    table = np.frombuffer(held, ">i4", 2 * count, 8).reshape(-1, 2).astype(np.int64)
    return np.repeat(table[:, 1], table[:, 0])


def _longer_edits(held: bytes, end: int, movie_scale: int, media_scale: int) -> tuple[bytes, int]:
    """An `elst` box's content whose last edit shows the media to its end, and how long all edits last."""
    form = ">QqI" if held[0] == _LONG_TIMES else ">IiI"
    edits = [list(edit) for edit in struct.iter_unpack(form, held[8:])]
    if edits and edits[-1][1] != _EMPTY:
        rest = end - edits[-1][1]
        edits[-1][0] = max(edits[-1][0], -(-rest * movie_scale // media_scale))
    return held[:8] + b"".join(struct.pack(form, *edit) for edit in edits), sum(edit[0] for edit in edits)


def _scale(held: bytes) -> int:
    """Ticks a second, of a `mvhd` or `mdhd` box."""
    return struct.unpack_from(">I", held, 20 if held[0] == _LONG_TIMES else 12)[0]


def _lasting(held: bytes, ticks: int, place: int, long_place: int) -> bytes:
    """A box's content with a duration of so many ticks at least. place, long_place: where it is, in either version"""
    place, form = (long_place, ">Q") if held[0] == _LONG_TIMES else (place, ">I")
    duration = max(ticks, struct.unpack_from(form, held, place)[0])
    return held[:place] + struct.pack(form, duration) + held[place + struct.calcsize(form) :]


def _changed(held: bytes, changes: Mapping[bytes, Callable[[bytes], bytes]]) -> bytes:
    """A box's content with some kinds of the boxes that it holds changed."""
    return b"".join(
        packed(kind, changes[kind](inner) if kind in changes else inner) for kind, inner in children(held)
    )
