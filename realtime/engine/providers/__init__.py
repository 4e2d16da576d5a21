"""The devices, a file each: whoever adds a file with a class `Device(Provider)` adds a device of its name."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livebrush.realtime.engine.provider import Provider

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
DEVICES = ("auto", *NAMES)
"""what a user may name"""


@functools.cache
def providers() -> "Mapping[str, Provider]":
    """Every device by name; what it needs is imported when it is opened."""
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in NAMES}
    return MappingProxyType({name: module.Device() for name, module in modules.items()})
