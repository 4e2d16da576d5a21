"""The kinds of live sources: how each is written, recognised and made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livebrush.realtime.live.sources.source import LiveSource

CAMERA, SCREEN, TEST_PATTERN = "camera", "screen", "test-pattern"


@dataclass(frozen=True)
class SourceOptions:
    """What is asked of a source, as far as its kind takes it.

    size:    (height, width), or a height alone; None leaves it to the kind
    rate_hz: frames a second
    loop, start_s, sound: see VideoFileSource
    """

    size: tuple[int, int] | int | None = None
    rate_hz: float | None = None
    loop: bool = False
    start_s: float = 0.0
    sound: bool = True

    def whole_size(self, default: tuple[int, int]) -> tuple[int, int]:
        """(height, width): a height alone is taken for the height of a 16:9 picture."""
        if isinstance(self.size, int):
            return self.size, round(self.size * 16 / 9)
        return self.size or default


@dataclass(frozen=True)
class SourceKind:
    """One kind of source.

    written: how it is named, for people
    takes:   the options that mean something to it
    fits:    whether a text names one of this kind
    make:    the source that a text names, not opened yet; raises LivebrushError where there is none
    """

    name: str
    written: str
    takes: frozenset[str]
    fits: Callable[[str], bool]
    make: Callable[[str, SourceOptions], LiveSource]


def kind_of(text: str) -> SourceKind:
    """The kind of source that a text names: what is no address and none of the words is a file."""
    return next(kind for kind in SOURCE_KINDS if kind.fits(text))


def make_source(text: str, options: SourceOptions = SourceOptions()) -> LiveSource:
    """The source that a text names, not opened yet.

    text:   a file, an address, "camera", "camera:NAME", "screen", "screen:WxH+X+Y", "test-pattern"
    raises: LivebrushError where there is none
    """
    return kind_of(text).make(text, options)


def _camera(text: str, options: SourceOptions) -> LiveSource:
    from livebrush.realtime.live.sources.camera import CameraSource
    from livebrush.realtime.live.sources.camera_list import find_camera

    camera = find_camera(text.partition(":")[2] or None)
    return CameraSource(camera, options.whole_size((720, 1280)), options.rate_hz or 30.0)


def _screen(text: str, options: SourceOptions) -> LiveSource:
    from livebrush.realtime.live.sources.screen_grab import Area, ScreenSource

    area = text.partition(":")[2]
    return ScreenSource(Area.parsed(area) if area else None, options.rate_hz or 30.0)


def _test_pattern(_text: str, options: SourceOptions) -> LiveSource:
    from livebrush.realtime.live.sources.test_pattern import TestPattern

    return TestPattern(options.whole_size((480, 640)), options.rate_hz or 30.0)


def _stream(text: str, _options: SourceOptions) -> LiveSource:
    from livebrush.realtime.live.sources.stream import StreamSource

    return StreamSource(text)


def _video(text: str, options: SourceOptions) -> LiveSource:
    from livebrush.realtime.live.sources.video_file import VideoFileSource

    return VideoFileSource(Path(text), options.loop, options.start_s, options.size, sound=options.sound)


def _is_word(word: str) -> Callable[[str], bool]:
    """A file of that name is named ./camera."""
    return lambda text: text == word or text.startswith(f"{word}:")


# In the order in which they are asked
SOURCE_KINDS = (
    SourceKind("stream", "rtsp://, http://, udp://, …", frozenset(), lambda text: "://" in text, _stream),
    SourceKind("camera", "camera or camera:NAME", frozenset({"size"}), _is_word(CAMERA), _camera),
    SourceKind("screen", "screen or screen:WxH+X+Y", frozenset(), _is_word(SCREEN), _screen),
    SourceKind("test pattern", "test-pattern", frozenset({"size"}), _is_word(TEST_PATTERN), _test_pattern),
    SourceKind(
        "video", "a video file", frozenset({"size", "loop", "start_s", "sound"}), lambda text: True, _video
    ),
)
