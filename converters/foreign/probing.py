"""Which values a foreign net takes and gives, and in which order its colours: read from its graph, or tried out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from onnx import NodeProto

from livebrush.converters.foreign.ends import Ends
from livebrush.converters.graph_edit import GraphEdit
from livebrush.models.errors import LivebrushError

Paint = Callable[[np.ndarray], np.ndarray]
"""(1, 3, H, W) float32 in the net's own values to the same, float32"""

Wished = tuple[str | None, str | None, bool | None]
"""the range that a net takes, the one that it gives, and whether blue comes first, as far as a person says so"""
IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))
CAFFE_MEAN = (103.939, 116.779, 123.68)
_LONGEST_CHAIN = 6
_TANH = "the net ends in a tanh"
_ASSUMED = "assumed, nothing in the graph tells"
_ALIKE = 0.03
"""of likenesses: a smaller difference says nothing"""


@dataclass(frozen=True)
class Range:
    """Values of a net: level = (value - offset) / factor, channel by channel; level is 0 to 255."""

    name: str
    factor: tuple[float, ...]
    offset: tuple[float, ...]


def _range(name: str, factor: float, offset: float) -> Range:
    return Range(name, (factor,) * 3, (offset,) * 3)


RANGES = {
    "0-255": _range("0-255", 1.0, 0.0),
    "0-1": _range("0-1", 1 / 255, 0.0),
    "-1-1": _range("-1-1", 2 / 255, -1.0),
    "-0.5-0.5": _range("-0.5-0.5", 1 / 255, -0.5),
    "imagenet": Range(
        "imagenet",
        tuple((1 / 255 / IMAGENET[1]).tolist()),
        tuple((-IMAGENET[0] / IMAGENET[1]).tolist()),
    ),
    "caffe": Range("caffe", (1.0,) * 3, tuple(-mean for mean in reversed(CAFFE_MEAN))),
}
"""of RGB; "imagenet" and "caffe" are normalised as the classifiers of these names want it"""
_GUESSED = ("0-255", "0-1", "-1-1", "imagenet")
"""the others are told by constants, or by a person"""
_LEVELS = np.array([[0.0], [255.0]])


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
    going_in, coming_out = _first_constants(edit, ends.picture), _last_nodes(edit, ends.output)
    first, last = _affine(going_in), _affine(list(reversed(_before_the_clip(coming_out))))
    known: dict[str, str] = {}
    bgr, known["order"] = _order(going_in, coming_out, wished[2])
    photo = known_picture(size)
    if wished[0]:
        taken, known["input"] = RANGES[wished[0]], "as given"
    elif of_bytes[0]:
        taken, known["input"] = RANGES["0-255"], "it takes whole numbers"
    elif told := _ends_of(first, inside_first=False) or _told_by_constants(going_in):
        taken, known["input"] = told, "the graph's first constants say so"
    else:
        taken, known["input"] = None, ""
    if wished[1]:
        given, known["output"] = RANGES[wished[1]], "as given"
    elif of_bytes[1]:
        given, known["output"] = RANGES["0-255"], "it gives whole numbers"
    elif told := _ends_of(last, inside_first=True):
        given, known["output"] = told, "the graph's last constants say so"
    else:
        given, known["output"] = _output_range(coming_out, paint(values_of(photo, taken or RANGES["0-255"])))
    if taken is None:
        taken, known["input"] = _tried(paint, photo, given, ends_in_tanh=known["output"] == _TANH)
    if wished[2] is None and known["order"] == _ASSUMED and given.name == "caffe":
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


def values_of(frame: np.ndarray, of: Range, bgr: bool = False) -> np.ndarray:
    """(H, W, 3) uint8 RGB to (1, 3, H, W) float32 in a net's values."""
    values = frame.astype(np.float32) * np.array(of.factor, np.float32) + np.array(of.offset, np.float32)
    return np.ascontiguousarray((values[..., ::-1] if bgr else values).transpose(2, 0, 1)[None])


def levels_of(painted: np.ndarray, of: Range, bgr: bool = False) -> np.ndarray:
    """(1, 3, H, W) in a net's values to (H, W, 3) float levels of RGB, not clipped."""
    picture = painted[0].transpose(1, 2, 0)
    picture = picture[..., ::-1] if bgr else picture
    return (picture - np.array(of.offset, np.float32)) / np.array(of.factor, np.float32)


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


def _first_constants(edit: GraphEdit, picture: str) -> list[tuple[str, np.ndarray]]:
    """What is done to the picture, by constants, before the first layer: operator and values."""
    found: list[tuple[str, np.ndarray]] = []
    name = picture
    for _ in range(_LONGEST_CHAIN):
        user = edit.only_user(name)
        if user is None or user.op_type not in ("Add", "Sub", "Mul", "Div", "Pad", "Transpose", "Cast"):
            break
        values = [
            constant
            for other in user.input
            if other != name and (constant := edit.constant(other)) is not None
        ]
        if user.op_type in ("Sub", "Div") and user.input[0] != name:
            break  # a constant less the picture, or by it
        if user.op_type in ("Add", "Sub", "Mul", "Div") and values:
            found.append((user.op_type, np.asarray(values[0], np.float64)))
        name = user.output[0]
    return found


