"""Command-line values with a form of their own: numbers, times and picture sizes."""

import math
import re
from fractions import Fraction
from typing import Any

import click

LARGEST_SIDE = 16384  # what H.264 and most decoders take
LONGEST_S = 10**7  # four months


class FiniteRange(click.FloatRange):
    """A number in a range. nan is refused too, although no comparison finds it outside."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class Seconds(click.ParamType):
    """A point in time: 5, 2.5, 1:02.5 or 00:01:02."""

    name = "TIME"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d*)?|\.\d+", value):
            self.fail(
                f"{value!r} is not a time: write seconds (5, 2.5) or h:mm:ss (1:02.5, 0:01:02)", param, ctx
            )
        seconds = 0.0
        for part in value.split(":"):
            seconds = seconds * 60 + float(part)
        if seconds > LONGEST_S:
            self.fail(f"{value[:40]!r} is longer than any video: {LONGEST_S} s at most", param, ctx)
        return seconds


class FrameRate(click.ParamType):
    """Frames a second as a Fraction: 24, 23.976 or 24000/1001."""

    name = "RATE"

    def convert(
        self, value: str | Fraction, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9}|/\d{1,9})?", value) or not _positive(value):
            self.fail(f"{value[:40]!r} is not a rate: write 24, 23.976 or 24000/1001", param, ctx)
        return Fraction(value)


def _positive(value: str) -> bool:
    numerator, _, denominator = value.partition("/")
    return float(numerator) > 0 and (not denominator or int(denominator) > 0)


class FrameSize(click.ParamType):
    """WIDTHxHEIGHT as (height, width), or a height alone, which keeps the shape of the picture."""

    name = "WxH|H"

    def convert(
        self,
        value: str | tuple[int, int] | int,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int] | int:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"(?:(\d{1,9})x)?(\d{1,9})", value.lower())
        if not match or int(match[2]) < 1 or (match[1] and int(match[1]) < 1):
            self.fail(
                f"{value[:40]!r} is not a size: write 1280x720, or 720 for the height alone", param, ctx
            )
        if max(int(match[2]), int(match[1] or 1)) > LARGEST_SIDE:
            self.fail(f"{value!r} is too large: sides may have up to {LARGEST_SIDE} pixels", param, ctx)
        return (int(match[2]), int(match[1])) if match[1] else int(match[2])


class FullFrameSize(FrameSize):
    """WIDTHxHEIGHT as (height, width); a height alone is refused, because no picture gives the width."""

    name = "WxH"

    def convert(
        self,
        value: str | tuple[int, int] | int,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        size = super().convert(value, param, ctx)
        if isinstance(size, int):
            self.fail(f"{value!r} is a height alone: write WIDTHxHEIGHT, such as 1280x720", param, ctx)
        return size


class NetSize(click.ParamType):
    """The height that the net paints at: auto, full, or pixels."""

    name = "auto|full|H"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | int:
        if isinstance(value, int) or value in ("auto", "full"):
            return value
        height = int(value) if re.fullmatch(r"\d{1,9}", value) else 0
        if height < 16:
            self.fail(
                f"{value[:40]!r} is not a net size: write auto, full, or a height from 16 pixels", param, ctx
            )
        return height
