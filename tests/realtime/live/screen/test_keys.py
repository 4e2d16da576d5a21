"""The key table: codes of every system, modifiers, help."""

import pytest

from livebrush.realtime.live.commands import COMMANDS, help_lines
from livebrush.realtime.live.screen.keys import CODES, command_for

SHIFT, CAPS_LOCK, NUM_LOCK = 0x10000, 0x20000, 0x100000  # where GTK puts them


KEYS = [key for command in COMMANDS.values() for key in command.keys]


def test_no_key_does_two_things() -> None:
    keys = [key for binding in KEYS for key in binding.keys]
    assert len(keys) == len(set(keys))


def test_every_key_has_a_code() -> None:
    named = set(CODES.values())
    assert all(key in named or len(key) == 1 for binding in KEYS for key in binding.keys)


def test_digits_choose_styles() -> None:
    assert [command_for(ord(str(digit))) for digit in range(1, 10)] == [
        ("page_style", digit) for digit in range(1, 10)
    ]
    assert command_for(ord("0")) == ("original", None)


@pytest.mark.parametrize(
    "left, up, right, down",
    [
        (0xFF51, 0xFF52, 0xFF53, 0xFF54),  # Linux
        (0xFF96, 0xFF97, 0xFF98, 0xFF99),  # its keypad
        (0x250000, 0x260000, 0x270000, 0x280000),  # Windows
        (0xF702, 0xF700, 0xF703, 0xF701),  # macOS
    ],
)
def test_arrows_are_known_on_every_system(left: int, up: int, right: int, down: int) -> None:
    meant = [("back", None), ("previous_style", None), ("forward", None), ("next_style", None)]
    assert [command_for(code) for code in (left, up, right, down)] == meant


@pytest.mark.parametrize("locks", [SHIFT, CAPS_LOCK, NUM_LOCK, CAPS_LOCK | NUM_LOCK | SHIFT])
def test_modifiers_in_the_high_bits_change_nothing(locks: int) -> None:
    assert command_for(locks | 0xFF51) == ("back", None)
    assert command_for(locks | ord("M")) == ("mirror", None)
    assert command_for(locks | ord("+")) == ("strength_by", 0.1)


def test_capitals_are_letters() -> None:
    assert command_for(ord("Q")) == command_for(ord("q")) == ("quit", None)


def test_the_keypad_counts_and_changes_the_strength() -> None:
    assert command_for(0xFFB7) == ("page_style", 7)
    assert command_for(0xFFAB) == ("strength_by", 0.1) and command_for(0xFFAD) == ("strength_by", -0.1)


@pytest.mark.parametrize("code", [-1, 0, 0xFFE1, 0xFFBE, ord("z"), 0x00E9, 0x10FFFF, 0xFFFF])
def test_other_keys_and_no_key_do_nothing(code: int) -> None:
    assert command_for(code) is None


def test_help_names_every_key_once() -> None:
    shown = " ".join(keys for keys, _ in help_lines()).lower().replace("1-9", " ".join("123456789")).split()
    secondary = {"=", "_"}  # what + and - are without and with Shift
    assert sorted(shown) == sorted({key for binding in KEYS for key in binding.keys} - secondary)
