"""The deck that all visitors share, loaded while the server answers already."""

import threading
from collections.abc import Sequence
from pathlib import Path

from livebrush.models.assignment import Styles
from livebrush.models.catalogue import user_folder
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.deck import Deck, named_styles, other_styles, style_files
from livebrush.realtime.live.style_watch import StyleWatch
from livebrush.realtime.made.asked import find_choice

FIRST_STYLE = "starry_night"
_WARM_SIZE = 240, 320
"""(height, width) of a copy that nets often paint of a 480-line frame"""


class SharedDeck:
    """Styles, loaded in a thread.

    wanted: styles by name, which come first; only: whether these are all, else the rest of the catalogue follows
    device, threads: see `Engine`

    progress: styles loaded, and their number; (0, 1) before it begins
    problem:  why there is no deck, "" while it loads and afterwards
    notes:    what there is to say of styles that were left out
    """

    def __init__(
        self,
        wanted: Sequence[str] = (FIRST_STYLE,),
        only: bool = False,
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        self._how = tuple(wanted) or (FIRST_STYLE,), only, device, threads
        self._deck: Deck | None = None
        self._watch: StyleWatch | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._load, name="livebrush-deck", daemon=True)
        self.progress, self.problem, self.notes = (0, 1), "", list[str]()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._watch:
            self._watch.close()

    @property
    def deck(self) -> Deck | None:
        """None until it holds a first style; the others join it one by one."""
        return self._deck

    @property
    def is_loading(self) -> bool:
        return self.progress[0] < self.progress[1] and not self.problem

    def _load(self) -> None:
        wanted, only, device, threads = self._how
        self._watch = StyleWatch(user_folder())
        try:
            choices = named_styles(wanted)
        except LivebrushError as error:
            self.problem = str(error)
            return
        if not only:
            rest, self.notes = other_styles(choices)
            choices += rest
        for number, styles in enumerate(choices, 1):
            if self._closing.is_set():
                return
            self._join(styles, device, threads)
            self.progress = number, len(choices)
        if self._deck is None:
            self.problem = self.notes[-1]
            return
        self._watch.begin(style_files(self._deck), self._renew)

    def _join(self, styles: Styles, device: str, threads: int | None) -> None:
        """Load a style, and let it join those that are there."""
        try:
            if self._deck is None:
                deck = Deck([styles], device, threads)
                deck.warm_up(*_WARM_SIZE)
                self._deck = deck
            else:
                self._deck.join(styles)
        except LivebrushError as error:
            self.notes.append(f"{styles.name} is left out: {error}")
            return
        self.notes += [note for note in self._deck.notes if note not in self.notes]

    def _renew(self, path: Path) -> None:
        """A style or picture in the user's folder is new or was replaced: visitors who come now have it."""
        assert self._deck is not None
        try:
            self._deck.renew(find_choice(str(path)).model)
        except LivebrushError as error:
            self.notes.append(f"{path.name} is left out: {error}")
