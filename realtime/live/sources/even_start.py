"""When something began, to go by what comes from it over a network or from a driver, late as these like."""

_JUMP_S = 0.3


class EvenStart:
    """Believes whatever comes early, and what comes late only when that goes on.

    share: how far one that is late is believed, 0..1
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self.begun_s: float | None = None

    def follow(self, begun_s: float) -> float:
        """It began then, to go by what came last; returns when it began, to go by all of it."""
        if self.begun_s is None or not 0 < begun_s - self.begun_s < _JUMP_S:
            self.begun_s = begun_s
        self.begun_s += self._share * (begun_s - self.begun_s)
        return self.begun_s
