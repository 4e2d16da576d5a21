"""A foreign ONNX file, or a pair of them, as a graph within the contract, with the original to compare it with."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper

from livebrush.converters.foreign.ends import Ends, find_ends, is_picture, looks_like
from livebrush.converters.foreign.free_sizes import freed, gives_back, smallest_multiple
from livebrush.converters.foreign.modernise import modernised
from livebrush.converters.foreign.opening import open_onnx
from livebrush.converters.foreign.pair import StyleNet, find_pair, with_constant
from livebrush.converters.foreign.probing import Colours, Paint, Wished, find_colours, known_picture
from livebrush.converters.foreign.ranges import levels_of, values_of
from livebrush.converters.foreign.wrapping import wrapped
from livebrush.converters.graph_edit import GraphEdit, copied
from livebrush.converters.likeness import Painter, as_levels
from livebrush.converters.running import Feeds, folded, session
from livebrush.converters.running import reason as why
from livebrush.models.errors import LivebrushError

_WHOLE = (TensorProto.UINT8, TensorProto.INT32, TensorProto.INT64)
PROBE = (192, 256)
"""height and width of the picture that a net of free size is tried with"""


@dataclass(frozen=True)
class Converted:
    """model:    within the contract but for its metadata
    multiple: what H and W must divide by, before rewrites
    styles:   how many it holds
    original: paints as the source does, frames of `size` alone where that is fixed
    was:      the source itself as it can be timed: the model, and its inputs at a size
    resizes:  whether frames are resized to `size`, because the net takes no other
    shown:    a style picture, (h, w, 3) uint8, that `original` and `was` paint after; None for a net that takes none
    """

    net: str
    model: onnx.ModelProto
    multiple: int
    original: Painter
    size: tuple[int, int] | None
    styles: int = 1
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    was: tuple[onnx.ModelProto, Feeds] | None = None
    resizes: bool = False
    shown: np.ndarray | None = None


def converted(
    paths: Sequence[Path],
    style_picture: np.ndarray | None,
    wished: Wished,
    time_at: tuple[int, int],
) -> Converted:
    """paths:  a net, or a pair: one that makes a vector of a style picture, and one that paints after it, in any order
    time_at: (height, width) of the frame that a source of free size is timed with
    raises:  LivebrushError for what cannot become a style model, saying why
    """
    net, name, original, looker = _the_net(paths, style_picture)
    ends = find_ends(net, name, f"net/{looker.painter_takes}" if looker else None)
    if ends.vector and looker is None:
        raise LivebrushError(
            f"{name} paints after a vector that another net makes of a style picture: give both files",
            code="conflict",
        )
    shown = known_picture(looker.size()) if looker else None
    others = _one_style(ends)
    if looker and ends.vector and shown is not None:
        others[ends.vector] = looker.vector(shown)
    runnable, multiple = _runnable(net, ends, others, name)
    fixed = ends.size
    if fixed and multiple and any(side % multiple for side in fixed):
        ends = replace(ends, size=None)  # it gives back another size than that; others it does not
    colours, paint = _colours(runnable, ends, others, wished, _of_bytes(original, ends))

    def as_it_was(frame: np.ndarray) -> np.ndarray:
        painted = paint(values_of(frame, colours.input, colours.bgr))
        return as_levels(levels_of(painted, colours.output, colours.bgr))

    known = colours.known
    facts = {
        "takes": f"{colours.input.name} ({known['input']})",
        "gives": f"{colours.output.name} ({known['output']})",
        "order": f"{'BGR' if colours.bgr else 'RGB'} ({known['order']})",
    }
    size = fixed or time_at
    shape = (1, *size, 3) if ends.channels_last else (1, 3, *size)
    feeds = {ends.picture: np.zeros(shape, np.float32), **others}
    was = original, _as_the_file_takes_them(original, feeds)
    resizes = multiple is None
    model = wrapped(runnable, ends, colours, resizes, looker)
    return Converted(
        "foreign ONNX", model, multiple or 1, as_it_was, ends.size, ends.styles, facts, _notes(ends, resizes), was,
        resizes, shown,
    )  # fmt: skip


def _of_bytes(original: onnx.ModelProto, ends: Ends) -> tuple[bool, bool]:
    """Whether the picture that a file takes, and the one that it gives, is of whole numbers."""
    types = _types(original)
    taken, given = (types.get(name.removeprefix("net/")) for name in (ends.picture, ends.output))
    return taken in _WHOLE, given in _WHOLE


def _types(model: onnx.ModelProto) -> dict[str, int]:
    """Of what goes in and comes out, by name."""
    ends = [*model.graph.input, *model.graph.output]
    return {value.name: value.type.tensor_type.elem_type for value in ends}


def _as_the_file_takes_them(original: onnx.ModelProto, feeds: Feeds) -> dict[str, np.ndarray]:
    """Under the file's own names and in its types."""
    types = _types(original)
    named = {name.removeprefix("net/"): array for name, array in feeds.items()}
    return {name: array.astype(helper.tensor_dtype_to_np_dtype(types[name])) for name, array in named.items()}


