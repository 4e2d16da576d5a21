"""Runs of the command line that are stopped at random moments."""

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")
PATIENCE_S = 600
"""on a busy machine what a stop completes takes its time; what hangs, hangs for longer"""
_BEGUN = "the command has begun"
_CODE = f"""if True:
    import sys
    from livebrush.realtime.cli import run
    print({_BEGUN!r}, file=sys.stderr, flush=True)
    sys.exit(run(sys.argv[1:]))
"""
_STOPPED = (130, -signal.SIGTERM, -signal.SIGINT)
"""the signals by themselves, before Python listens to them"""


@dataclass
class Outcome:
    """What came of stopping.

    counts: stops by signal, runs that came to their end, and signals that came while Python itself started
    faults: what should not have been, one line each
    """

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def stops(self) -> int:
        return sum(self.counts[name] for name in SIGNALS)


def run_to_end(arguments: Sequence[str | Path]) -> int:
    """returns: 0; raises: AssertionError when it fails"""
    command = [sys.executable, "-c", _CODE, *map(str, arguments)]
    done = subprocess.run(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.returncode


def stop_at_random(
    arguments: Sequence[str | Path], within_s: float, moments: random.Random, outcome: Outcome
) -> tuple[int, str | None]:
    """Begins a run, stops it unless it was quicker, and keeps in the outcome what was wrong about its end.

    returns: exit code, and the signal's name, None where none was sent
    """
    name = None
    with TemporaryFile("w+") as said:
        command = [sys.executable, "-c", _CODE, *map(str, arguments)]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        try:
            run.wait(moments.uniform(0.02, 1.2) * within_s)
        except subprocess.TimeoutExpired:
            name = moments.choice(SIGNALS)
            run.send_signal(getattr(signal, name))
        try:
            code = run.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            run.kill()
            code = run.wait()
            outcome.faults.append(f"hung after {name}")
        said.seek(0)
        told = said.read()
    if name and _BEGUN not in told:
        outcome.counts["too early"] += 1
        return code, name
    after = f" after {name}" if name else ""
    expected = {None: (0,), "SIGKILL": (0, -signal.SIGKILL)}.get(name, (0, *_STOPPED))
    if code not in expected:
        outcome.faults.append(f"exit code {code}{after}: {told[-300:]}")
    elif "Traceback" in told and code in (0, 130):
        outcome.faults.append(f"a traceback{after}: {told[-300:]}")
    outcome.counts["finished" if code == 0 else name or "failed"] += 1
    return code, name
