"""A stream sent on by a process of its own, for the protocols that only FFmpeg speaks: rtmp, rtsp, srt.

PyAV holds the interpreter while it connects and ends a stream, and waits without limit: that may stop this process,
never the program. Both ends are here; the process is this module, run as a program, and imports little.
"""

import faulthandler
import os
import subprocess
import sys
from contextlib import suppress

import av
from av.error import FFmpegError

_URL = (
    "LIVEBRUSH_STREAM_URL"  # in the environment: a stream key among the arguments would be seen by all users
)
_HUNG = "Timeout ("  # what faulthandler says first
_STARTUP_S = 2.0


class StreamRelay:
    """The end that the program writes to.

    url, format: where to, and FFmpeg's name for what travels there
    patience_s:  how long the receiver may take for a step, connecting included

    `write` and `finish` raise OSError; TimeoutError where the receiver takes nothing.
    """

    buffer_size = 32 * 1024

    def __init__(self, url: str, format: str, patience_s: float) -> None:
        self.closed, self._patience_s = False, patience_s
        self._process = subprocess.Popen(
            # -P: a module of this folder is not taken for one of Python's
            [sys.executable, "-P", __file__, format, str(patience_s)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, _URL: url},
            # Ctrl-C is for the program: the relay ends when its input does
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert self._process.stdin and self._process.stderr
        self._input, self._errors = self._process.stdin, self._process.stderr

    def write(self, data: bytes) -> int:
        """data: of an FLV stream"""
        try:
            self._input.write(data)
            self._input.flush()
        except OSError as error:
            raise self._failure() from error
        return len(data)

    def finish(self) -> None:
        """Waits until the receiver has everything."""
        with suppress(OSError):
            self._input.close()
        try:
            ended = self._process.wait(self._patience_s + _STARTUP_S)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error
        if ended:
            raise self._failure()

    def abort(self) -> None:
        """Ends the process at once; may be called twice."""
        self.closed = True
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._errors):
            with suppress(OSError):
                pipe.close()

    def _failure(self) -> OSError:
        """Why the process ended."""
        said = self._errors.read().decode(errors="replace").strip()
        if _HUNG in said:
            return TimeoutError()
        return OSError(said.splitlines()[-1] if said else "the connection was lost")


def relay(url: str, format: str, patience_s: float) -> None:
    """The process: sends an FLV stream from stdin on, unchanged.

    raises: FFmpegError. A step that takes longer than patience_s ends the process.
    """
    options = {"flush_packets": "1"} | ({"rtsp_transport": "tcp"} if format == "rtsp" else {})
    at_once = {"analyzeduration": "0", "probesize": "32"}
    with av.open("pipe:0", format="flv", options=at_once) as source:
        target = av.open(url, "w", format=format, container_options=options)
        streams = {stream: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            packet.stream = streams[packet.stream]
            # faulthandler waits in a thread that needs no interpreter
            faulthandler.dump_traceback_later(patience_s, exit=True)
            target.mux(packet)
            faulthandler.cancel_dump_traceback_later()
        faulthandler.dump_traceback_later(patience_s, exit=True)
        target.close()
        faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    try:
        relay(os.environ[_URL], sys.argv[1], float(sys.argv[2]))
    except FFmpegError as failure:
        sys.stderr.write(failure.strerror or str(failure))
        sys.stderr.flush()
        os._exit(1)  # at once: PyAV would try to end the stream properly, and wait for it
