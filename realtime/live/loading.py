"""The rest of a deck, loaded one style after the other while the first one plays."""

import threading
import time
from collections.abc import Callable, Sequence

from livebrush.models.assignment import Styles
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.runs import end
from livebrush.realtime.live.deck import Deck

_REST_SHARE = 0.5
"""of the time that a style took: then it is the show's turn again"""


class Loading(threading.Thread):
    """Loads styles into a deck, in their order.

    say:     told of each that cannot be loaded, and of what there is to say of the others
    on_done: called in this thread once the deck is complete; not after `close`
    """

    def __init__(
        self, deck: Deck, rest: Sequence[Styles], say: Callable[[str], None], on_done: Callable[[], None]
    ) -> None:
        super().__init__(name="livebrush-loading", daemon=True)
        self._deck, self._rest, self._say, self._on_done = deck, rest, say, on_done
        self._closed = threading.Event()
        deck.coming = len(rest)

    def run(self) -> None:
        for styles in self._rest:
            started, known = time.monotonic(), len(self._deck.notes)
            try:
                self._deck.join(styles)
            except LivebrushError as error:
                self._say(f"{styles.name} is left out: {error}")
            self._deck.coming -= 1
            for note in self._deck.notes[known:]:
                self._say(note)
            if self._closed.wait(_REST_SHARE * (time.monotonic() - started)):
                return
        self._on_done()

    def close(self) -> None:
        self._closed.set()
        end(self)
