"""What must be true of an output after a batch, however often that was killed."""

from collections.abc import Mapping
from pathlib import Path

from tests.realtime.video.clips import frames


def faults(output: Path, expected: Mapping[str, int], temporary: Path | None = None) -> list[str]:
    """What is wrong: each painting must be there once, whole (decoded to its last frame), and nothing beside it.

    expected: name below the output -> how many frames; temporary: a folder that must be empty
    """
    hidden = {".livebrush/batch.sqlite", ".livebrush/batch.json"}
    there = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()}
    wrong = [f"{name} is missing" for name in sorted({*expected, *hidden} - there)]
    wrong += [f"{name} is left over" for name in sorted(there - expected.keys() - hidden)]
    wrong += [f"{path} is left over" for path in (temporary.iterdir() if temporary else ())]
    for name in sorted(there & expected.keys()):
        if (count := len(frames(output / name))) != expected[name]:
            wrong.append(f"{name} has {count} frames, expected {expected[name]}")
    return wrong
