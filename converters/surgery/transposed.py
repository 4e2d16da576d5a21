"""Transposed convolutions as ordinary ones at the small size: one for each place that an output pixel may have."""

import numpy as np
from onnx import NodeProto

from livebrush.converters.graph_edit import GraphEdit, attributes, node, sizes_of
from livebrush.converters.surgery.interleaving import interleaved

_MOST = 4  # stride; beyond it there are more places than a net has channels


def split_transposed(edit: GraphEdit) -> int:
    """Each ConvTranspose of stride s as s x s convolutions and one rearrangement. Exact, without a multiplication more.

    An output pixel at an even row sees other rows of the kernel than one at an odd row. Returns how many were split.
    """
    for one in list(edit.nodes):
        if one.op_type == "ConvTranspose":
            _take_in_crops(edit, one)
    return sum(_split(edit, one) for one in list(edit.nodes) if one.op_type == "ConvTranspose")


def _take_in_crops(edit: GraphEdit, transposed: NodeProto) -> None:
    """What is cut off right after a transposed convolution becomes its padding, which cuts it off as well."""
    values = attributes(transposed)
    pads = list(values.get("pads", [0] * 4))
    if (
        len(pads) != 4
        or "output_shape" in values
        or values.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID")
    ):
        return
    cut: list[NodeProto] = []
    last = transposed
    while (crop := edit.only_user(last.output[0])) is not None and (by := _cuts(edit, crop)) is not None:
        pads = [pad + more for pad, more in zip(pads, by, strict=True)]
        cut.append(crop)
        last = crop
    if cut:
        kept = {key: value for key, value in values.items() if key not in ("pads", "auto_pad")}
        new = node("ConvTranspose", transposed.input, last.output[0], pads=pads, **kept)
        edit.replace([transposed, *cut], [new])


def _cuts(edit: GraphEdit, crop: NodeProto) -> list[int] | None:
    """Rows and columns that a Slice takes away: top, left, bottom, right; None where it does something else."""
    if crop.op_type != "Slice" or len(crop.input) < 4:
        return None
    given = [edit.constant(name) for name in crop.input[1:] if name]
    if any(values is None for values in given):
        return None
    starts, ends, axes, *steps = (values.tolist() for values in given if values is not None)
    by = [0] * 4
    for start, end, axis in zip(starts, ends, axes, strict=True):
        if axis % 4 not in (2, 3) or start < 0 or (end >= 0 and end < 2**31 - 1):
            return None
        by[axis % 4 - 2], by[axis % 4] = start, max(0, -end)
    return by if all(step == 1 for step in (steps[0] if steps else [])) else None


def _split(edit: GraphEdit, transposed: NodeProto) -> bool:
    weight = edit.constant(transposed.input[1])
    values = attributes(transposed)
    fixed = "output_shape" in values or values.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID")
    if weight is None or weight.ndim != 4 or fixed:
        return False
    strides, pads, dilations, groups = sizes_of(values, weight.shape[2:])
    added, stride = values.get("output_padding", [0, 0]), strides[0]
    if groups != 1 or dilations != [1, 1] or strides[1] != stride or not 2 <= stride <= _MOST:
        return False
    if min(weight.shape[2:]) < stride:
        return False  # a kernel smaller than its stride leaves holes
    # The output must be a whole multiple of the input: stride * size
    if any(weight.shape[2 + n] - pads[n] - pads[n + 2] + added[n] != stride for n in range(2)):
        return False
    phases = [
        _phase(edit, transposed, weight, pads, divmod(place, stride), stride) for place in range(stride**2)
    ]
    joined = edit.fresh("phases")
    new = [
        *phases,
        node("Concat", [phase.output[0] for phase in phases], joined, axis=1),
        *interleaved(edit, joined, transposed.output[0], stride, weight.shape[1]),
    ]
    edit.replace([transposed], new)
    return True


def _phase(
    edit: GraphEdit,
    transposed: NodeProto,
    weight: np.ndarray,
    pads: list[int],
    place: tuple[int, int],
    stride: int,
) -> NodeProto:
    """The convolution that gives every output pixel of one place, (row, column), within stride x stride."""
    rows, up, down = _taps(place[0], pads[0], stride, weight.shape[2])
    columns, left, right = _taps(place[1], pads[1], stride, weight.shape[3])
    kernel = weight[:, :, rows][:, :, :, columns].transpose(1, 0, 2, 3)
    names = [transposed.input[0], edit.add_constant(kernel, "phase"), *transposed.input[2:3]]
    sides = [up, left, down, right]
    return node("Conv", names, edit.fresh("phase"), kernel_shape=[len(rows), len(columns)], pads=sides)


def _taps(place: int, cut: int, stride: int, size: int) -> tuple[list[int], int, int]:
    """The rows of a kernel that an output row sees, in the order of the input rows, and the padding of these.

    place: of the output row within its stride; cut: rows cut off the full output's top
    """
    # Output row stride * n + place is row stride * n + place + cut of the full one; kernel row k of it lies on input
    # row n + (place + cut - k) / stride
    shifts = {(place + cut - k) // stride: k for k in range(size) if (place + cut - k) % stride == 0}
    first, last = min(shifts), max(shifts)
    return [shifts[shift] for shift in range(first, last + 1)], max(0, -first), max(0, last)
