"""Whether a run that is to go on is the one that was begun."""

import json
from collections.abc import Mapping
from typing import Any

Run = Mapping[str, Any]
"""what tells a run from another, by name: numbers, texts, lists of them, and parts such as a recipe, by name again"""


def differences(before: Run, now: Run, defaults: Run | None = None) -> list[str]:
    """The names of what is not as it was; of parts the names within.

    defaults: what counts where `before`, written by an earlier livebrush, lacks a name
    """
    found: list[str] = []
    for name, value in json.loads(json.dumps(now)).items():
        default = (defaults or {}).get(name)
        was = before.get(name, default)
        if isinstance(value, dict) and isinstance(was, dict):
            within = differences(was, value, default)
            found += [f"{name}'s {', '.join(within)}"] if within else []
        elif was != value:
            found.append(name)
    return found
