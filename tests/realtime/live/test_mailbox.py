"""One slot between two threads."""

import threading

from livebrush.realtime.live.mailbox import Mailbox


def test_the_newest_wins_and_what_it_replaced_is_counted() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for number in (1, 2, 3):
        mailbox.put(number)
    assert mailbox.take(0) == 3
    assert mailbox.take(0) is None
    assert mailbox.dropped == 2


def test_false_things_are_things_too() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(0)
    assert mailbox.take(0) == 0


def test_whoever_waits_gets_what_comes() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    waiting = threading.Thread(target=lambda: taken.append(mailbox.take(10)))
    waiting.start()
    mailbox.put("frame")
    waiting.join(5)
    assert taken == ["frame"]


def test_closing_ends_the_waiting() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    waiting = threading.Thread(target=lambda: taken.append(mailbox.take(60)))
    waiting.start()
    mailbox.close()
    waiting.join(5)
    assert not waiting.is_alive()
    assert taken == [None]
