"""Films that cannot be painted because of what they are called."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence

from livebrush.models.errors import LivebrushError
from livebrush.realtime.batch.footage import Film, target_name
from livebrush.realtime.batch.manifest import Manifest


def wrong_names(
    films: Sequence[Film], style_name: str, suffix: str, manifest: Manifest
) -> Mapping[str, LivebrushError]:
    """Source of a film -> why it cannot be painted.

    films: of all shards. Of those that would become one painting the one whose it is can be painted
    """
    wrong: dict[str, LivebrushError] = {}
    rivals = defaultdict(list)
    for film in films:
        if _is_text(film.name):
            # In small letters: some file systems ignore case
            rivals[target_name(film, style_name, suffix).casefold()].append(film)
        else:
            wrong[film.source] = LivebrushError("its name is not UTF-8; rename it", code="unsupported")
    for several in rivals.values():
        if len(several) == 1:
            continue
        target = target_name(several[0], style_name, suffix)
        told = f"{' and '.join(film.source for film in several)} would both become {target}"
        error = LivebrushError(f"{told}; rename one, or paint them into two folders", code="conflict")
        entry = manifest.get(target)
        wrong |= {film.source: error for film in several if not (entry and entry.source == film.source)}
    return wrong


def printable(name: str) -> str:
    """A name as the file system has it, which may be no text, as one."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
