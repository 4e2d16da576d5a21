"""One who listens to events, and keeps them."""

from livebrush.models.events import Event, Note, Progress


class Listener:
    """events: all that were told, in order"""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Note)]

    @property
    def progress(self) -> list[tuple[int, int | None]]:
        return [(event.done, event.of) for event in self.events if isinstance(event, Progress)]

    @property
    def kinds(self) -> list[str]:
        """The names of the events, progress once where it comes many times in a row."""
        names = [type(event).__name__ for event in self.events]
        return [name for name, before in zip(names, ["", *names], strict=False) if name != before]
