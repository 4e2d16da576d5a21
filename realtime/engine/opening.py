"""Opens a model on the device that was asked for, or on the best one that works."""

from collections.abc import Mapping
from dataclasses import replace

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.provider import PRECISIONS, Opened, Provider
from livebrush.realtime.engine.providers import providers


def open_model(
    model: StyleModel,
    device: str,
    threads: int,
    precision: str = "auto",
    size: tuple[int, int] | None = None,
    among: Mapping[str, Provider] | None = None,
) -> tuple[Provider, Opened]:
    """See `Provider.open`.

    device:  the name of a device, or "auto"
    among:   the devices to choose from; None: all
    raises:  LivebrushError if the file cannot be run, or the named device does not work
    """
    among = providers() if among is None else among
    if device != "auto" and device not in among:
        raise LivebrushError(
            f"no device is called {device!r}: use {', '.join(('auto', *among))}", code="invalid"
        )
    if precision not in PRECISIONS:
        raise LivebrushError(
            f"no precision is called {precision!r}: use {', '.join(PRECISIONS)}", code="invalid"
        )
    if device != "auto":
        return among[device], among[device].open(model, threads, precision, size)
    failures: list[tuple[str, LivebrushError]] = []
    for name, provider in _in_order(among):
        if not provider.suits(model, precision):
            continue
        try:
            opened = provider.open(model, threads, precision, size)
        except LivebrushError as error:
            failures.append((name, error))
        else:
            notes = [f"without {other}: {error}" for other, error in failures]
            return provider, replace(opened, note="; ".join(filter(None, [*notes, opened.note])))
    if failures:
        raise failures[-1][1]
    raise LivebrushError(f"nothing here can run {model.path.name}", code="unavailable")


def _in_order(among: Mapping[str, Provider]) -> list[tuple[str, Provider]]:
    placed = [
        (provider.place, name, provider) for name, provider in among.items() if provider.place is not None
    ]
    return [(name, provider) for _, name, provider in sorted(placed, key=lambda entry: entry[0])]
