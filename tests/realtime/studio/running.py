"""A studio that runs as a program."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0


@contextmanager
def running(home: Path, *options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address and the program; it ends with the block, by Ctrl-C."""
    log = home / "studio.log"
    home.mkdir(parents=True, exist_ok=True)
    with log.open("w") as written:
        program = subprocess.Popen(
            [sys.executable, "-m", "livebrush", "studio", "--no-browser", "--port", "0", "--device", "cpu", *options],
            stderr=written, text=True, env={**os.environ, "LIVEBRUSH_HOME": str(home)},
        )  # fmt: skip
        try:
            yield _address(log, program), program
        finally:
            program.send_signal(signal.SIGINT)
            try:
                program.wait(60)
            except subprocess.TimeoutExpired:
                program.kill()
                raise


def _address(log: Path, program: "subprocess.Popen[str]") -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and program.poll() is None:
        if found := re.search(r"livebrush studio: (\S+)", log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the studio did not start: {log.read_text()}")
