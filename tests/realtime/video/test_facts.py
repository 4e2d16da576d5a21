"""ClipFacts: a sink for pictures that come from no video."""

from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.facts import ClipFacts, OtherTracks
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from tests.realtime.video.clips import Clip, frames, make_clip, packets, picture, times

FACTS = ClipFacts(48, 64, Fraction(24), Fraction(1, 24))


def drawn(index: int) -> Picture:
    return Picture(picture(index, 48, 64), None, index, 1, FACTS.time_base)


def test_a_program_writes_its_own_frames(tmp_path):
    sink = VideoSink(tmp_path / "out.mkv", FACTS, codec="ffv1")
    for index in range(10):
        sink.write(drawn(index))
    assert sink.finish() == tmp_path / "out.mkv" and sink.notes == []
    written = frames(tmp_path / "out.mkv")
    assert all(
        np.array_equal(frame.to_ndarray(format="rgb24"), picture(index, 48, 64))
        for index, frame in enumerate(written)
    )
    assert len(written) == 10
    for index, time in enumerate(times(tmp_path / "out.mkv")):
        assert abs(time - Fraction(index, 24)) <= Fraction(1, 1000)


def test_its_own_frames_get_the_sound_of_a_video(tmp_path):
    video = VideoSource(make_clip(tmp_path / "video.mp4", Clip(audio_starts=(Fraction(0),), cover=True)))
    facts = ClipFacts(48, 64, Fraction(24), Fraction(1, 24), beside=video.facts.beside)
    sink = VideoSink(tmp_path / "out.mp4", facts)
    for event in video.read():
        if not isinstance(event, Picture) and sink.copies(event):
            sink.copy(event)
    for index in range(24):
        sink.write(drawn(index))
    sink.finish()
    (before,), (after,) = (packets(tmp_path / name, "audio").values() for name in ("video.mp4", "out.mp4"))
    assert [data for _, data in before] == [data for _, data in after]
    assert list(VideoSource(tmp_path / "out.mp4").facts.beside.covers) != []


def test_what_pictures_come_from_is_never_written_over(tmp_path):
    (tmp_path / "in.mp4").write_bytes(b"video")
    facts = ClipFacts(48, 64, Fraction(24), Fraction(1, 24), inputs=[tmp_path / "in.mp4"])
    with pytest.raises(LivebrushError, match="is an input"):
        VideoSink(tmp_path / "in.mp4", facts, overwrite=True)
    assert (tmp_path / "in.mp4").read_bytes() == b"video"


def test_facts_of_a_video_are_a_value(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(rotation=90, chapters=True, metadata={"title": "A video"}))
    facts = VideoSource(path).facts
    assert (facts.height, facts.width, facts.rate) == (64, 48, 25) and facts.orientation.transpose
    assert facts.metadata["title"] == "A video" and len(facts.chapters) == 2 and facts.inputs == [path]
    with pytest.raises(FrozenInstanceError):
        facts.height = 1  # type: ignore[misc]


def test_nothing_beside_needs_no_video():
    assert OtherTracks().first_packets({1}) == {}
