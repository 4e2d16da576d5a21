"""What is said is shown for a while, and told at once."""

from livebrush.realtime.live.notices import Notices


def test_lines_go_after_their_time() -> None:
    now = [0.0]
    notices = Notices(clock=lambda: now[0])
    notices.say("first")
    now[0] = 3
    notices.say("second")
    assert notices.current() == ["first", "second"]
    now[0] = Notices.SHOWN_S + 1
    assert notices.current() == ["second"]


def test_a_line_said_again_is_shown_once_and_longer() -> None:
    now = [0.0]
    notices = Notices(clock=lambda: now[0])
    notices.say("busy")
    now[0] = Notices.SHOWN_S - 1
    notices.say("busy")
    now[0] = Notices.SHOWN_S + 1
    assert notices.current() == ["busy"]


def test_the_listener_hears_every_line() -> None:
    heard: list[str] = []
    notices = Notices(heard.append)
    notices.say("a")
    notices.say("a")
    assert heard == ["a", "a"]