def _last_nodes(edit: GraphEdit, output: str) -> list[tuple[str, np.ndarray | None]]:
    """The last nodes of a net that work value by value, from the end on: operator and constant."""
    found: list[tuple[str, np.ndarray | None]] = []
    maker = edit.maker(output)
    while maker is not None and len(found) < _LONGEST_CHAIN:
        constants = [value for name in maker.input if (value := edit.constant(name)) is not None]
        if maker.op_type not in ("Add", "Sub", "Mul", "Div", "Clip", "Transpose", "Tanh", "Sigmoid"):
            break
        found.append((maker.op_type, constants[0] if constants else None))
        maker = edit.maker(_computed(edit, maker))
    return found


def _computed(edit: GraphEdit, maker: NodeProto) -> str:
    """The input of a node that is no constant."""
    return next((name for name in maker.input if name and edit.constant(name) is None), "")


def _order(
    going_in: list[tuple[str, np.ndarray]],
    coming_out: list[tuple[str, np.ndarray | None]],
    wished: bool | None,
) -> tuple[bool, str]:
    if wished is not None:
        return wished, "as given"
    for _, values in (*going_in, *coming_out):
        three = np.abs(values.ravel()) if values is not None and values.size == 3 else None
        for mean in (CAFFE_MEAN, IMAGENET[0]):
            if three is not None and np.allclose(three, mean, rtol=0.01):
                return mean is CAFFE_MEAN, "the means that the graph subtracts or adds are in this order"
            if three is not None and np.allclose(three, list(reversed(mean)), rtol=0.01):
                return mean is not CAFFE_MEAN, "the means that the graph subtracts or adds are in this order"
    return False, _ASSUMED


Affine = tuple[np.ndarray, np.ndarray]
"""factor and offset, of one value or one for each channel"""


def _affine(steps: list[tuple[str, np.ndarray]]) -> Affine | None:
    """What steps by constants do together; None where they do nothing, or not by channels."""
    factor, offset = np.ones(1), np.zeros(1)
    for operator, constant in steps:
        values = np.asarray(constant, np.float64).ravel()
        if values.size not in (1, 3) or (operator == "Div" and not values.all()):
            return None
        if operator in ("Mul", "Div"):
            by = values if operator == "Mul" else 1 / values
            factor, offset = factor * by, offset * by
        else:
            offset = offset + (values if operator == "Add" else -values)
    return None if np.allclose(factor, 1) and np.allclose(offset, 0) else (factor, offset)


def _before_the_clip(coming_out: list[tuple[str, np.ndarray | None]]) -> list[tuple[str, np.ndarray]]:
    """The steps by constants with which a net ends, from the end on; a clip before or after them changes no range."""
    steps: list[tuple[str, np.ndarray]] = []
    for operator, constant in coming_out:
        if operator in ("Add", "Sub", "Mul", "Div") and constant is not None:
            steps.append((operator, constant))
        elif operator not in ("Clip", "Transpose"):
            break
    return steps


def _ends_of(steps: Affine | None, inside_first: bool) -> Range | None:
    """The range at a net's end that steps by constants bring to, or come to from, one that nets work with.

    inside_first: whether the steps lead out
    """
    if steps is None:
        return None
    factor, offset = steps
    for outer in RANGES.values():
        for inner in RANGES.values():
            begin, end = (inner, outer) if inside_first else (outer, inner)
            for order in (1, -1):  # of the channels: which one it is, the means themselves tell
                come = _values(begin, order) * factor + offset
                wanted = _values(end, order)
                if np.all(np.abs(come - wanted) < 0.01 * np.ptp(wanted, 0)):
                    return outer
    return None


def _values(of: Range, order: int) -> np.ndarray:
    """Of black and white, (2, 3)."""
    return _LEVELS * np.array(of.factor)[::order] + np.array(of.offset)[::order]


def _told_by_constants(going_in: list[tuple[str, np.ndarray]]) -> Range | None:
    """By means and scales of a net's own."""
    for operator, values in going_in:
        size = float(np.abs(values).max())
        mean = float(values.mean()) if operator == "Sub" else -float(values.mean())
        if operator in ("Add", "Sub") and 90 < size < 140:
            return RANGES["0-255" if mean > 0 else "caffe"]
        if (operator == "Div" and size > 100) or (operator == "Mul" and 0 < size < 0.02):
            return RANGES["0-255"]
        if (operator in ("Add", "Sub") and 0.3 < mean < 0.6) or (operator == "Mul" and 200 < size < 300):
            return RANGES["0-1"]
    return None


def _output_range(coming_out: list[tuple[str, np.ndarray | None]], painted: np.ndarray) -> tuple[Range, str]:
    """By the function at the end where there is one, else by the values of a painting."""
    if coming_out and coming_out[0][0] == "Sigmoid":
        return RANGES["0-1"], "the net ends in a sigmoid"
    if coming_out and coming_out[0][0] == "Tanh":
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
