"""Pictures that a damaged video lacks are counted; videos of an uneven pace and sound that goes on raise no alarm."""

import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from livebrush.realtime.video.source import Picture, VideoSource
from livebrush.realtime.video.stream_copy import add_copy
from tests.realtime.video.clips import Clip, make_clip


def read(path: Path) -> tuple[int, str, list[str]]:
    """How many pictures there are, what is said to be damaged, and the notes."""
    source = VideoSource(path)
    count = sum(isinstance(event, Picture) for event in source.read())
    source.close()
    return count, source.damage or "", [note.text for note in source.notes]


def without(numbers: Sequence[int], count: int = 250) -> list[int]:
    return [n for n in range(count) if n not in numbers]


@pytest.mark.parametrize("seed", range(4))
def test_zeroed_places_of_a_matroska_file_are_counted(tmp_path: Path, seed: int) -> None:
    clip = Clip(pts=range(250), width=160, height=120, options={"g": "25", "bf": "0"})
    whole = make_clip(tmp_path / "in.mkv", clip).read_bytes()
    at = random.Random(seed).randrange(len(whole) // 8, len(whole) * 7 // 8)
    damaged = tmp_path / "damaged.mkv"
    damaged.write_bytes(whole[:at] + bytes(4096) + whole[at + 4096 :])
    count, damage, notes = read(damaged)
    missing = 250 - count
    assert missing > 2 and f"{missing} frames are missing " in damage and not notes


def test_a_whole_video_lacks_nothing(tmp_path: Path) -> None:
    assert read(make_clip(tmp_path / "in.mkv", Clip(pts=range(250)))) == (250, "", [])


@pytest.mark.parametrize(
    "pts, said",
    [
        (without(range(100, 120)), "20 frames are missing between 3.96 and 4.80 s"),
        (without([50, *range(100, 120), 200]), "22 frames are missing in 3 places, first between 1.96 and 2.04 s"),
        (without([60, 61]), ""),  # as recorders leave out
        ([n for n in range(250) if n % 10 or n % 3], ""),  # too often to be damage
        (list(range(0, 100)) + list(range(100, 200, 3)), ""),  # in the dark a phone takes fewer pictures
        (without(range(3, 8), 9), ""),  # too short to have a pace
    ],
)  # fmt: skip
def test_without_sound_the_pace_tells(tmp_path: Path, pts: list[int], said: str) -> None:
    count, damage, notes = read(make_clip(tmp_path / "in.mkv", Clip(pts=pts)))
    assert (count, damage, notes) == (len(pts), said, [])


def test_a_slide_show_has_pauses_and_no_damage(tmp_path: Path) -> None:
    pts = [0, 40, 120, 121, 240, 241, 242, 400, 520, 521, 522, 523, 700]
    _, damage, notes = read(make_clip(tmp_path / "in.mkv", Clip(pts=pts)))
    assert not damage and notes == ["there is no picture in 6 places, first between 0.00 and 1.60 s"]


def video_with_sound(folder: Path, lost: Sequence[int], silent: tuple[float, float] = (0, 0)) -> Path:
    """Of 80 pictures some are lost, and the sound between two times (s)."""
    clip = Clip(pts=without(lost, 80), audio_starts=(Fraction(0),), audio_blocks=150)
    source, target = make_clip(folder / "in.mkv", clip), folder / "out.mkv"
    with av.open(str(source)) as video, av.open(str(target), "w") as output:
        copies = [add_copy(output, stream) for stream in video.streams]
        for packet in video.demux():
            is_lost = packet.stream.type == "audio" and silent[0] <= float(packet.pts or 0) / 1000 < silent[1]
            if packet.size and not is_lost:
                packet.stream = copies[packet.stream.index]
                output.mux(packet)
    return target


def test_where_sound_goes_on_the_camera_left_the_pictures_out(tmp_path: Path) -> None:
    assert read(video_with_sound(tmp_path, range(40, 50))) == (70, "", [])


def test_where_sound_pauses_as_well_even_one_picture_is_missed(tmp_path: Path) -> None:
    found = read(video_with_sound(tmp_path, [20], silent=(0.77, 0.83)))
    assert found == (79, "1 frame is missing between 0.76 and 0.84 s", [])
