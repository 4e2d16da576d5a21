"""The drawing of rooms, boxes and arrows as SVG."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

WIDTH, GAP, PAD = 860, 60, 10
LINE, CHARACTER = 15, 6.3
"""pixels: height of a line of text, width of a character on average"""
HEAD = 26
FILL = ("#e8eef7", "#f6ece0", "#e9f3e6", "#f3e8f1", "#eeeeee")


@dataclass(frozen=True)
class Box:
    """A folder with what it is for, or (name empty) some files."""

    name: str
    text: str


@dataclass(frozen=True)
class Band:
    """A room. rows: its boxes from above; layer: 0 at the bottom"""

    name: str
    text: str
    rows: list[list[Box]]
    layer: int


@dataclass(frozen=True)
class _Placed:
    """Where a band lies, in pixels."""

    x: float
    y: float
    width: float
    height: float


def svg(bands: list[Band], arrows: Mapping[str, set[str]], late: Mapping[str, set[str]]) -> str:
    """bands: from above; arrows: band -> the bands that it imports; late: the same, where only when it is needed"""
    places: dict[str, _Placed] = {}
    parts: list[str] = []
    y = 10.0
    for layer in sorted({band.layer for band in bands}, reverse=True):
        row = [band for band in bands if band.layer == layer]
        shares = [max(map(len, band.rows)) for band in row]
        x, widths = 10.0, [(WIDTH - 20 - PAD * (len(row) - 1)) * share / sum(shares) for share in shares]
        height = max(_height(band, width) for band, width in zip(row, widths, strict=True))
        for band, width in zip(row, widths, strict=True):
            places[band.name] = _Placed(x, y, width, height)
            parts += _band(band, places[band.name], FILL[len(places) % len(FILL)])
            x += width + PAD
        y += height + GAP
    for band, others in arrows.items():
        parts += [_arrow(places[band], places[other], 0.4, "") for other in sorted(others)]
    for band, others in late.items():
        parts += [_arrow(places[band], places[other], 0.6, "late") for other in sorted(others)]
    parts.append(
        _text(10, y - GAP + 30, "An arrow: imports. Dashed: imports when a command needs it.", "note")
    )
    return _document(y - GAP + 44, parts)


def _document(height: float, parts: list[str]) -> str:
    style = (
        "text{font:12px sans-serif;fill:#222}.head{font-weight:bold;font-size:14px}.name{font-weight:bold}"
        ".files{fill:#555}.note{fill:#555}path{stroke:#444;stroke-width:1.6;fill:none}"
        ".tip{fill:#444;stroke:none}.late{stroke-dasharray:6 4}"
    )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">',
        "<title>The rooms of livebrush and what they import</title>",
        f"<style>{style}</style>",
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#fff"/>',
        *parts,
        "</svg>\n",
    ])  # fmt: skip


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, max(8, int((width - 2 * PAD) / CHARACTER)))


def _title(band: Band, width: float) -> list[str]:
    return _wrapped(f"{band.name}: {band.text}", width / 1.35)  # larger, and bold


def _row_height(row: list[Box], width: float) -> float:
    lines = max(len(_wrapped(box.text, width)) + bool(box.name) for box in row)
    return lines * LINE + PAD


def _box_width(band_width: float, row: list[Box]) -> float:
    return (band_width - PAD * (len(row) + 1)) / len(row)


def _height(band: Band, width: float) -> float:
    rows = sum(_row_height(row, _box_width(width, row)) + PAD for row in band.rows)
    return HEAD + LINE * (len(_title(band, width)) - 1) + rows


def _band(band: Band, at: _Placed, fill: str) -> Iterator[str]:
    yield _rectangle(at.x, at.y, at.width, at.height, fill)
    title = _title(band, at.width)
    y = at.y + 18
    for line in title:
        yield _text(at.x + PAD, y, line, "head")
        y += LINE
    y = at.y + HEAD + LINE * (len(title) - 1)
    for row in band.rows:
        width = _box_width(at.width, row)
        for n, box in enumerate(row):
            x = at.x + PAD + n * (width + PAD)
            yield _rectangle(x, y, width, _row_height(row, width), "#fff")
            yield from _box(box, x + PAD, y + LINE, width)
        y += _row_height(row, width) + PAD


def _box(box: Box, x: float, y: float, width: float) -> Iterator[str]:
    if box.name:
        yield _text(x, y, box.name, "name")
        y += LINE
    for line in _wrapped(box.text, width):
        yield _text(x, y, line, "" if box.name else "files")
        y += LINE


def _arrow(start: _Placed, end: _Placed, part: float, kind: str) -> str:
    """From edge to edge, straight down or up where the two lie above each other."""
    left, right = max(start.x, end.x), min(start.x + start.width, end.x + end.width)
    x = left + part * (right - left)
    down = start.y < end.y
    y1, y2 = (start.y + start.height, end.y) if down else (start.y, end.y + end.height)
    back = y2 - 9 if down else y2 + 9
    return (
        f'<path class="{kind}" d="M{x:.0f} {y1:.0f}L{x:.0f} {back:.0f}"/>'
        f'<path class="tip" d="M{x - 5:.0f} {back:.0f}L{x + 5:.0f} {back:.0f}L{x:.0f} {y2:.0f}z"/>'
    )


def _rectangle(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="6" fill="{fill}" '
        'stroke="#bbb"/>'
    )


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
