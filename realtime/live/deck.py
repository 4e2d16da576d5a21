"""The styles under one's fingers: all loaded and warm, so that switching costs nothing."""

import copy
import itertools
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from livebrush.models.assignment import Assignment, Styles
from livebrush.models.catalogue import Choice, catalogue
from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.engine import Engine, Engines
from livebrush.realtime.engine.layers import Layer, layer_of, layers_of
from livebrush.realtime.live.mixer import Mixer
from livebrush.realtime.live.settings import Shares
from livebrush.realtime.made.asked import find_styles, made, notes_on_pictures

_BLENDS_OF_A_BRANCH = 4  # there may be many branches, and each blend is a net


class Deck:
    """Loaded styles by name, in order; names and layers may be asked for from any thread.

    choices: the styles, some of them of regions, in the order of the keys 1 to 9
    device, threads: see Engine
    notes:   what there is to say of the device, and which styles were left out because they cannot be run
    coming:  how many more are being loaded
    raises:  LivebrushError when the first style cannot be loaded
    """

    def __init__(self, choices: Iterable[Styles], device: str = "auto", threads: int | None = None) -> None:
        self._device, self._threads = device, threads
        self._lock = threading.Lock()
        self._size: tuple[int, int] | None = None
        self._layers: dict[str, tuple[Layer, ...]] = {}
        self._styles: dict[str, Styles] = {}
        self.notes: list[str] = []
        self.coming = 0
        self._engines = Engines(device, threads)
        self._mixer = Mixer(self._ready_layer)
        for styles in choices:
            try:
                self.join(styles)
            except LivebrushError as error:
                if not self._layers:
                    raise
                self._say(f"{styles.name} is left out: {error}")
        if not self._layers:
            raise LivebrushError("there is no style to paint with", code="not_found", remedy="give_style")

    def join(self, styles: Styles) -> None:
        """Load a style, ready for frames of the deck's size once that is known, and put it at the end.

        raises: LivebrushError when it cannot be made, loaded or run; the deck is as it was, then
        """
        styles = made(styles) if isinstance(styles, Choice) else styles
        layers = layers_of(styles, self._engines.of)
        if self._size:
            for engine in {layer.engine for layer in layers}:
                engine.warm_up(*self._size, in_time=True)
        with self._lock:
            if styles.name in self._layers:  # a file of that name came meanwhile
                return
            self._layers[styles.name], self._styles[styles.name] = layers, styles
        for note in (*notes_on_pictures(styles), *(layer.engine.note for layer in layers)):
            self._say(str(note))

    def branch(self) -> "Deck":
        """A deck for one viewer: it begins with these styles, as they are loaded; what is renewed in it is its own."""
        branch = copy.copy(self)
        branch._lock, branch.notes = threading.Lock(), []
        branch._layers, branch._styles = {}, {}
        branch._engines = Engines(self._device, self._threads)
        branch._mixer = Mixer(branch._ready_layer, most=_BLENDS_OF_A_BRANCH)
        branch.take_in(self)
        return branch

    def take_in(self, other: "Deck") -> bool:
        """Add the styles of another deck that have come to it, as they are loaded; whether there were any."""
        with other._lock:
            layers, styles = dict(other._layers), dict(other._styles)
        with self._lock:
            fresh = {name: layers[name] for name in layers if name not in self._layers}
            self._layers |= fresh
            self._styles |= {name: styles[name] for name in fresh}
            for layer in itertools.chain.from_iterable(fresh.values()):
                self._engines.put(layer.engine)
        return bool(fresh)

    @property
    def names(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._layers)

    def layers(self, name: str) -> tuple[Layer, ...]:
        """A style, or those of regions, for `Stream.paint`; styles of one file share an engine.

        raises: KeyError for an unknown name
        """
        with self._lock:
            return self._layers[name]

    def mixed(self, shares: Shares) -> tuple[Layer, ...]:
        """Styles mixed: as one net where they can be and as soon as it is made, else the two with the largest shares.

        raises: KeyError for an unknown name
        """
        with self._lock:
            styles = [self._styles[name] for name, _ in shares]
        parts = [
            (style, share)
            for style, (_, share) in zip(styles, shares, strict=True)
            if isinstance(style, Choice)
        ]
        all_are_one = len(parts) == len(shares)  # none of regions
        if (
            not all_are_one or len({choice.model.path for choice, _ in parts}) > 1
        ):  # one file's net mixes its own
            if all_are_one and (layer := self._mixer.layer(parts)):
                return (layer,)
            shares = tuple(
                sorted(shares, key=lambda part: -part[1])[:2]
            )  # nets that take no more time than two
        total = sum(share for _, share in shares)
        return tuple(
            replace(layer, share=share / total)
            for name, share in shares
            if share
            for layer in self.layers(name)
        )

    def _ready_layer(self, model: StyleModel) -> Layer:
        return layer_of(Choice(model), self._ready_engine(model))

    def _ready_engine(self, model: StyleModel) -> Engine:
        """Warm for frames of the deck's size, once that is known."""
        engine = Engine(model, self._device, self._threads)
        if self._size:
            engine.warm_up(*self._size, in_time=True)
        return engine

    def neighbour(self, name: str, step: int) -> str:
        """The style so many places further; after the last comes the first."""
        names = self.names
        return names[(names.index(name) + step) % len(names)]

    def warm_up(self, height: int, width: int) -> None:
        """Make every style ready for frames of a size; those that cannot paint it leave the deck, with a note.

        raises: LivebrushError when no style can
        """
        self._size = height, width
        for name in self.names:
            try:
                for engine in {layer.engine for layer in self.layers(name)}:
                    engine.warm_up(height, width, in_time=True)
            except LivebrushError as error:
                if len(self.names) == 1:
                    raise
                self._say(f"{name} is left out: {error}")
                with self._lock:
                    del self._layers[name]

    def get_ready_for_persons(self) -> None:
        """Load what finds persons in a frame, where it is not loaded yet.

        raises: LivebrushError when the net for that is missing or damaged
        """
        for name in self.names:
            for layer in self.layers(name):
                layer.engine.person_finder()  # one for each device that runs styles

    def picture_of(self, name: str) -> Path:
        """The picture that a style was made of.

        raises: KeyError for an unknown name, LivebrushError for a style of no picture, or of several
        """
        with self._lock:
            styles = self._styles[name]
        if not isinstance(styles, Choice) or styles.made_of is None:
            raise LivebrushError(
                f"{name} is no picture: pictures are learnt, those named as a style or put into the folder of your own "
                "styles",
                code="unsupported",
            )
        return styles.made_of

    @property
    def pictures(self) -> tuple[Path, ...]:
        """Those that styles were made of."""
        with self._lock:
            styles = list(self._styles.values())
        return tuple(one.made_of for one in styles if isinstance(one, Choice) and one.made_of)

    def renew(self, model: StyleModel, made_of: Path | None = None) -> list[str]:
        """Put a new or changed file's styles into the deck, ready to paint; returns their names.

        made_of: the picture that the model was made to paint after
        raises:  LivebrushError when it cannot be loaded or run; the deck is as it was, then
        """
        engine = self._ready_engine(model)
        with self._lock:
            self._engines.put(engine)
            alone = [replace(choice, made_of=made_of) for choice in choices_in(model)]
            fresh = [*alone, *self._with_part_in(model)]
            self._layers |= {styles.name: layers_of(styles, self._engines.of) for styles in fresh}
            self._styles |= {styles.name: styles for styles in fresh}
        for styles in fresh:
            self._mixer.forget(styles.name)
        return [styles.name for styles in fresh]

    def _with_part_in(self, model: StyleModel) -> list[Assignment]:
        """Styles of regions that a file has a part in which was read anew."""
        assigned = [self._styles[name] for name in self._layers]
        return [
            styles.with_model(model)
            for styles in assigned
            if isinstance(styles, Assignment)
            and model.path in {choice.model.path for _, choice in styles.parts}
        ]

    def _say(self, note: str) -> None:
        if note and note not in self.notes:
            self.notes.append(note)


