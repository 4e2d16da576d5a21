"""Films that cannot be painted because of what they are called."""

import os
from collections import defaultdict
from collections.abc import Mapping

from livebrush.models.errors import LivebrushError
from livebrush.realtime.batch.manifest import Manifest


def wrong_names(targets: Mapping[str, str], manifest: Manifest) -> Mapping[str, LivebrushError]:
    """Source of a film -> why it cannot be painted. Of films that would become one painting the one whose it is can be.

    targets: source of a film -> the name of its painting, of all shards
    """
    wrong: dict[str, LivebrushError] = {}
    rivals = defaultdict(list)
    for source, target in targets.items():
        if _is_text(source):
            rivals[target.casefold()].append(source)  # some file systems ignore case
        else:
            wrong[source] = LivebrushError("its name is not UTF-8; rename it", code="unsupported")
    for several in rivals.values():
        if len(several) == 1:
            continue
        target = targets[several[0]]
        told = f"{' and '.join(several)} would both become {target}"
        error = LivebrushError(f"{told}; rename one, or paint them into two folders", code="conflict")
        entry = manifest.get(target)
        wrong |= {source: error for source in several if not (entry and entry.source == source)}
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
