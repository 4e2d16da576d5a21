"""A command of livebrush that ends when the worker that started it ends, however that ends: no two paint one job.

python -m livebrush.realtime.studio.work.command image photo.jpg …, with a pipe from the worker as standard input.
"""

import os
import sys
import threading

from livebrush.realtime.cli import run

_NICE = 10


def main() -> None:
    run_below()
    sys.exit(run(sys.argv[1:]))


def run_below() -> None:
    """From here on this process ends with the worker, and lets the server and live painting go first."""
    threading.Thread(target=_end_with_worker, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)


def _end_with_worker() -> None:
    """The worker writes nothing; its end closes the pipe."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
