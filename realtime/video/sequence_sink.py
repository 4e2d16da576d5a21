"""Painted pictures as numbered files, each of which appears when it is whole."""

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import IO

import av

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.models.writing import check_names, remove_leftovers, require_writable
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.pictures.formats import writable_format
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.facts import ClipFacts
from livebrush.realtime.video.frame_file import write_frame
from livebrush.realtime.video.media_file import is_cover
from livebrush.realtime.video.numbered import NumberedPictures
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.unfinished import compared, is_being_written, keep_record, lock, record_of

_WITHOUT_ALPHA = ("JPEG", "BMP")
_AT_ONCE = min(usable_cores(), 8)
"""pictures that are encoded: each is held in memory"""


class SequenceSink:
    """Writes every picture into a file of its own; the pictures of a sequence keep their numbers, others count from 1.

    pictures: their names; the folder is made where only its parent exists
    facts: of the clip that the pictures come from
    sound, subtitles: whether these were wanted, for a note: pictures hold none
    overwrite: replace pictures that exist
    clock: gets the CPU time of the stage 'encode'
    run: which run this is, kept beside the pictures until all are written, in a file that is as old as the run
    resume: leave pictures that exist as they are; with overwrite only those of the same run
    raises: LivebrushError, before anything is painted, when they cannot be written, exist, or are of another run

    `notes` says what could not be kept.
    """

    resumes = True

    def __init__(
        self,
        pictures: NumberedPictures,
        facts: ClipFacts,
        sound: str = "auto",
        subtitles: bool = True,
        overwrite: bool = False,
        clock: StageClock | None = None,
        run: Run | None = None,
        resume: bool = False,
    ) -> None:
        self.path = Path(str(pictures))
        self.notes: list[Note] = []
        self.frames_written = 0
        self._pictures, self._clock = pictures, clock or StageClock()
        self._format = writable_format(self.path)
        self.codec_name = self._format.lower()
        self.keeps_alpha = facts.has_alpha and self._format not in _WITHOUT_ALPHA
        self._note_losses(facts, sound, subtitles)
        self._steps = _Steps(facts.rate)
        self._clip = None if facts.numbers is None else frozenset(facts.numbers)
        self._others = set(pictures.numbers())
        self._goes_on = False
        self._whole = self._taken_over(run or {}, overwrite, resume)
        self._check_names(facts, overwrite or resume)
        self._taken, self._writing = 0, deque[Future[None]]()
        self._made_folder = False
        self._lock: IO[str] | None = None
        self._pool = ThreadPoolExecutor(_AT_ONCE, "livebrush-encode")
        try:
            self._begin(run)
        except BaseException:
            self._leave()
            raise

    def needs(self, nth: int, picture: Picture, ahead: int) -> bool:
        """Whether the nth picture, or one of so many numbers behind it, is not there."""
        first = nth if picture.number is None else picture.number
        return any(
            number not in self._whole and (self._clip is None or number in self._clip)
            for number in range(first, first + ahead + 1)
        )

    def write(self, picture: Picture) -> None:
        """Begins to write a picture that is not there. Raises LivebrushError where one before could not be written."""
        self._taken += 1
        number = self._taken if picture.number is None else picture.number
        if picture.number is None:
            self._steps.see(picture)
        self._others.discard(number)
        if number in self._whole:
            self.frames_written += 1
            return
        self._writing.append(self._pool.submit(self._write_one, number, picture))
        self._wait(_AT_ONCE)

    def copies(self, packet: av.Packet) -> bool:
        """Pictures have no other tracks."""
        return False

    def copy(self, packet: av.Packet) -> None:
        """Never asked for, see `copies`."""

    def finish(self) -> Path:
        """Waits until all are written, and returns their name."""
        self._wait(0)
        self._pool.shutdown()
        self._unlock()
        record_of(self.path).unlink(missing_ok=True)
        if self._steps.vary:
            self.notes.append(Note("the frames' times vary, which numbered pictures do not keep"))
        if self._others:
            told = f"{len(self._others)} with other numbers are there, from {min(self._others)} on"
            self.notes.append(Note(f"{self._pictures.name}: {told}: left as they are"))
        return self.path

    def finish_partial(self) -> Path | None:
        """Waits until what was taken is written; None when that is nothing."""
        self._wait(0)
        return self._leave()

    def give_up(self) -> Path | None:
        """After an error: the pictures that are there stay."""
        while self._writing:
            with suppress(LivebrushError):
                self._wait(0)
        return self._leave()

    def _leave(self) -> Path | None:
        """What a run that ends early leaves: its pictures, and which run it was."""
        self._pool.shutdown()
        self._unlock()
        if self.frames_written:
            return self.path
        with suppress(OSError):
            record_of(self.path).unlink(missing_ok=True)
            if self._made_folder:
                self._pictures.folder.rmdir()
        return None

    def _unlock(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def _taken_over(self, run: Run, overwrite: bool, resume: bool) -> set[int]:
        """The numbers whose pictures stay; raises LivebrushError where another run writes or began them."""
        differs = compared(self.path, run)[0]
        if differs is not None and is_being_written(self.path):
            raise LivebrushError(
                f"{self.path} is being painted by another run: wait for it, or stop it", code="in_use"
            )
        if not resume:
            return set()
        if differs:
            raise LivebrushError(
                f"{self.path} is of a run with another {', another '.join(differs)}",
                code="mismatch",
                remedy="as_begun",
            )
        self._goes_on = differs is not None
        whole = set() if overwrite and not self._goes_on else self._painted_since_begun()
        self.notes.append(Note(f"{len(whole)} pictures are painted already"))
        return whole

    def _painted_since_begun(self) -> set[int]:
        """The numbers of whole pictures, without those that an unfinished run was to replace."""
        begun_ns = record_of(self.path).stat().st_mtime_ns if self._goes_on else 0
        there = self._others if self._clip is None else self._others & self._clip
        found = {number: self._pictures.file(number).stat() for number in there}
        # A power cut may leave a file of nothing
        return {number for number, file in found.items() if file.st_size and file.st_mtime_ns >= begun_ns}

    def _check_names(self, facts: ClipFacts, may_exist: bool) -> None:
        numbers = self._others if facts.numbers is None else facts.numbers
        outputs = [self._pictures.file(number) for number in numbers]
        check_names(outputs, facts.inputs, overwrite=may_exist, remedy="resume_or_anew")

    def _begin(self, run: Run | None) -> None:
        """The folder, and in it which run this is."""
        folder = self._pictures.folder
        require_writable(folder if folder.exists() else folder.parent)
        if not folder.exists():
            folder.mkdir()
            self._made_folder = True
        if run and not self._goes_on:
            keep_record(self.path, run)
            if self._whole:  # of before this record: they count as well
                os.utime(record_of(self.path), (0, 0))
        if run:
            self._lock = lock(self.path)
        if self._goes_on:
            remove_leftovers(folder)

    def _wait(self, most: int) -> None:
        """Until so many pictures at most are being written."""
        while len(self._writing) > most:
            self._writing.popleft().result()
            self.frames_written += 1

    def _write_one(self, number: int, picture: Picture) -> None:
        alpha = picture.alpha if self._format not in _WITHOUT_ALPHA else None
        with self._clock.stage("encode"):
            write_frame(self._pictures.file(number), picture.pixels, alpha)

    def _note_losses(self, facts: ClipFacts, sound: str, subtitles: bool) -> None:
        if facts.has_alpha and not self.keeps_alpha:
            self.notes.append(Note(f"{self._format} holds no alpha: painted over black"))
        wanted = {"audio": sound != "none", "subtitle": subtitles}
        kinds = [s.type for s in facts.beside.streams if not is_cover(s) and wanted.get(s.type)]
        if kinds:
            self.notes.append(Note(f"numbered pictures hold only pictures: {', '.join(kinds)} left out"))
        ratio = facts.sample_aspect_ratio or Fraction(1)
        if ratio != 1:
            self.notes.append(Note(f"pixels of {ratio.numerator}:{ratio.denominator} will show square"))


class _Steps:
    """Whether pictures follow one another at one pace, as far as a format's own ticks let them."""

    def __init__(self, rate: Fraction) -> None:
        self._tolerance = 1 / (4 * rate)
        self._last: Fraction | None = None
        self._shortest: Fraction | None = None
        self._longest = Fraction(0)

    @property
    def vary(self) -> bool:
        return self._shortest is not None and self._longest - self._shortest > self._tolerance

    def see(self, picture: Picture) -> None:
        time = picture.pts * picture.time_base
        if self._last is not None:
            step = time - self._last
            self._shortest = step if self._shortest is None else min(step, self._shortest)
            self._longest = max(step, self._longest)
        self._last = time
