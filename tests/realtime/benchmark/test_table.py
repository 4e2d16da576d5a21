"""The Markdown table: every row, aligned, within 120 columns."""

import dataclasses

from livebrush.realtime.benchmark.machine import Machine
from livebrush.realtime.benchmark.result import Result, Row
from livebrush.realtime.benchmark.table import markdown

STYLE = Row(
    "a_style_whose_name_nobody_should_have_to_type", False, "live", 16384, 16384, 128, "CPUExecutionProvider",
    "float32",
    12345.6, 23456.7, [1.0], 10, 12345.6, 23456.7, 1234.5, 2000.0, 0.617, 24, 123456.7, 123.456,
)  # fmt: skip
REFERENCE = Row(
    "johnson (PyTorch)", True, "johnson", 640, 480, 1, "PyTorch", "float32", 700.04, 9.875, [700.0], 5
)
MACHINE = Machine(
    "A processor " * 12, 2, 16000.0, None, "Linux", "3.11.7", {f"package{n}": "1.0" for n in range(12)}
)
RESULT = Result(
    True, "2026-11-21", f"livebrush bench {'--size 640x480 ' * 9}", 5, "veryfast", "clip.mp4", MACHINE, 0.1, 0.2,
    ["Left out: the reference."], [STYLE, REFERENCE],
)  # fmt: skip


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line[:1] == "|"]


def test_nothing_is_wider_than_120_columns() -> None:
    assert max(map(len, markdown(RESULT).splitlines())) <= 120


def test_every_row_has_every_column() -> None:
    header, rule, style, reference = table(markdown(RESULT))
    assert {len(row) for row in (header, rule, style, reference)} == {9}
    assert all(set(cell) <= {"-", ":"} for cell in rule)
    assert style[0] == "a_style_whose_name_…" and style[3:] == [
        "12346 / 23457", "12346 / 23457", "1234.5", "0.62", "123457", "123.5",
    ]  # fmt: skip
    assert reference == ["johnson (PyTorch)", "640x480", "1", "700 / 9.88", "-", "-", "-", "-", "-"]


def test_what_is_missing_is_said() -> None:
    assert "Left out: the reference." in markdown(RESULT) and "incomplete" not in markdown(RESULT)
    assert "incomplete" in markdown(dataclasses.replace(RESULT, complete=False))
