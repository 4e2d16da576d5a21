"""Small pictures of results, and of what they were painted from: python -m livebrush.realtime.studio.work.renditions

The process takes [{"result", "source", "kind"}, …] as a line of JSON on standard input, paths in its folder, and
prints a line of JSON for each picture that it has made. Like a command, it ends with the worker that started it.
"""

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livebrush.realtime.studio.work.command import run_below

if TYPE_CHECKING:
    import numpy as np

THUMBNAIL, ORIGINAL, POSTER = "thumbnail", "original", "poster"
NAMES = {THUMBNAIL: "thumbnail.webp", ORIGINAL: "original.jpg", POSTER: "poster.jpg"}
"""A thumbnail for lists; what the result was painted from; of a film, the painted frame that lies over its original"""
_LONG_SIDE = {
    THUMBNAIL: 480,
    ORIGINAL: 1280,
    POSTER: 1280,
}  # pixels: columns of 240 on screens of twice as many
_QUALITY = {THUMBNAIL: 78, ORIGINAL: 85, POSTER: 85}
_SHOWN_AT = 1 / 3
"""of a film's length: beginnings are black, ends are credits"""
_LONGEST_S, _LOOK_S = 120.0, 0.25
_FOLDER = "renditions"


@dataclass(frozen=True)
class Wanted:
    """result: a finished file; source: what it was painted from, "" for none; kind: "picture" or "video\""""

    result: str
    source: str
    kind: str


@dataclass(frozen=True)
class Rendition:
    """result: the path of what it shows; role: a key of NAMES; path: of the picture, of width x height pixels"""

    result: str
    role: str
    path: str
    width: int
    height: int


def make_renditions(folder: Path, wanted: Sequence[Wanted], goes_on: Callable[[], bool]) -> list[Rendition]:
    """The small pictures of a job's results: those that could be made in two minutes, and while it goes on.

    folder:  the job's, in which all paths are
    goes_on: asked four times a second
    """
    if not wanted:
        return []
    (folder / _FOLDER).mkdir(exist_ok=True)
    told = folder / _FOLDER / "made.jsonl"
    with told.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            cwd=folder, stdin=subprocess.PIPE, stdout=out, text=True, encoding="utf-8", start_new_session=True,
        )  # fmt: skip
        with process:
            assert process.stdin
            process.stdin.write(json.dumps([asdict(one) for one in wanted]) + "\n")
            process.stdin.flush()
            ends_s = time.monotonic() + _LONGEST_S
            while process.poll() is None and time.monotonic() < ends_s and goes_on():
                time.sleep(_LOOK_S)
            process.kill()
    lines = told.read_text("utf-8").split("\n")[
        :-1
    ]  # the last was being written when it was killed, or is empty
    return [Rendition(**json.loads(line)) for line in lines]


def main() -> None:
    wanted = [Wanted(**one) for one in json.loads(sys.stdin.readline())]

    run_below()
    for made in _made_of(wanted):
        sys.stdout.write(json.dumps(asdict(made)) + "\n")
        sys.stdout.flush()


def _made_of(wanted: Sequence[Wanted]) -> Iterator[Rendition]:
    """One after the other; what fails is left out, for a result is worth showing without."""
    originals: dict[tuple[str, float], tuple[str, int, int]] = {}
    for number, one in enumerate(wanted):
        try:
            yield from _renditions_of(one, number, originals)
        except Exception:  # decoders raise nearly anything on damaged bytes
            traceback.print_exc()


def _renditions_of(
    wanted: Wanted, number: int, originals: dict[tuple[str, float], tuple[str, int, int]]
) -> Iterator[Rendition]:
    at_s = _length_s(wanted.result) * _SHOWN_AT if wanted.kind == "video" else 0.0
    painted = _pixels(wanted.result, wanted.kind, at_s)
    yield Rendition(wanted.result, THUMBNAIL, *_written(painted, number, THUMBNAIL))
    if wanted.kind == "video":
        yield Rendition(wanted.result, POSTER, *_written(painted, number, POSTER))
    if wanted.source:
        of = wanted.source, at_s
        if of not in originals:  # one photo in many styles is read once
            originals[of] = _written(_pixels(wanted.source, wanted.kind, at_s), number, ORIGINAL)
        yield Rendition(wanted.result, ORIGINAL, *originals[of])


def _pixels(path: str, kind: str, at_s: float) -> "np.ndarray":
    """(H, W, 3) uint8, RGB, as it was painted: upright, in sRGB; of a video the frame that is shown then."""
    if kind == "video":
        return _frame(path, at_s)
    import numpy as np

    from livebrush.realtime.pictures.picture import read_picture

    picture = read_picture(path)
    if picture.alpha is None:
        return picture.pixels
    return np.round(picture.pixels * (picture.alpha[..., None] / 255)).astype(np.uint8)


def _frame(path: str, at_s: float) -> "np.ndarray":
    from contextlib import closing

    from livebrush.realtime.video.picture import Picture
    from livebrush.realtime.video.source import VideoSource

    with closing(VideoSource(path, start_s=at_s)) as source:
        picture = next(event for event in source.read() if isinstance(event, Picture))
        return picture.over_black()


def _length_s(path: str) -> float:
    from contextlib import closing

    from livebrush.realtime.video.source import VideoSource

    with closing(VideoSource(path)) as source:
        return float((source.expected_frames or 1) / source.facts.rate)


def _written(pixels: "np.ndarray", number: int, role: str) -> tuple[str, int, int]:
    """Its path, width and height."""
    from PIL import Image

    from livebrush.realtime.engine.finish import resized

    small = resized(pixels, min(1.0, _LONG_SIDE[role] / max(pixels.shape[:2])))
    path = f"{_FOLDER}/{number}_{NAMES[role]}"
    Image.fromarray(small).save(path, quality=_QUALITY[role])
    return path, small.shape[1], small.shape[0]


if __name__ == "__main__":
    main()
