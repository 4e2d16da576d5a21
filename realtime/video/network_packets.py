"""The packets of a video on the network: what ends there, what stalls."""

import errno
from collections.abc import Iterator
from pathlib import Path

import av
from av.error import ExitError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.clip_range import ClipRange
from livebrush.realtime.video.media_file import ADDRESS_SUFFIX, MORE_S, shown_name
from livebrush.realtime.video.packets import PacketReader
from livebrush.realtime.video.stage_clock import StageClock


def packet_reader(
    path: Path, start_s: float | None, duration_s: float | None, clock: StageClock, part: ClipRange | None = None
) -> PacketReader:  # fmt: skip
    """The reader for a file, or for the address that it holds."""
    kind = NetworkPacketReader if path.suffix == ADDRESS_SUFFIX else PacketReader
    return kind(path, start_s, duration_s, clock, part)


class NetworkPacketReader(PacketReader):
    """Reads what a server or a sender gives until it ends."""

    def _demux(self) -> Iterator[av.Packet]:
        began = False
        try:
            for packet in super()._demux():
                began = True
                yield packet
        except ExitError as error:
            raise TimeoutError(errno.ETIMEDOUT, f"nothing came for {MORE_S:g} s") from error
        except OSError as error:
            # FFmpeg takes the end of an answer whose length was not told for an error
            if error.errno == errno.EIO and self.container.size <= 0:
                return
            if not began and "mp4" in self.container.format.name:
                raise LivebrushError(
                    f"{shown_name(self.container)}: its index lies at its end, and the server lets nobody jump there; "
                    "download it, and paint the file",
                    code="unsupported",
                ) from error
            raise
