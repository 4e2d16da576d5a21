"""Hours of a live session in minutes: python -m tests.soak.live_soak

A looped clip plays camera, the styles that ship are switched every 50 frames, everything is recorded. Resident memory
after the warm-up must stay within 2%, and no thread may be left.
"""

import random
import statistics
import tempfile
import threading
import time
from pathlib import Path

import click
import pytest

from livebrush.realtime.live.deck import Deck, named_styles, other_styles
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sources.camera import CameraSource
from tests.realtime.live.fake_camera import CAMERA, FakeCamera

SWITCH_EVERY, COMMAND_EVERY, SAMPLE_EVERY = 50, 333, 500
WARM_UP_SHARE = 0.1
ALLOWED_GROWTH = 0.02


class Soak:
    """Counts frames, gives commands, and takes samples of the memory."""

    def __init__(self, frames: int) -> None:
        self.frames, self.shown = frames, 0
        self.samples: list[tuple[int, float]] = []
        self.threads: list[int] = []
        self._random = random.Random(0)

    def watch(self, session: LiveSession) -> None:
        session.watch(True)
        with session:
            while not session.wait(0):
                if painted := session.painted.take(0.01):
                    session.shown(painted)
                    self._saw_one(session)

    def _saw_one(self, session: LiveSession) -> None:
        self.shown += 1
        if self.shown % SWITCH_EVERY == 0:
            session.controls.do("next_style")
        if self.shown % COMMAND_EVERY == 0:
            command = self._random.choice(["blend", "keep_colours", "original", "net_smaller", "net_larger"])
            session.controls.do(command)
        if self.shown % SAMPLE_EVERY == 0:
            self.samples.append((self.shown, resident_mb()))
            self.threads.append(threading.active_count())
        if self.shown % (20 * SAMPLE_EVERY) == 0:
            click.echo(
                f"{self.shown} frames, {self.samples[-1][1]:.1f} MB, {self.threads[-1]} threads", err=True
            )
        if self.shown >= self.frames:
            session.controls.do("quit")


@click.command()
@click.option("--frames", default=100_000, show_default=True)
@click.option("--rate", default=200.0, show_default=True, help="Frames a second of the camera.")
def main(frames: int, rate: float) -> None:
    """Run a long session with a fake camera and judge its memory and threads."""
    before = set(threading.enumerate())
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        camera = FakeCamera(
            modes=[(90, 160, rate)], frame_s=1 / rate, failing={*range(5000, 5010), *range(20000, 20010)}
        ).install(monkeypatch)
        soak = Soak(frames)
        recording = Path(folder) / "soak.mkv"
        seconds = _run(soak, recording, rate)
        megabytes = recording.stat().st_size / 1e6
    left = set(threading.enumerate()) - before
    warm = [mb for shown, mb in soak.samples if shown > WARM_UP_SHARE * frames]
    first, last = (
        statistics.median(warm[: len(warm) // 10 or 1]),
        statistics.median(warm[-(len(warm) // 10 or 1) :]),
    )
    growth = last / first - 1
    click.echo(
        f"{soak.shown} frames in {seconds:.0f} s, {camera.reads} read from the camera, "
        f"which was opened {len(camera.opened)} times; recording {megabytes:.0f} MB\n"
        f"memory after warm-up: {first:.1f} MB, at the end {last:.1f} MB ({growth:+.2%}), "
        f"between {min(warm):.1f} and {max(warm):.1f}\n"
        f"threads while it played: {min(soak.threads)} to {max(soak.threads)}, left over: {len(left)}"
    )
    if abs(growth) > ALLOWED_GROWTH or left:
        raise click.ClickException("memory grew or threads were left")


def _run(soak: Soak, recording: Path, rate: float) -> float:
    named = named_styles(["starry_night"])
    deck = Deck([*named, *other_styles(named)[0]], "cpu")
    session = LiveSession(
        CameraSource(CAMERA, (90, 160), rate),
        deck,
        PaintSettings(deck.names[0], net_size="full"),
        sinks=[Recording(recording, rate)],
        options=LiveOptions(target_hz=rate),
    )
    started = time.monotonic()
    soak.watch(session)
    return time.monotonic() - started


def resident_mb() -> float:
    """Memory that the process really holds (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
