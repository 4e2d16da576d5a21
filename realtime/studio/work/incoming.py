"""The files of a request on their way to the disk, piece by piece, never one of them in memory."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from livebrush.realtime.studio.work.names import shown_name
from livebrush.realtime.studio.work.owners import new_id
from livebrush.realtime.studio.work.refused import Refused
from livebrush.realtime.studio.work.settings import MEGABYTE, Limits

_DRAINED_BYTES = 1000 * MEGABYTE
"""at most of a body that is refused"""


@dataclass
class Arrived:
    """A file under a name of ours.

    name: as its sender calls it, fit to be shown; never a path
    """

    path: Path
    name: str
    bytes: int = 0


@dataclass
class Incoming:
    """The files of one multipart/form-data body.

    raises: Refused from `write` and `end`, when the body is none, or beyond the limits
    """

    folder: Path
    boundary: bytes
    limits: Limits
    files: list[Arrived] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._file: BinaryIO | None = None
        self._header, self._value, self._headers = b"", b"", {}
        self._ended = False
        self._parser = MultipartParser(
            self.boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._take_header,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._take_data,
                "on_part_end": self._close,
                "on_end": self._note_end,
            },
        )

    def write(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise Refused(400, "The upload is not in the form multipart/form-data.") from error

    def end(self) -> None:
        if not self._ended:
            raise Refused(400, "The upload was cut short: send it again.")
        if not self.files:
            raise Refused(400, "The upload holds no file.")

    def discard(self) -> None:
        """Removes what is still there; what was taken has gone elsewhere."""
        self._close()
        for file in self.files:
            file.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._headers = {}

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"filename")
        if name is None:
            return  # a field of the form, and no file
        if len(self.files) == self.limits.files:
            raise Refused(413, f"More than {self.limits.files} files at once: send fewer.")
        arrived = Arrived(self.folder / new_id(), shown_name(name.decode("utf-8", "replace")))
        self.files.append(arrived)
        self._file = arrived.path.open("wb")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            return
        arrived = self.files[-1]
        arrived.bytes += end - start
        if arrived.bytes > self.limits.file_bytes:
            raise too_large(arrived.name, self.limits)
        self._file.write(memoryview(data)[start:end])

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _note_end(self) -> None:
        self._ended = True


def too_large(what: str, limits: Limits) -> Refused:
    return Refused(413, f"{what} is larger than the {limits.file_bytes / MEGABYTE:g} MB that are taken.")


def boundary_of(content_type: str | None) -> bytes:
    """raises: Refused where the body is something else"""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Refused(415, "Files are uploaded as multipart/form-data.")
    return options[b"boundary"]


async def receive(body: AsyncIterator[bytes], incoming: Incoming, told_bytes: int | None) -> None:
    """Writes the body's files.

    told_bytes: as the request announces itself
    raises: Refused; `incoming.discard` and `drain` are for the caller
    """
    limits = incoming.limits
    if told_bytes and told_bytes > limits.file_bytes * limits.files + MEGABYTE:
        raise too_large("The upload", limits)
    async for data in body:
        await run_in_threadpool(incoming.write, data)
    incoming.end()


async def drain(body: AsyncIterator[bytes]) -> None:
    """Reads what is left of a body that is refused, or the browser tells of a broken connection, and not why."""
    read = 0
    with suppress(ClientDisconnect):
        async for data in body:
            read += len(data)
            if read > _DRAINED_BYTES:
                return
