"""Nets of other projects, and files of ours, to style models: found out, rewritten, proved, written."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.converters.checkpoints.file_kind import Kind, kind_of
from livebrush.converters.foreign.converting import Converted, converted
from livebrush.converters.foreign.free_sizes import smallest_multiple
from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.half_weights import halve_weights
from livebrush.converters.likeness import Likeness, Painter, likeness
from livebrush.converters.precision.fixed_norms import with_fixed_norms
from livebrush.converters.precision.look_kept import NOT_MEASURED, LookKept, look_kept
from livebrush.converters.precision.lowering import lowered
from livebrush.converters.report import Report
from livebrush.converters.rewriting import painter, rewritten
from livebrush.converters.running import session, times_ms
from livebrush.converters.style_file import bytes_of, metadata_of, write
from livebrush.converters.surgery.pixels import MULTIPLE
from livebrush.models.contract import METADATA_KEY, Style, StyleMetadata, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, OnEvent, Progress, Started, telling

FRAME = (480, 640)
"""height and width at which speed is measured"""
TRIED = (240, 320)
"""height and width at which rewrites are timed: a quarter of the work tells as much"""
COMPARED = (192, 256)
"""height and width at which rewrites, and nets of free size, are compared: time enough for every border to matter"""
STEPS = 4
"""found out, rewritten, in fewer bits, compared and written"""
JUDGED_BY = 4
"""frames of a video, or a few more, whose paintings tell what is left of the look"""
LEAST_ALIKE = 0.99
"""share of values within a level of the net as it was; less is not written"""


@dataclass(frozen=True)
class Wishes:
    """What a person asks of a conversion.

    input_range, output_range: one of RANGES; None: found out
    bgr:           whether the net takes and gives blue first; None: found out
    style_picture: (H, W, 3) uint8 RGB, the painting that a net for any style is to paint after; None: it takes one with
                   every frame, where its two nets can be joined
    precision:     "float32", "fp16" or "int8"
    calibration:   frames of a clip, (H, W, 3) uint8 RGB, that int8 and fixed norms are fitted to
    fix_norms:     whether instance norms take the statistics of the calibration's frames, where that does not show
    rewrites:      whether the graph is rewritten for speed
    measure:       whether the speed of the net as it was is measured, too
    force:         keep what came out less exact, or no faster, than it must be
    """

    input_range: str | None = None
    output_range: str | None = None
    bgr: bool | None = None
    style_picture: np.ndarray | None = None
    precision: str = "float32"
    calibration: Sequence[np.ndarray] = ()
    fix_norms: bool = False
    rewrites: bool = True
    measure: bool = True
    force: bool = False


def convert_files(
    sources: Sequence[Path],
    output: Path,
    credit: Style,
    wishes: Wishes,
    weights_licence: str = "",
    on_event: OnEvent | None = None,
) -> Report:
    """Write a style model.

    sources:  one file or folder, the two of a pair, a picture, or a blend such as "starry_night:0.7,wave.jpg:0.3"
    credit:   of the style; where a file holds several, of each, with a number after its name
    on_event: told of the start, of each of STEPS, and of the end
    raises:   LivebrushError for what cannot be converted, saying why; nothing is written then
    """
    with telling(on_event) as tell:
        tell(Started(output.name, "step", STEPS))
        done = itertools.count(1)
        report = _convert(
            sources, output, credit, wishes, weights_licence, lambda: tell(Progress(next(done), STEPS))
        )
        tell(Finished(output, report.as_json()))
    return report


def _convert(
    sources: Sequence[Path],
    output: Path,
    credit: Style,
    wishes: Wishes,
    weights_licence: str,
    step_done: Callable[[], object],
) -> Report:
    found, metadata = _made(sources, credit, weights_licence, wishes) or _found(sources, wishes)
    others = _one_style(found)
    step_done()
    model, steps = found.model, []
    # A style model keeps its metadata, by which its widths must suit the rewrites already
    if wishes.rewrites and (metadata is None or metadata.multiple % MULTIPLE == 0):
        frame, small = (known_picture(_fitting(size, found.multiple)) for size in (TRIED, COMPARED))
        model, steps = rewritten(model, frame, small, others)
    multiple = metadata.multiple if metadata else _multiple(model, others)
    _check_alike(_compared(found, model, others), sources[0].name, wishes.force)
    step_done()
    before = model
    model, said = _lightened(model, wishes, others, _fitting(FRAME, multiple))
    look = _look_kept(before, model, wishes, others, multiple)
    if model is not before:
        said["look"] = str(look or NOT_MEASURED)
    step_done()
    was_ms, now_ms = _speeds(found, model, others, multiple) if wishes.measure else (None, None)
    alike = _compared(found, model, others)
    if model is before:  # what may paint otherwise was judged already
        _check_alike(alike, sources[0].name, wishes.force)
    write(model, metadata or metadata_of(found, multiple, sources, credit, weights_licence, steps), output)
    step_done()
    one_by_one = [] if _takes_several(model, multiple, others) else ["it paints one frame at a time"]
    return Report(
        [_called(path) for path in sources], str(output), found.net,
        {**found.facts, "sizes": _sizes_in_words(found, multiple), **said}, alike, steps,
        (sum(map(bytes_of, sources)), output.stat().st_size), was_ms, now_ms, found.size or FRAME,
        [*found.notes, *one_by_one], look,
    )  # fmt: skip


def _called(source: Path) -> str:
    """A file's own name; of a blend all of it."""
    return source.name if source.exists() else str(source)


