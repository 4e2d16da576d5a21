"""Which values a foreign net takes and gives, and in which order its colours: read from its graph, or tried out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from livebrush.converters.foreign.constants import (
    blue_first_by_means,
    last_function,
    range_given,
    range_taken,
)
from livebrush.converters.foreign.ends import Ends
from livebrush.converters.foreign.ranges import RANGES, Range, levels_of, values_of
from livebrush.converters.graph_edit import GraphEdit
from livebrush.models.errors import LivebrushError

Paint = Callable[[np.ndarray], np.ndarray]
"""(1, 3, H, W) float32 in the net's own values to the same, float32"""

Wished = tuple[str | None, str | None, bool | None]
"""the range that a net takes, the one that it gives, and whether blue comes first, as far as a person says so"""
_TANH = "the net ends in a tanh"
_GUESSED = ("0-255", "0-1", "-1-1", "imagenet")
"""the others are told by constants, or by a person"""
_ALIKE = 0.03
"""of likenesses: a smaller difference says nothing"""


@dataclass(frozen=True)
class Colours:
    """How pictures go into a net and come out, and how that was found.

    bgr:   whether blue comes first, on both sides
    known: what said so, in words, for the report
    """

    input: Range
    output: Range
    bgr: bool
    known: dict[str, str]


def find_colours(
    edit: GraphEdit,
    ends: Ends,
    paint: Paint,
    size: tuple[int, int],
    wished: Wished,
    of_bytes: tuple[bool, bool] = (False, False),
) -> Colours:
    """paint runs the net on pictures of a size; what is wished is not tried.

    of_bytes: whether the net takes whole numbers, and whether it gives them
    raises:   LivebrushError for a net that paints no numbers, or one flat colour
    """
    known: dict[str, str] = {}
    blue_first = blue_first_by_means(edit, ends)
    if wished[2] is not None:
        bgr, known["order"] = wished[2], "as given"
    elif blue_first is not None:
        bgr, known["order"] = blue_first, "the means that the graph subtracts or adds are in this order"
    else:
        bgr, known["order"] = False, "assumed, nothing in the graph tells"
    photo = known_picture(size)
    if wished[0]:
        taken, known["input"] = RANGES[wished[0]], "as given"
    elif of_bytes[0]:
        taken, known["input"] = RANGES["0-255"], "it takes whole numbers"
    elif told := range_taken(edit, ends.picture):
        taken, known["input"] = told, "the graph's first constants say so"
    else:
        taken, known["input"] = None, ""
    if wished[1]:
        given, known["output"] = RANGES[wished[1]], "as given"
    elif of_bytes[1]:
        given, known["output"] = RANGES["0-255"], "it gives whole numbers"
    elif told := range_given(edit, ends.output):
        given, known["output"] = told, "the graph's last constants say so"
    else:
        painted = paint(values_of(photo, taken or RANGES["0-255"]))
        given, known["output"] = _output_range(last_function(edit, ends.output), painted)
    if taken is None:
        taken, known["input"] = _tried(paint, photo, given, ends_in_tanh=known["output"] == _TANH)
    if wished[2] is blue_first is None and given.name == "caffe":
        bgr, known["order"] = True, "as nets have it that give levels less a mean"
    _check_paints(paint(values_of(photo, taken, bgr)))
    return Colours(taken, given, bgr, known)


def _check_paints(painted: np.ndarray) -> None:
    """raises: LivebrushError"""
    if not np.isfinite(painted).all():
        what = "with values that are no numbers (nan or infinite): its training failed"
    elif not np.ptp(painted, (2, 3)).any():
        what = "in one flat colour: it is a net of another kind"
    else:
        return
    raise LivebrushError(
        f"the net paints a known picture {what}, or takes other values than were found",
        code="unsupported",
        remedy="input_range",
    )


def known_picture(size: tuple[int, int]) -> np.ndarray:
    """Shapes of several colours and sizes over a gradient, with some grain: (H, W, 3) uint8."""
    height, width = size
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    y, x = rows / height, columns / width
    picture = np.stack([80 + 120 * x, 150 - 70 * y, 200 - 110 * x * y], -1)
    for centre, radius, colour in (
        ((0.3, 0.3), 0.18, (220, 60, 40)),
        ((0.6, 0.7), 0.25, (40, 140, 70)),
        ((0.75, 0.25), 0.12, (240, 220, 90)),
        ((0.2, 0.8), 0.08, (20, 20, 30)),
    ):
        picture[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2] = colour
    grain = np.random.default_rng(0).normal(0, 6, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _output_range(function: str, painted: np.ndarray) -> tuple[Range, str]:
    """By the function at the end where there is one, else by the values of a painting."""
    if function == "Sigmoid":
        return RANGES["0-1"], "the net ends in a sigmoid"
    if function == "Tanh":
        return RANGES["-1-1"], _TANH
    low, high = (float(np.percentile(painted, share)) for share in (1, 99))
    said = f"a known picture is painted with values from {low:.3g} to {high:.3g}"
    if low < -60 and high < 200:
        return RANGES["caffe"], said
    if high > 4 or low < -4:
        return RANGES["0-255"], said
    if low < -1.2 or high > 1.6:
        return RANGES["imagenet"], said
    return RANGES["-1-1" if low < -0.15 else "0-1"], said


def _tried(paint: Paint, photo: np.ndarray, given: Range, ends_in_tanh: bool) -> tuple[Range, str]:
    """The range at which the painting keeps most of the photo's edges; where several do alike, the output's own.

    ends_in_tanh: nets that do mostly take what they give
    """
    likeness = {
        name: edge_likeness(photo, levels_of(paint(values_of(photo, of)), given))
        for name, of in RANGES.items()
        if name in (*_GUESSED, given.name)
    }
    best = max(likeness, key=lambda name: likeness[name])
    own = given.name
    if likeness.get(own, -1.0) > likeness[best] - (0.1 if ends_in_tanh else _ALIKE):
        best = own
    shown = ", ".join(f"{name} {value:.2f}" for name, value in likeness.items())
    alike = [name for name, value in likeness.items() if name != best and value > likeness[best] - _ALIKE]
    unsure = f"; not sure, {' and '.join(alike)} may be right as well" if alike else ""
    return RANGES[best], f"edges kept of a known picture: {shown}{unsure}"


def edge_likeness(photo: np.ndarray, painted: np.ndarray) -> float:
    """How alike the edges of two pictures of one size are: the correlation of their slopes, 1 where equal."""
    first, second = (_slopes(picture) for picture in (photo, np.clip(painted, 0, 255)))
    if first.std() < 1e-6 or second.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def _slopes(picture: np.ndarray) -> np.ndarray:
    """Steps between the means of blocks of 4x4 pixels, so that grain and strokes count little."""
    grey = picture.mean(-1)
    height, width = (side // 4 * 4 for side in grey.shape)
    blocks = grey[:height, :width].reshape(height // 4, 4, width // 4, 4).mean((1, 3))
    return np.hypot(np.diff(blocks, axis=0)[:, :-1], np.diff(blocks, axis=1)[:-1])