def choices_in(model: StyleModel) -> list[Choice]:
    """Every style in a file."""
    return [Choice(model, index) for index in range(len(model.metadata.styles))]


def named_styles(wanted: Iterable[str]) -> list[Styles]:
    """Those that a user named, each once. raises: LivebrushError for a name that is not known"""
    named: dict[str, Styles] = {}
    for text in wanted:
        styles = find_styles(text)
        named.setdefault(styles.name, styles)
    return list(named.values())


def other_styles(named: Iterable[Styles] = ()) -> tuple[list[Choice], list[str]]:
    """The rest of the catalogue, paintings first, still to be made where they are pictures.

    returns: the styles, and why files of the catalogue are left out
    """
    rest: list[Choice] = []
    problems: list[str] = []
    for entry in catalogue():
        if entry.model is None:
            problems.append(f"{entry.name} is left out: {entry.problem}")
        rest += () if entry.repeats_others else entry.choices
    rest.sort(key=lambda choice: choice.model.metadata.kind != "painting")
    names = {styles.name for styles in named}
    return [choice for choice in rest if choice.name not in names], problems


def style_files(deck: Deck) -> list[Path]:
    """The files that a deck's styles came from, and the pictures that some were made of."""
    models = [layer.engine.model.path for name in deck.names for layer in deck.layers(name)]
    return list(dict.fromkeys([*models, *deck.pictures]))
