"""How long the tracks of an MP4 file last: all of its pictures, whatever fragment they were written in."""

from pathlib import Path

import av
import pytest

import livebrush
from livebrush.realtime.video.mp4_durations import with_all_pictures
from tests.realtime.video.clips import Clip, make_clip


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("count", [25, 26, 27, 51])
def test_players_see_the_last_picture_of_a_film_without_sound(
    tmp_path: Path, tiny_model: Path, count: int, suffix: str
) -> None:
    """After 26 and 51 the encoder's order puts the last picture into the fragment before the last."""
    make_clip(tmp_path / "film.mp4", Clip(pts=range(count)))
    livebrush.stylize_video(tmp_path / "film.mp4", tmp_path / f"painted{suffix}", str(tiny_model))
    with av.open(tmp_path / f"painted{suffix}") as painted:
        (track,) = painted.streams.video
        assert track.duration is not None and track.time_base is not None
        assert track.duration * track.time_base * 25 == count
        assert sum(1 for _ in painted.decode(video=0)) == count


def test_a_damaged_index_is_told() -> None:
    assert with_all_pictures(b"") == b""
    for moov in (b"\0\0\0\x0cmvhd\0\0\0\0", b"\0\0\0\x09mvhd"):
        with pytest.raises(ValueError, match=r"damaged|header|bytes"):
            with_all_pictures(moov)
