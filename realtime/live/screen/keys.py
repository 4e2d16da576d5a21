"""Which key does what: the one table that the window, the help on the screen and `--help` read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Binding:
    """Keys that do one thing.

    keys:    names of characters, lower case, and of CODES below: ("+", "=")
    shown:   how help names them, with those of its partner: "+ -"
    command: what they do, with `value`
    help:    a line for a person; "" where the partner's line says it
    """

    keys: tuple[str, ...]
    shown: str
    command: str
    value: object = None
    help: str = ""


KEYS: tuple[Binding, ...] = (
    Binding(("1",), "1-9", "style", 1, "this style of the deck"),
    *(Binding((str(number),), str(number), "style", number) for number in range(2, 10)),
    Binding(("up",), "Up Down", "previous_style", help="previous, next style"),
    Binding(("down",), "Down", "next_style"),
    Binding(("left",), "Left Right", "back", help="5 s back, on (in films)"),
    Binding(("right",), "Right", "forward"),
    Binding(("0", "o"), "0 o", "original", help="the original, the painting"),
    Binding(("+", "="), "+ -", "strength_by", 0.1, "more, less of the style"),
    Binding(("-", "_"), "-", "strength_by", -0.1),
    Binding(("c",), "c", "keep_colours", help="the original's colours"),
    Binding(("d",), "d", "steady", help="steady: less flicker"),
    Binding(("b",), "b", "blend", help="blend with the previous style"),
    Binding((",",), ", .", "blend_by", -0.1, "less, more of it in the blend"),
    Binding((".",), ".", "blend_by", 0.1),
    Binding(("x",), "x", "split", help="original left of a line to drag"),
    Binding(("m",), "m", "mirror", help="mirror the window"),
    Binding(("space",), "Space", "pause", help="pause, go on"),
    Binding(("s",), "s", "snapshot", help="snapshot"),
    Binding(("r",), "r", "record", help="start, stop recording"),
    Binding(("f",), "f", "full_screen", help="full screen"),
    Binding(("t",), "t", "hud", help="show, hide the numbers"),
    Binding(("[",), "[ ]", "net_smaller", help="paint faster and coarser, finer"),
    Binding(("]",), "]", "net_larger"),
    Binding(("a",), "a", "autoplay", help="walk through the styles"),
    Binding(("h", "?"), "h ?", "help", help="show, hide this table"),
    Binding(("q", "esc"), "q Esc", "quit", help="quit"),
)

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

_BINDINGS = {key: binding for binding in KEYS for key in binding.keys}


def command_for(key_code: int) -> Binding | None:
    """What a key does; None for a key that does nothing, and for the -1 of no key.

    key_code: from cv2.waitKeyEx or cv2.pollKey on any system; Shift, CapsLock and NumLock make no difference
    """
    # GTK adds the state of the modifiers above 16 bits; Windows has its arrows there, and nothing below
    code = key_code if key_code in CODES else key_code & 0xFFFF
    name = CODES.get(code)
    if name is None and 0 < code < 128:
        name = chr(code).lower()
    return _BINDINGS.get(name) if name else None


def help_lines() -> list[tuple[str, str]]:
    """The keys and what they do, for people: ("+ -", "more, less of the style")."""
    return [(binding.shown, binding.help) for binding in KEYS if binding.help]