def _runnable(
    net: onnx.ModelProto, ends: Ends, others: dict[str, np.ndarray], name: str
) -> tuple[onnx.ModelProto, int | None]:
    """The net without fixed sizes, and what sizes must divide by; as it is and None where it takes one size alone.

    raises: LivebrushError for one that gives back no size that it takes
    """
    with TemporaryDirectory() as folder:
        with contextlib.suppress(LivebrushError):  # a graph that does not load without its sizes needs them
            free = folded(freed(net, ends), name, Path(folder))
            runner = session(free, name)
            if multiple := smallest_multiple(lambda size: gives_back(runner, ends, others, size)):
                return free, multiple
        as_it_is = folded(net, name, Path(folder))
    size = ends.size
    if size is None:
        raise LivebrushError(
            f"{name} {_fault(as_it_is, ends, others, name)}, at every size that was tried", code="unsupported"
        )
    if not gives_back(session(as_it_is, name), ends, others, size):
        raise LivebrushError(f"{name} {_fault(as_it_is, ends, others, name)}", code="unsupported")
    return as_it_is, None


def _fault(net: onnx.ModelProto, ends: Ends, others: dict[str, np.ndarray], name: str) -> str:
    """What a net does wrong."""
    size = ends.size or PROBE
    shape = (1, *size, 3) if ends.channels_last else (1, 3, *size)
    feeds = {ends.picture: np.zeros(shape, np.float32), **others}
    try:
        (painted,) = session(net, name).run([ends.output], feeds)
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        return f"does not run: {why(error)}"
    given = list(np.asarray(painted).shape)
    if not is_picture(given):
        return f"gives no picture, expected one of 3 colours: {given}{looks_like(net, {ends.output: given})}"
    return f"gives back pictures of another size than it takes, {given} for {list(shape)}"


def _colours(
    model: onnx.ModelProto,
    ends: Ends,
    others: dict[str, np.ndarray],
    wished: Wished,
    of_bytes: tuple[bool, bool],
) -> tuple[Colours, Paint]:
    """What the net takes and gives, and a function that runs it."""
    runner = session(model, "the net", level="ORT_ENABLE_BASIC")

    def paint(values: np.ndarray) -> np.ndarray:
        values = values.transpose(0, 2, 3, 1) if ends.channels_last else values
        try:
            (painted,) = runner.run([ends.output], {ends.picture: np.ascontiguousarray(values), **others})
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise LivebrushError(f"the net fails on a picture: {why(error)}", code="unsupported") from error
        painted = np.asarray(painted, np.float32)
        return painted.transpose(0, 3, 1, 2) if ends.output_channels_last else painted

    return find_colours(GraphEdit(model), ends, paint, ends.size or PROBE, wished, of_bytes), paint


def _the_net(
    paths: Sequence[Path], style_picture: np.ndarray | None
) -> tuple[onnx.ModelProto, str, onnx.ModelProto, StyleNet | None]:
    """The net that paints, in today's opset; its name; the file as it was; and the net that looks at style pictures.

    The last is None for a net alone, and where a style picture is given, which then is in the net.
    """
    opened = [(path, open_onnx(path)) for path in paths]
    looker = None
    if len(opened) == 1:
        ((path, original),) = opened
    else:
        (path, original), looker = find_pair(opened)
        if style_picture is not None:
            original = with_constant(original, looker.painter_takes, looker.vector(style_picture))
            looker = None
    return modernised(copied(original), path.name), path.name, original, looker


def _one_style(ends: Ends) -> dict[str, np.ndarray]:
    """The first style, as the net takes it."""
    if not ends.style:
        return {}
    weights = np.eye(ends.styles, dtype=np.float32)[0]
    return {ends.style: weights[None] if ends.style_rank == 2 else weights}


def _notes(ends: Ends, fixed: bool) -> list[str]:
    notes = []
    if fixed and ends.size:
        notes.append(
            f"paints at {ends.size[1]}x{ends.size[0]} whatever the frame's size, and is as sharp as that"
        )
    if ends.vector:
        notes.append(
            "looks at a style picture with every frame: name one where you name the style, FILE:PICTURE"
        )
    if ends.styles > 1:
        notes.append(f"{ends.styles} styles, which can be blended; they are numbered, as the file names none")
    return notes
