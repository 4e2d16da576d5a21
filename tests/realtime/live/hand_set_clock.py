"""Time that passes when a test says so."""


class HandSetClock:
    """now: seconds; a test adds to it, or sleeps with `sleep`, which takes no time at all."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
