"""Numbered pictures as the pictures of a clip."""

import itertools
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.letterbox import letterbox_rect
from livebrush.realtime.pictures.picture import Picture as Still
from livebrush.realtime.pictures.picture import read_picture
from livebrush.realtime.video.clip_range import ClipRange
from livebrush.realtime.video.facts import ClipFacts
from livebrush.realtime.video.numbered import NumberedPictures
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.sizes import reshaped, sized
from livebrush.realtime.video.stage_clock import StageClock

_SHOWN_GAPS = 4
_AT_ONCE = min(usable_cores(), 8)
"""pictures that are decoded: each is held in memory"""
_LOSSLESS = {".png", ".tif", ".tiff", ".bmp", ".ppm", ".pnm"}


class SequenceSource:
    """Reads numbered pictures in the order of their numbers, each as `read_picture` does.

    pictures: which; they begin with the lowest number that is there
    rate: pictures a second; a number that is missing takes its time, too
    start_s, duration_s, size, clock: see VideoSource
    raises: LivebrushError when there are none in the part, none can be read, or more numbers are missing than there

    Pictures of another size than the first are shown with borders. `notes`, `facts`, `damage`: see VideoSource.
    """

    def __init__(
        self,
        pictures: NumberedPictures,
        rate: Fraction,
        start_s: float | None = None,
        duration_s: float | None = None,
        size: tuple[int, int] | int | None = None,
        clock: StageClock | None = None,
    ) -> None:
        self.notes: list[Note] = []
        self._pictures, self._clock = pictures, clock or StageClock()
        self._remarks: Counter[str] = Counter()
        self._said: set[str] = set()
        self._unreadable: list[LivebrushError] = []
        there = _numbers(pictures)
        self._numbers = _part(pictures, there, rate, ClipRange(start_s, duration_s))
        self._note_gaps()
        first = self._first_readable()
        self._usual = own = first.pixels.shape[:2]
        height, width = sized(own, size)
        self.facts = ClipFacts(
            height, width, rate, 1 / rate,
            sample_aspect_ratio=reshaped(None, own, (height, width)),
            pixel_format=_stored_as(pictures, first),
            has_alpha=first.alpha is not None,
            inputs=[pictures.file(number) for number in there],
            numbers=self._numbers,
        )  # fmt: skip
        self._pool = ThreadPoolExecutor(_AT_ONCE, "livebrush-decode")

    @property
    def damage(self) -> str | None:
        """Which pictures could not be read, of those that have been tried; None: none of them."""
        if not self._unreadable:
            return None
        left_out = (
            f"{len(self._unreadable)} of the pictures left out" if len(self._unreadable) > 1 else "left out"
        )
        return f"{left_out}: {self._unreadable[0]}"

    @property
    def expected_frames(self) -> int:
        """How many pictures there are in the part."""
        return len(self._numbers)

    def read(self) -> Iterator[Picture]:
        """The pictures; the first is at 0."""
        base, zero = self.facts.time_base, self._numbers[0]
        after = [*self._numbers[1:], self._numbers[-1] + 1]
        for number, next_number, read in zip(self._numbers, after, self._read_ahead(), strict=True):
            try:
                still = read.result()
            except LivebrushError as error:
                self._unreadable.append(error)
                continue
            self._note_remarks(number, still)
            with self._clock.stage("convert"):
                pixels, alpha = self._fitted(number, still)
            yield Picture(pixels, alpha, number - zero, next_number - number, base, number)
        for text, times in self._remarks.items():
            if times > 1:
                self.notes.append(Note(f"{self._pictures.name}: {text} (of {times} pictures)"))

    def close(self) -> None:
        """Reading ends."""
        self._pool.shutdown(cancel_futures=True)

    def _read_ahead(self) -> Iterator["Future[Still]"]:
        """The pictures of all numbers, several at once."""
        begun: deque[Future[Still]] = deque()
        for number in self._numbers:
            begun.append(self._pool.submit(self._read_one, number))
            if len(begun) > _AT_ONCE:
                yield begun.popleft()
        yield from begun

    def _read_one(self, number: int) -> Still:
        with self._clock.stage("decode"):
            return read_picture(self._pictures.file(number))

    def _first_readable(self) -> Still:
        """The first picture that can be read; what comes before it is left out."""
        for place, number in enumerate(self._numbers):
            try:
                still = self._read_one(number)
            except LivebrushError as error:
                self._unreadable.append(error)
                continue
            self._numbers = self._numbers[place:]
            return still
        raise self._unreadable[0]

    def _note_gaps(self) -> None:
        gaps = [(a + 1, b - 1) for a, b in itertools.pairwise(self._numbers) if b > a + 1]
        if gaps:
            told = [str(a) if a == b else f"{a}-{b}" for a, b in gaps[:_SHOWN_GAPS]]
            more = f" and {len(gaps) - _SHOWN_GAPS} more gaps" if len(gaps) > _SHOWN_GAPS else ""
            self.notes.append(
                Note(f"missing: {', '.join(told)}{more}; the picture before a gap lasts until its end")
            )

    def _note_remarks(self, number: int, still: Still) -> None:
        """Each remark once, and at the end of how many pictures it holds."""
        for note in still.notes:
            if not self._remarks[note.text]:
                self.notes.append(note.of(self._pictures.file(number).name))
            self._remarks[note.text] += 1

    def _fitted(self, number: int, still: Still) -> tuple[np.ndarray, np.ndarray | None]:
        """Pixels and alpha at the size of the clip, with borders where their own shape is not the usual one."""
        size, own = (self.facts.height, self.facts.width), still.pixels.shape[:2]
        name = self._pictures.file(number).name
        if own != self._usual:
            self._note_once(f"{own[1]}x{own[0]}", f"{name} is {own[1]}x{own[0]}: shown with borders")
        if still.alpha is not None and not self.facts.has_alpha:
            self._note_once(
                "alpha", f"{name} has transparency, the first has none: a video is painted over black"
            )
        rect = (0, 0, *size) if own == self._usual else letterbox_rect(own[0], own[1], *size)
        alpha = None if still.alpha is None else _placed(still.alpha, rect, size, 255)
        return _placed(still.pixels, rect, size, 0), alpha

    def _note_once(self, what: str, text: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self.notes.append(Note(text))


def _numbers(pictures: NumberedPictures) -> list[int]:
    """raises: LivebrushError when there are none, or more are missing than there"""
    numbers = pictures.numbers()
    if not numbers:
        like = pictures.like()
        told = f"; there is {like}" if like else "; check the name"
        raise LivebrushError(f"{pictures}: no such pictures{told}", code="not_found")
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    if missing > len(numbers):
        raise LivebrushError(
            f"{pictures}: {len(numbers)} pictures between {numbers[0]} and {numbers[-1]}, more are missing than there; "
            "number them one by one",
            code="invalid",
        )
    return numbers


def _part(pictures: NumberedPictures, numbers: Sequence[int], rate: Fraction, part: ClipRange) -> list[int]:
    """The numbers whose times are in the part."""
    inside = [number for number in numbers if part.contains((number - numbers[0]) / rate)]
    if not inside:
        lasts_s = float((numbers[-1] - numbers[0] + 1) / rate)
        raise LivebrushError(
            f"{pictures}: no picture at or after {float(part.begin or 0):g} s, they last {lasts_s:.3f} s",
            code="invalid",
        )
    return inside


def _stored_as(pictures: NumberedPictures, first: Still) -> str | None:
    """FFmpeg's name of it where colour is stored at full resolution; JPEG and its like seldom do."""
    if Path(pictures.name).suffix.lower() not in _LOSSLESS:
        return None
    return "rgb24" if first.alpha is None else "rgba"


def _placed(
    plane: np.ndarray, rect: tuple[int, int, int, int], size: tuple[int, int], around: int
) -> np.ndarray:
    """(H, W[, C]) uint8 scaled into a (top, left, height, width) of a size, with a value around it."""
    top, left, height, width = rect
    if plane.shape[:2] != (height, width):
        smaller = height < plane.shape[0]
        plane = cv2.resize(
            plane, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        )
    if (height, width) == size:
        return plane
    framed = np.full((*size, *plane.shape[2:]), around, np.uint8)
    framed[top : top + height, left : left + width] = plane
    return framed
