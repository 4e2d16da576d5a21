"""The size that pictures are read at, and what becomes of their pixels' shape."""

from fractions import Fraction

from livebrush.models.errors import LivebrushError


def sized(own: tuple[int, int], size: tuple[int, int] | int | None) -> tuple[int, int]:
    """The (height, width) that pictures are read at: a size, a height that keeps their own shape, or their own.

    raises: LivebrushError when that is less than a pixel
    """
    if isinstance(size, int):
        size = (size, max(1, round(own[1] * size / own[0])))
    height, width = size or own
    if min(height, width) < 1:
        raise LivebrushError(f"size must be at least 1x1, got {height}x{width}", code="invalid")
    return height, width


def reshaped(ratio: Fraction | None, own: tuple[int, int], size: tuple[int, int]) -> Fraction | None:
    """A pixel's width over its height (None: square) when pictures of one (height, width) are read at another."""
    stretch = Fraction(own[1] * size[0], own[0] * size[1])
    if abs(stretch - 1) > Fraction(1, 100):  # another shape of picture: its pixels change shape to match
        return ((ratio or Fraction(1)) * stretch).limit_denominator(4096)
    return ratio
