"""Which key was pressed, on any system, and which command of livebrush.realtime.live.commands it gives."""

from typing import Any

from livebrush.realtime.live.commands import COMMANDS

# What cv2.waitKeyEx and cv2.pollKey return for keys that are no character
CODES: dict[int, str] = {
    27: "esc",
    32: "space",
    # X11 keysyms (keysymdef.h): Qt and GTK on Linux
    0xFF51: "left", 0xFF52: "up", 0xFF53: "right", 0xFF54: "down",
    0xFF96: "left", 0xFF97: "up", 0xFF98: "right", 0xFF99: "down",  # keypad without NumLock
    0xFFAB: "+", 0xFFAC: ",", 0xFFAD: "-", 0xFFAE: ".", 0xFFBD: "=",  # keypad
    **{0xFFB0 + digit: str(digit) for digit in range(10)},  # keypad
    # Virtual key codes, 16 bits up (OpenCV's window_w32.cpp): Windows
    0x250000: "left", 0x260000: "up", 0x270000: "right", 0x280000: "down",
    # NSEvent's function keys (AppKit): macOS
    0xF700: "up", 0xF701: "down", 0xF702: "left", 0xF703: "right",
}  # fmt: skip

_BINDINGS: dict[str, tuple[str, Any]] = {
    name: (command.name, key.value)
    for command in COMMANDS.values()
    for key in command.keys
    for name in key.keys
}


def command_for(key_code: int) -> tuple[str, Any] | None:
    """The command that a key gives, and its value; None for a key that gives none, and for the -1 of no key.

    key_code: from cv2.waitKeyEx or cv2.pollKey on any system; Shift, CapsLock and NumLock make no difference
    """
    # GTK adds the state of the modifiers above 16 bits; Windows has its arrows there, and nothing below
    code = key_code if key_code in CODES else key_code & 0xFFFF
    name = CODES.get(code)
    if name is None and 0 < code < 128:
        name = chr(code).lower()
    return _BINDINGS.get(name) if name else None
