"""Reads damaged inputs of one kind and tells of each: python -m tests.fuzz.worker KIND FIRST COUNT."""

import json
import sys
import tempfile
import traceback
from pathlib import Path

import psutil

from livebrush.models.errors import LivebrushError
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS

MOST_BYTES = 2 << 30


def main(kind: str, first: int, count: int) -> None:
    target, process = TARGETS[kind], psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        (seeds := Path(folder) / "seeds").mkdir()
        paths = target.seeds(seeds)
        for path in paths:
            target.read(path)  # sound, it is read
        for seed in range(first, first + count):
            source = paths[seed % len(paths)]
            path = Path(folder) / f"damaged{source.suffix}"
            path.write_bytes(mutated(source.read_bytes(), seed))
            say({"began": seed})
            problem = ""
            try:
                target.read(path)
            except LivebrushError as error:
                if "\n" in str(error):
                    problem = f"a message of several lines: {error}"
            except BaseException:
                problem = traceback.format_exc(limit=-4)
            if process.memory_info().rss > MOST_BYTES:
                problem = problem or f"{process.memory_info().rss >> 20} MB of memory"
            say({"ended": seed, "problem": problem})


def say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
