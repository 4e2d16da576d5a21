"""Commands from other threads are carried out in the main one."""

import threading
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.command_queue import CommandQueue


def asked(commands: CommandQueue, request: dict[str, Any]) -> tuple[threading.Thread, list[dict[str, Any]]]:
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(commands.ask(request)))
    thread.start()
    return thread, answers


def answer_until_done(commands: CommandQueue, thread: threading.Thread) -> None:
    while thread.is_alive():
        commands.answer_all()
        thread.join(0.01)


def test_a_command_is_carried_out_where_the_answers_are_given() -> None:
    done: list[tuple[str, Any, str]] = []
    commands = CommandQueue(
        lambda name, value: done.append((name, value, threading.current_thread().name)),
        lambda: {"strength": 0.5},
    )
    thread, answers = asked(commands, {"command": "strength", "value": 0.5})
    answer_until_done(commands, thread)
    assert done == [("strength", 0.5, threading.current_thread().name)]
    assert answers == [{"ok": True, "strength": 0.5}]


def test_what_is_refused_is_answered() -> None:
    def refuse(name: str, value: Any) -> None:
        raise LivebrushError(f"no {name}")

    commands = CommandQueue(refuse, dict)
    thread, answers = asked(commands, {"command": "dance"})
    answer_until_done(commands, thread)
    assert answers == [{"ok": False, "error": "no dance"}]


def test_a_command_that_fails_is_answered_and_the_next_one_carried_out() -> None:
    def do(name: str, value: Any) -> None:
        if value == "bad":
            raise OverflowError("int too large")

    commands = CommandQueue(do, dict)
    thread, answers = asked(commands, {"command": "dance", "value": "bad"})
    answer_until_done(commands, thread)
    thread, more = asked(commands, {"command": "dance"})
    answer_until_done(commands, thread)
    assert answers == [{"ok": False, "error": "dance failed (OverflowError: int too large)"}]
    assert more == [{"ok": True}]


def test_nobody_waits_for_a_show_that_is_over() -> None:
    commands = CommandQueue(lambda name, value: None, dict)
    thread, answers = asked(commands, {"command": "hud"})
    commands.close()
    thread.join(10)
    assert answers == [{"ok": False, "error": "the show is over"}]
