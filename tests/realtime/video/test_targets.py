"""What can be written, and what is refused before anything is painted."""

import re
from fractions import Fraction

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Failed
from livebrush.realtime.commands.remedies import said
from livebrush.realtime.video.codecs import CODECS, CONTAINERS
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.stylize import paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, make_clip, times


def through(source, target, **options):
    """Source to target with a brush that paints nothing."""
    return paint_video(source, target, lambda pixels: pixels, VideoOptions(**options))


def test_avi_refuses_times_it_cannot_hold(tmp_path):
    steady = make_clip(tmp_path / "steady.mp4")
    through(steady, tmp_path / "steady.avi")
    assert times(tmp_path / "steady.avi") == times(steady)
    uneven = make_clip(
        tmp_path / "uneven.mp4", Clip(pts=[0, 1, 3600, 7201, 9000], time_base=Fraction(1, 90000))
    )
    with pytest.raises(LivebrushError, match=r"\.avi stores times in steps .* write \.mp4"):
        through(uneven, tmp_path / "uneven.avi")
    assert not list(tmp_path.glob("uneven*.avi"))


@pytest.mark.parametrize("codec", [name for name in CODECS if not name.startswith(("gif", "webp"))])
def test_every_codec_writes_its_frames(tmp_path, codec):
    source = make_clip(tmp_path / "in.mp4", Clip(height=96, width=128, pts=range(6)))
    target = tmp_path / ("out.mov" if codec in ("prores", "qtrle", "png") else "out.mkv")
    through(source, target, codec=codec, preset="ultrafast")
    assert len(times(target)) == 6


@pytest.mark.parametrize(
    "target, options, message",
    [
        ("out.xyz", {}, "no video format has the suffix '.xyz'"),
        ("out", {}, "no video format has the suffix ''"),
        ("out.mp4", {"codec": "divx"}, "codec 'divx' is not known; expected one of h264"),
        ("out.webm", {"codec": "h264"}, r"\.webm cannot hold h264: .* write \.mp4"),
        ("out.mp4", {"preset": "warp"}, "preset 'warp' is not known"),
        ("out.mp4", {"crf": 52}, r"0 \(best\) to 51 \(smallest\) for h264, got 52"),
        ("out.webm", {"crf": 64}, "to 63 .* for vp9, got 64"),
        ("out.mkv", {"crf": 10, "codec": "ffv1"}, "ffv1 has one quality only: leave --crf out"),
        ("nowhere/out.mp4", {}, "the folder .* does not exist"),
        ("in.mp4", {}, "is an input, which is never changed"),
        ("link.mp4", {"overwrite": True}, "is an input, which is never changed"),
        ("hard.mp4", {"overwrite": True}, "is an input, which is never changed"),
        ("old.mp4", {}, r"old\.mp4 exists: .* -y"),
        ("folder.mp4", {"overwrite": True}, "is a folder"),
    ],
)
def test_targets_that_are_refused(tmp_path, target, options, message):
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(2)))
    (tmp_path / "link.mp4").symlink_to(source)
    (tmp_path / "hard.mp4").hardlink_to(source)
    (tmp_path / "old.mp4").write_bytes(b"precious")
    (tmp_path / "folder.mp4").mkdir()
    names, content = sorted(tmp_path.iterdir()), source.read_bytes()
    with pytest.raises(LivebrushError) as caught:
        through(source, tmp_path / target, **options)
    assert re.search(message, said(caught.value))
    assert sorted(tmp_path.iterdir()) == names
    assert source.read_bytes() == content and (tmp_path / "old.mp4").read_bytes() == b"precious"


def test_an_encoder_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("livebrush.realtime.video.codecs._is_encoder", lambda name: name != "libx265")
    with pytest.raises(
        LivebrushError, match=r"codec 'hevc' needs the encoder libx265, .*; take one of h264, vp9"
    ):
        through(make_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", codec="hevc")


def test_every_container_can_hold_its_default_codec(tmp_path):
    source = make_clip(tmp_path / "in.mp4", Clip(height=96, width=128, pts=range(2)))
    for suffix in CONTAINERS:
        assert through(source, tmp_path / f"out{suffix}").frames == 2


def test_a_refusal_is_told_as_the_end_of_the_work(tmp_path):
    source, heard = make_clip(tmp_path / "in.mp4", Clip(pts=range(2))), Listener()
    with pytest.raises(LivebrushError):
        paint_video(source, source, lambda pixels: pixels, on_event=heard)
    (event,) = heard.events
    assert isinstance(event, Failed) and event.code == "conflict" and "never changed" in event.text
