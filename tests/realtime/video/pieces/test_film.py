"""A film painted in pieces is the film painted as a whole."""

import os
import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.pieces.film import FilmInterrupted, left_in_pieces
from livebrush.realtime.video.pieces.join import JoinedClip
from livebrush.realtime.video.unfinished import Unfinished, check_joined
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip, packets, psnr, times
from tests.realtime.video.pieces.one_by_one import OneByOne, painted, painted_whole
from tests.realtime.video.test_deinterlace import interlaced
from tests.realtime.video.test_timeline import TS
from tests.tiny_models import write_stateful_model

SOUND = (Fraction(0),)
FILM = Clip(pts=range(100), audio_starts=SOUND, audio_blocks=190, options={"g": "20", "bf": "2"})
LOSSLESS = VideoOptions(codec="ffv1", preset="ultrafast")


def facts(path: Path) -> dict[str, object]:
    """All that a file tells beside pictures and packets."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return {
            "chapters": [(c["start"] * Fraction(c["time_base"] or 1), c["metadata"]) for c in container.chapters()],
            "tags": {k: v for k, v in container.metadata.items() if k != "encoder"},
            "duration": container.duration,
            "tracks": [(s.type, s.language, s.disposition) for s in container.streams],
            "size": (stream.width, stream.height), "rate": stream.average_rate, "frames": stream.frames,
            "shape": stream.sample_aspect_ratio, "rotation": frames(path)[0].rotation,
            "colour": (stream.codec_context.colorspace, stream.codec_context.color_range),
        }  # fmt: skip


def assert_same(one: Path, other: Path, exactly: bool = True) -> None:
    assert times(one) == times(other)
    assert facts(one) == facts(other)
    for kind in ("audio", "subtitle"):
        assert packets(one, kind) == packets(other, kind)
    for ours, theirs in zip(frames(one), frames(other), strict=True):
        a, b = ours.to_ndarray(format="rgb24"), theirs.to_ndarray(format="rgb24")
        assert (a == b).all() if exactly else psnr(a, b) > 25  # other key frames


FILMS: dict[str, tuple[str, Clip]] = {
    "B-frames, AAC before 0": ("in.mp4", FILM),
    "open GOP": ("in.mkv", Clip(pts=range(100), options={"g": "20", "bf": "2", "x264-params": "open-gop=1"})),
    "open GOP of MPEG-2": ("in.mpg", Clip(pts=range(100), codec="mpeg2video", options={"g": "15", "bf": "2"})),
    "a transport stream": ("in.ts", FILM),
    "uneven times": (
        "in.mp4",
        Clip(pts=[*range(0, 1200, 40), *range(1200, 9000, 130)], time_base=Fraction(1, 1000), options={"g": "15"}),
    ),
    "24000/1001 a second, which Matroska rounds": (
        "in.mp4", Clip(pts=range(0, 100_100, 1001), time_base=Fraction(1, 24000), options={"g": "15", "bf": "2"}),
    ),
    "pictures missing": ("in.mp4", Clip(pts=[*range(40), *range(55, 100)], audio_starts=SOUND, options={"g": "10"})),
    "begins before 0": ("in.mkv", Clip(pts=range(-7, 90), audio_starts=SOUND, options={"g": "20"})),
    "begins late": ("in.ts", Clip(pts=range(250, 350), audio_starts=(Fraction(10),), options={"g": "20"})),
    "everything else": (
        "in.mkv",
        Clip(
            pts=range(100), audio_starts=(Fraction(0), Fraction(1, 2)), subtitles="srt", chapters=True, rotation=90,
            subtitle_starts=(100, 1900, 2100), sample_aspect_ratio=Fraction(4, 3), colour=(1, 1, 1, 1),
            metadata={"title": "Film"}, options={"g": "20"},
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILMS)
def test_lossless_pieces_are_the_whole(tmp_path: Path, tiny_model: Path, name: str) -> None:
    file, clip = FILMS[name]
    source, workers = make_clip(tmp_path / file, clip), OneByOne()
    one, other = Listener(), Listener()
    painted_whole(source, tmp_path / "whole.mkv", tiny_model, LOSSLESS, on_event=one)
    report = painted(source, tmp_path / "out.mkv", tiny_model, workers, LOSSLESS, other)
    assert len(workers.painted) > 2 and report.frames == len(clip.pts)
    assert_same(tmp_path / "out.mkv", tmp_path / "whole.mkv")
    assert one.notes == other.notes
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == sorted(
        {file, "out.mkv", "whole.mkv", tiny_model.name}
    )
    assert not list(tmp_path.glob("*.pieces"))


@pytest.mark.parametrize(
    "suffix, codec", [(".mp4", None), (".mov", "prores"), (".mp4", "hevc"), (".webm", None), (".mp4", "av1")]
)
def test_every_encoder_joins(tmp_path: Path, tiny_model: Path, suffix: str, codec: str | None) -> None:
    source = make_clip(tmp_path / "in.mp4", FILM)
    options = VideoOptions(codec=codec, preset="ultrafast")
    painted_whole(source, tmp_path / f"whole{suffix}", tiny_model, options)
    painted(source, tmp_path / f"out{suffix}", tiny_model, OneByOne(), options)
    assert_same(tmp_path / f"out{suffix}", tmp_path / f"whole{suffix}", exactly=False)


@pytest.mark.parametrize("start_s, duration_s", [(0.83, None), (None, 2.5), (1.0, 2.13)])
def test_a_part_of_a_film(
    tmp_path: Path, tiny_model: Path, start_s: float | None, duration_s: float | None
) -> None:
    source = make_clip(tmp_path / "in.mp4", FILM)
    options = VideoOptions(codec="ffv1", start_s=start_s, duration_s=duration_s)
    painted_whole(source, tmp_path / "whole.mkv", tiny_model, options)
    painted(source, tmp_path / "out.mkv", tiny_model, OneByOne(), options)
    assert_same(tmp_path / "out.mkv", tmp_path / "whole.mkv")


def test_interlaced(tmp_path: Path, tiny_model: Path) -> None:
    """A piece needs the frame before it, to make whole pictures of fields."""
    source = interlaced(tmp_path / "in.mpg")
    workers = OneByOne()
    painted_whole(source, tmp_path / "whole.mkv", tiny_model, LOSSLESS)
    painted(source, tmp_path / "out.mkv", tiny_model, workers, LOSSLESS, shortest_s=0.3)
    assert len(workers.painted) == 2
    assert_same(tmp_path / "out.mkv", tmp_path / "whole.mkv")


def test_what_is_missing_and_where_there_is_no_picture_is_told_as_of_the_whole(
    tmp_path: Path, tiny_model: Path
) -> None:
    clip = Clip(pts=[*range(60), *range(80, 160)], options={"g": "10"})
    source, heard = make_clip(tmp_path / "in.mp4", clip), Listener()
    whole = painted_whole(source, tmp_path / "whole.mkv", tiny_model)
    pieces = painted(source, tmp_path / "out.mkv", tiny_model, OneByOne(), on_event=heard)
    assert whole.damage and pieces.damage == whole.damage
    assert heard.kinds == ["Started", "Progress", "Finished"] and heard.progress[-1][0] == 140


def test_a_film_that_cannot_be_cut_is_painted_as_a_whole(tmp_path: Path, tiny_model: Path) -> None:
    one = make_clip(tmp_path / "one.ts", TS).read_bytes()
    (tmp_path / "in.ts").write_bytes(one * 3)
    with pytest.raises(AssertionError, match="not cut"):
        painted(tmp_path / "in.ts", tmp_path / "out.mkv", tiny_model, OneByOne())
    source, heard = make_clip(tmp_path / "in.mp4", Clip(pts=range(100), options={"g": "100"})), Listener()
    with pytest.raises(AssertionError, match="not cut"):
        painted(source, tmp_path / "out.mkv", tiny_model, OneByOne(), on_event=heard)
    assert heard.notes == ["painted as a whole: it has no key frames 0.5 s or more apart to cut it at"]


def test_state_is_carried_over_the_joints(tmp_path: Path) -> None:
    """The style counts frames: a piece begins with those that were painted before it and dropped."""
    write_stateful_model(tmp_path / "count.onnx")
    clip = Clip(pts=range(1300), options={"g": "100", "preset": "ultrafast"})
    source, workers = make_clip(tmp_path / "in.mp4", clip), OneByOne()
    painted(source, tmp_path / "out.mkv", tmp_path / "count.onnx", workers, LOSSLESS)
    levels = [int(frame.to_ndarray(format="rgb24").max()) for frame in frames(tmp_path / "out.mkv")]
    first, second = (task.piece.frames for task in workers.painted)
    assert (first, second) in [(600, 700), (700, 600)] and workers.frames == 1300 + 75
    assert levels[:100] == [*range(100)] and levels[first : first + 100] == [*range(75, 175)]


def test_stopped_and_gone_on_with(tmp_path: Path, tiny_model: Path) -> None:
    source, target = make_clip(tmp_path / "in.mp4", FILM), tmp_path / "out.mkv"
    painted_whole(source, tmp_path / "whole.mkv", tiny_model, LOSSLESS)
    with pytest.raises(FilmInterrupted, match="in pieces in") as caught:
        painted(source, target, tiny_model, OneByOne(stop_at=50), LOSSLESS)
    assert caught.value.path and 40 <= caught.value.frames < 50
    assert sorted(p.name for p in tmp_path.glob("out*")) == [
        "out.mkv.partial.pieces", "out.mkv.partial.pieces.resume",
    ]  # fmt: skip
    workers, heard = OneByOne(count=7), Listener()
    painted(source, target, tiny_model, workers, VideoOptions(**{**vars(LOSSLESS), "resume": True}), heard)
    assert workers.frames <= 60 and "2 of 4 pieces taken over" in heard.notes[0]
    assert_same(target, tmp_path / "whole.mkv")
    assert [p.name for p in tmp_path.glob("out*")] == ["out.mkv"]


def test_pieces_of_another_run_are_not_joined(tmp_path: Path, tiny_model: Path) -> None:
    source, target = make_clip(tmp_path / "in.mp4", FILM), tmp_path / "out.mkv"
    with pytest.raises(FilmInterrupted):
        painted(source, target, tiny_model, OneByOne(stop_at=50), VideoOptions(painting="a"))
    with pytest.raises(LivebrushError, match="is of a run with another painting"):
        painted(source, target, tiny_model, OneByOne(), VideoOptions(painting="b", resume=True))
    assert list(target.with_name("out.mkv.partial.pieces").glob("*.mkv"))
    for painting in "ab":
        assert left_in_pieces(source, target, VideoOptions(painting=painting)) == (painting == "a")
    painted(source, target, tiny_model, OneByOne(), VideoOptions(painting="b"))
    assert target.exists() and target.with_name("out.mkv.partial.pieces").is_dir()


def test_a_damaged_piece_is_not_joined(tmp_path: Path, tiny_model: Path) -> None:
    source, target = make_clip(tmp_path / "in.mp4", FILM), tmp_path / "out.mkv"
    with pytest.raises(FilmInterrupted):
        painted(source, target, tiny_model, OneByOne(stop_at=70), LOSSLESS)
    piece = target.with_name("out.mkv.partial.pieces") / "0001.mkv"
    piece.write_bytes(piece.read_bytes()[:-20_000])
    again = VideoOptions(**{**vars(LOSSLESS), "resume": True})
    with pytest.raises(LivebrushError, match=r"0001\.mkv: has \d+ frames that can be read, expected 20"):
        painted(source, target, tiny_model, OneByOne(), again)
    assert not target.exists()
    piece.unlink()
    painted(source, target, tiny_model, OneByOne(), again)
    assert len(times(target)) == 100


def test_pieces_that_a_decoder_would_read_otherwise_are_not_joined(tmp_path: Path) -> None:
    one = make_clip(tmp_path / "one.mp4", Clip(options={"bf": "0"}))
    other = make_clip(tmp_path / "other.mp4", Clip(options={"bf": "2", "profile": "high", "refs": "4"}))
    check_joined(one, [Unfinished(one, 25)])
    with pytest.raises(LivebrushError, match=r"other\.mp4: was encoded with other settings"):
        check_joined(one, [Unfinished(one, 25), Unfinished(other, 25)])


@pytest.mark.parametrize("target", ["out.avi", "out.gif", "-", "%05d.png"])
def test_targets_that_cannot_be_joined(tmp_path: Path, tiny_model: Path, target: str) -> None:
    source = make_clip(tmp_path / "in.mp4", FILM)
    with pytest.raises(LivebrushError, match=r"several workers paint \.mp4, \.mov, \.mkv or \.webm"):
        painted(source, Path(target) if target == "-" else tmp_path / target, tiny_model, OneByOne())
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".onnx"] == ["in.mp4"]


def test_pieces_have_no_newest_frame(tmp_path: Path, tiny_model: Path) -> None:
    source = make_clip(tmp_path / "in.mp4", FILM)
    with pytest.raises(LivebrushError, match="no newest frame") as caught:
        painted(source, tmp_path / "out.mp4", tiny_model, OneByOne(), VideoOptions(preview="newest.jpg"))
    assert (caught.value.remedy, caught.value.values) == ("leave_out", {"field": "preview"})


def test_an_error_leaves_no_folder_without_pieces(tmp_path: Path, tiny_model: Path) -> None:
    class Failing(OneByOne):
        def paint(self, *_: object) -> bool:
            raise LivebrushError("the style was lost")

    source = make_clip(tmp_path / "in.mp4", FILM)
    with pytest.raises(LivebrushError, match="the style was lost"):
        painted(source, tmp_path / "out.mp4", tiny_model, Failing())
    assert not list(tmp_path.glob("out*"))


def test_ctrl_c_while_the_pieces_are_joined(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = make_clip(tmp_path / "in.mp4", FILM), tmp_path / "out.mkv"
    pictures = JoinedClip._pictures

    def stopping(clip: JoinedClip) -> Iterator[Picture]:
        for number, picture in enumerate(pictures(clip)):
            if number == 60:
                os.kill(os.getpid(), signal.SIGINT)
            yield picture

    with monkeypatch.context() as patched:
        patched.setattr(JoinedClip, "_pictures", stopping)
        with pytest.raises(FilmInterrupted, match="100 frames are painted, in pieces in"):
            painted(source, target, tiny_model, OneByOne(), LOSSLESS)
    assert not [path for path in tmp_path.glob("out*") if ".pieces" not in path.name]
    workers = OneByOne()
    painted(source, target, tiny_model, workers, VideoOptions(**{**vars(LOSSLESS), "resume": True}))
    assert workers.frames == 0 and len(times(target)) == 100


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix")
def test_no_room_for_the_joined_film(tmp_path: Path, tiny_model: Path) -> None:
    import resource

    source, target = make_clip(tmp_path / "in.mp4", FILM), tmp_path / "out.mkv"
    painted(source, target, tiny_model, OneByOne(), LOSSLESS)
    room = target.stat().st_size * 3 // 4
    target.unlink()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(
            LivebrushError, match=r"free some space.*what is painted is in .*\.pieces"
        ) as caught:
            painted(source, target, tiny_model, OneByOne(), LOSSLESS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.code == "disk_full" and caught.value.remedy == "go_on"
    assert not [path for path in tmp_path.glob("out*") if ".pieces" not in path.name]
    workers = OneByOne()
    painted(source, target, tiny_model, workers, VideoOptions(**{**vars(LOSSLESS), "resume": True}))
    assert workers.frames == 0 and len(times(target)) == 100


def test_killed_before_it_was_told_how_the_film_is_cut(tmp_path: Path, tiny_model: Path) -> None:
    source, target = make_clip(tmp_path / "in.mp4", FILM), tmp_path / "out.mkv"
    with pytest.raises(FilmInterrupted):
        painted(source, target, tiny_model, OneByOne(stop_at=50), LOSSLESS)
    (tmp_path / "out.mkv.partial.pieces" / "plan.json").write_text("[")
    again = VideoOptions(**{**vars(LOSSLESS), "resume": True})
    assert not left_in_pieces(source, target, again)
    workers = OneByOne(count=2)
    painted(source, target, tiny_model, workers, again)
    assert workers.frames == 100 and len(times(target)) == 100
    assert [p.name for p in tmp_path.glob("out*")] == ["out.mkv"]