def _check_alike(alike: Likeness, name: str, force: bool) -> None:
    """raises: LivebrushError for paintings that are not those of before"""
    if alike.within_1 < LEAST_ALIKE and not force:
        raise LivebrushError(
            f"{name} would not paint as it does now: {alike}, expected {LEAST_ALIKE:.0%}; not written",
            code="failed",
            remedy="force_conversion",
        )


def _lightened(
    model: onnx.ModelProto, wishes: Wishes, others: Mapping[str, np.ndarray], size: tuple[int, int]
) -> tuple[onnx.ModelProto, dict[str, str]]:
    """With what a person allows to change its paintings a little; and what to say of it."""
    facts: dict[str, str] = {}
    if wishes.fix_norms:
        model, facts["norms"] = with_fixed_norms(model, wishes.calibration, others, force=wishes.force)
    if wishes.precision == "float32":
        halve_weights(model)
        return model, facts
    model, said = lowered(model, wishes.precision, wishes.calibration, others, size, force=wishes.force)
    return model, facts | said


def _look_kept(
    before: onnx.ModelProto,
    model: onnx.ModelProto,
    wishes: Wishes,
    others: Mapping[str, np.ndarray],
    multiple: int,
) -> LookKept | None:
    """What fewer bits and fixed norms leave of the look; None where there are none, or it cannot be measured here."""
    if model is before:
        return None
    each = max(1, len(wishes.calibration) // JUDGED_BY)
    frames = wishes.calibration[::each] or [known_picture(_fitting(FRAME, multiple))]
    first, second = (painter(session(one, "the net"), others) for one in (before, model))
    return look_kept(first, second, frames, wishes.style_picture)


def _made(
    sources: Sequence[Path], credit: Style, weights_licence: str, wishes: Wishes
) -> tuple[Converted, StyleMetadata] | None:
    """A style of a picture, a blend of styles, or one of a file of several; None for files that hold a net.

    credit: a bare name leaves what the style says of its painting
    raises: LivebrushError where a style picture was given beside it, for nothing
    """
    from livebrush.realtime.made.asked import find_choice, is_made

    if len(sources) != 1 or not is_made(str(sources[0])):
        return None
    if wishes.style_picture is not None and wishes.precision == "float32" and not wishes.fix_norms:
        raise LivebrushError(
            f"{sources[0]} is the whole style: a style picture is for nets that paint after any",
            code="conflict", remedy="leave_out", field="style_picture",
        )  # fmt: skip
    choice = find_choice(str(sources[0]))
    found, metadata = _ours(choice.model.path)
    found.notes.extend(map(str, choice.notes))
    own = {"weights_licence": weights_licence} if weights_licence else {}
    bare = credit == Style(credit.name)
    style = replace(metadata.styles[0], name=credit.name) if bare else credit
    return found, replace(metadata, styles=(style,), **own)


def _found(sources: Sequence[Path], wishes: Wishes) -> tuple[Converted, StyleMetadata | None]:
    """What the files hold, and its metadata where it is a style model already."""
    kinds: list[Kind] = [kind_of(path) for path in sources]
    if len(set(kinds)) > 1:
        raise LivebrushError(
            f"{' and '.join(path.name for path in sources)} are of different kinds ({', '.join(kinds)}): a pair is of "
            "one",
            code="conflict",
        )
    kind = kinds[0]
    wished = (wishes.input_range, wishes.output_range, wishes.bgr)
    if kind != "onnx":
        if any(one is not None for one in wished):
            raise LivebrushError(
                f"{sources[0].name}: what such nets take and give is known; ranges and orders of colours are for ONNX",
                code="conflict",
            )
        from livebrush.converters.from_checkpoint import converted_checkpoint

        return converted_checkpoint(sources, kind, wishes.style_picture), None
    if len(sources) == 1 and _is_style_model(sources[0]):
        return _ours(sources[0])
    return converted(sources, wishes.style_picture, wished, FRAME), None


def _is_style_model(path: Path) -> bool:
    from livebrush.converters.foreign.opening import open_onnx

    return any(entry.key == METADATA_KEY for entry in open_onnx(path).metadata_props)


def _ours(path: Path) -> tuple[Converted, StyleMetadata]:
    """A style model, to be made smaller or faster."""
    style = read_style_model(path)
    if set(style.ports) - {"style"}:
        raise LivebrushError(
            f"{path.name} also takes {', '.join(set(style.ports) - {'style'})}: only nets that take frames alone are "
            "made smaller",
            code="unsupported",
        )
    model = onnx.load(path)
    styles = len(style.metadata.styles)
    weights = {"style": np.eye(styles, dtype=np.float32)[0]} if styles > 1 else {}
    runner = session(model, path.name)
    feeds = {"frames": known_picture(_fitting(FRAME, style.metadata.multiple))[None], **weights}
    found = Converted(
        f"style model ({style.metadata.net})", model, style.metadata.multiple, painter(runner, weights), None, styles,
        was=(model, feeds),
    )  # fmt: skip
    return found, style.metadata


def _one_style(found: Converted) -> dict[str, np.ndarray]:
    """Values for what the model takes beside frames: the first style, or a picture of one."""
    if found.shown is not None:
        return {"style_picture": found.shown[None]}
    return {"style": np.eye(found.styles, dtype=np.float32)[0]} if found.styles > 1 else {}


def _multiple(model: onnx.ModelProto, others: Mapping[str, np.ndarray]) -> int:
    """Of the finished graph: what H and W must divide by."""
    runner = session(model, "the net")
    multiple = smallest_multiple(lambda size: _gives_back(runner, (1, *size, 3), others))
    if multiple is None:
        raise LivebrushError("the net gives back pictures of another size than it takes", code="unsupported")
    return multiple


def _fitting(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """The next size whose sides divide."""
    height, width = (side + -side % multiple for side in size)
    return height, width


def _gives_back(
    runner: ort.InferenceSession, shape: tuple[int, int, int, int], others: Mapping[str, np.ndarray]
) -> bool:
    """Whether frames of this shape are painted in this shape."""
    try:
        (painted,) = runner.run(["stylized"], {"frames": np.zeros(shape, np.uint8), **others})
    except Exception:  # ONNX Runtime's exceptions share no base class; a size that fails is an answer
        return False
    return np.asarray(painted).shape == shape


def _sizes_in_words(found: Converted, multiple: int) -> str:
    if found.resizes:
        assert found.size is not None
        return f"any; the net takes {found.size[1]}x{found.size[0]} alone: frames are resized to it, paintings back"
    was = f"any, although the file fixes {found.size[1]}x{found.size[0]}" if found.size else "any"
    return f"{was}; frames are filled up to a multiple of {multiple}" if multiple > 1 else was


def _takes_several(model: onnx.ModelProto, multiple: int, others: Mapping[str, np.ndarray]) -> bool:
    """Whether two frames can be painted in one run."""
    return _gives_back(session(model, "the net"), (2, 8 * multiple, 8 * multiple, 3), others)


def _compared(found: Converted, model: onnx.ModelProto, others: Mapping[str, np.ndarray]) -> Likeness:
    """To the net as it was, at its own size."""
    frame = known_picture(found.size or _fitting(COMPARED, found.multiple))
    paint: Painter = painter(session(model, "the net"), others)
    return likeness(found.original, paint, [frame])


def _speeds(
    found: Converted, model: onnx.ModelProto, others: Mapping[str, np.ndarray], multiple: int
) -> tuple[float | None, float | None]:
    """One frame: as it was, and as it is at FRAME."""
    now: dict[str, Any] = {"frames": known_picture(_fitting(FRAME, multiple))[None], **others}
    if found.was is None:
        return None, times_ms([session(model, "the net")], [now])[0]
    was, feeds = found.was
    before, after = times_ms([session(was, "the net as it was"), session(model, "the net")], [feeds, now])
    return before, after
