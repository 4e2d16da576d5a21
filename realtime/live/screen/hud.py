"""Numbers and notices over the picture in the window, and the table of keys."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from livebrush.models.regions import ALL
from livebrush.realtime.live.commands import help_lines
from livebrush.realtime.live.screen.text_panel import (
    BOLD,
    DIM,
    DOT,
    RED,
    WHITE,
    Placed,
    Span,
    TextPanel,
    rows_panel,
    span_width,
    text_size,
    wrap,
)
from livebrush.realtime.live.state import LiveState

REFRESH_S = 0.25  # numbers that change faster cannot be read

_NAME_SCALE, _STATE_SCALE = 1.3, 1.6
_HELP_OPACITY = 0.8  # much text on a picture that moves
_BETWEEN = " · "


class Hud:
    """Draws the numbers; what was measured changes four times a second, what keys change at once."""

    def __init__(self) -> None:
        self._measured: tuple[str, str] = ("", "")
        self._measured_s: float | None = None

    def draw(self, picture: np.ndarray, state: LiveState, now_s: float) -> None:
        """Onto the picture in place.

        picture: (H, W, 3) uint8 RGB, of any size
        now_s:   on any clock that goes forward
        """
        height, width = picture.shape[:2]
        size = text_size(height)
        margin = round(0.7 * size)
        if self._measured_s is None or not 0 <= now_s - self._measured_s < REFRESH_S:
            self._measured, self._measured_s = (_motion(state), _machine(state)), now_s
        status = _status_panel(state, self._measured, size, width - 2 * margin)
        status.blend(picture, margin, margin)
        if state.recording_s is not None:
            _draw_recording(picture, state.recording_s, size, margin, status)
        if stopped := _stopped(state):
            _draw_centred(picture, stopped, size)
        line = _draw_progress(picture, state)
        if state.notices:
            _draw_notices(picture, state.notices, size, margin, height - margin - line)

    def draw_help(self, picture: np.ndarray) -> None:
        """The table of keys, centred on the picture in place, in the largest text that fits.

        picture: (H, W, 3) uint8 RGB; legible from 320x240 on
        """
        height, width = picture.shape[:2]
        panel = _help_panel(height, width)
        panel.blend(picture, (height - panel.height) // 2, (width - panel.width) // 2)


def _motion(state: LiveState) -> str:
    """Where a video is, how many frames a second, how late, how many lost."""
    parts = []
    if state.position_s is not None:
        parts.append(_time(state.position_s) + (f" / {_time(state.duration_s)}" if state.duration_s else ""))
    parts.append(f"{state.shown_hz:.1f} of {state.captured_hz:.1f} fps")
    parts.append(f"latency {state.latency_ms:.0f} ms")
    if state.dropped:
        parts.append(f"dropped {state.dropped}")
    return _BETWEEN.join(parts)


def _machine(state: LiveState) -> str:
    """What paints, and at which sizes."""
    parts = [state.provider.removesuffix("ExecutionProvider")] if state.provider else []
    for what, size in (("net", state.painted_size), ("frame", state.frame_size)):
        if size:
            parts.append(f"{what} {size[1]}x{size[0]}")
    return _BETWEEN.join(parts)


def _stopped(state: LiveState) -> str:
    """What keeps it from playing: "reconnecting: camera unplugged", "paused"."""
    if state.trouble:
        return f"{state.state}: {state.trouble}"
    return "paused" if state.paused else ""


def _settings(state: LiveState) -> str:
    """What is not as it begins, and what is being learnt."""
    paint = state.paint
    parts = [f"strength {100 * paint.strength:.0f} %"] if paint.strength != 1 else []
    parts += [paint.only_in_words()] if paint.only != ALL else []
    parts += ["original colours"] if paint.keep_colours else []
    parts += ["steady"] if paint.steady else []
    parts += [mixed] if (mixed := paint.mixed_in_words()) else []
    parts += ["autoplay"] if state.autoplay else []
    parts += [f"learning {state.learning} {100 * (state.learnt_share or 0):.0f} %"] if state.learning else []
    return _BETWEEN.join(parts)


def _status_panel(state: LiveState, measured: tuple[str, str], size: int, width: int) -> TextPanel:
    motion, machine = measured
    inside = width - 2 * size
    name = wrap(state.style, size, inside - 3 * size, _NAME_SCALE) or [""]
    rows: list[tuple[Span, ...]] = [(Span(line, WHITE, BOLD, _NAME_SCALE),) for line in name]
    rows[-1] += (Span(state.place, DIM),) if state.place else ()
    for text, colour in ((_settings(state), WHITE), (motion, WHITE), (machine, DIM)):
        rows += [(Span(line, colour),) for line in wrap(text, size, inside)]
    return rows_panel(tuple(rows), size)


def _draw_recording(picture: np.ndarray, seconds: float, size: int, margin: int, status: TextPanel) -> None:
    """Top right; below the numbers where there is no room beside them."""
    panel = rows_panel(((Span(DOT, RED), Span(_time(seconds))),), size)
    left = picture.shape[1] - margin - panel.width
    beside = left >= 2 * margin + status.width
    panel.blend(picture, margin if beside else 2 * margin + status.height, left)


def _draw_centred(picture: np.ndarray, text: str, size: int) -> None:
    height, width = picture.shape[:2]
    lines = wrap(text, size, round(0.8 * width), _STATE_SCALE)
    panel = rows_panel(tuple((Span(line, scale=_STATE_SCALE),) for line in lines), size, centred=True)
    panel.blend(picture, (height - panel.height) // 2, (width - panel.width) // 2)


def _draw_notices(picture: np.ndarray, notices: Sequence[str], size: int, margin: int, bottom: int) -> None:
    """The newest lines that a third of the height holds, above `bottom`."""
    height, width = picture.shape[:2]
    lines = [line for notice in notices for line in wrap(notice, size, width - 2 * margin - 2 * size)]
    lines = lines[-max(2, height // 3 // round(1.4 * size)) :]
    panel = rows_panel(tuple((Span(line),) for line in lines), size)
    panel.blend(picture, bottom - panel.height, margin)


def _draw_progress(picture: np.ndarray, state: LiveState) -> int:
    """A line along the bottom edge, how much of a video is over; returns its height."""
    if state.position_s is None or not state.duration_s:
        return 0
    height, width = picture.shape[:2]
    line = picture[height - max(3, height // 180) :]
    done = round(width * min(max(state.position_s / state.duration_s, 0.0), 1.0))
    line[:, :done] = WHITE
    line[:, done:] //= 3
    return line.shape[0]


@lru_cache(maxsize=2)
def _help_panel(height: int, width: int) -> TextPanel:
    """In one block of rows or two beside each other, whichever allows the larger text."""
    for size in range(text_size(height), 1, -1):
        for blocks in (1, 2):
            table_height, table_width, placed = _help_table(size, blocks)
            if table_height <= 0.96 * height and table_width <= 0.96 * width:
                return TextPanel(table_height, table_width, placed, size, _HELP_OPACITY)
    return TextPanel(*_help_table(1, 1), 1, _HELP_OPACITY)


def _help_table(size: int, blocks: int) -> tuple[int, int, tuple[Placed, ...]]:
    """Height, width, and every text at its place."""
    lines = help_lines()
    per_block = -(-len(lines) // blocks)
    keys_width = max(span_width(Span(keys, weight=BOLD), size) for keys, _ in lines)
    texts_width = max(span_width(Span(text), size) for _, text in lines)
    padding, gap, row = size, round(1.2 * size), round(1.42 * size)
    block_width = keys_width + gap + texts_width
    placed = []
    for number, (keys, text) in enumerate(lines):
        block, line = divmod(number, per_block)
        left = padding + block * (block_width + 2 * gap)
        baseline = padding + line * row + size
        placed.append(Placed(Span(keys, WHITE, BOLD), left, baseline))
        placed.append(Placed(Span(text, DIM), left + keys_width + gap, baseline))
    width = 2 * padding + blocks * block_width + (blocks - 1) * 2 * gap
    return 2 * padding + per_block * row, width, tuple(placed)


def _time(seconds: float) -> str:
    """0:07, 12:34, 1:02:03."""
    minutes, second = divmod(int(max(seconds, 0)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
