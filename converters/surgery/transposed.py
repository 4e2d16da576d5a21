"""Transposed convolutions as ordinary ones at the small size: one for each place that an output pixel may have."""

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
    if weight is None or weight.ndim != 4 or values.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return False
    strides, pads, dilations, groups = sizes_of(values, weight.shape[2:])
    added = values.get("output_padding", [0, 0])
    stride, square = strides[0], strides[0] == strides[1]
    if (
        groups != 1
        or dilations != [1, 1]
        or not square
        or not 2 <= stride <= _MOST
        or "output_shape" in values
    ):
        return False
    # The output must be a whole multiple of the input: stride * size
    if any(weight.shape[2 + n] - pads[n] - pads[n + 2] + added[n] != stride for n in range(2)):
        return False
    phases: list[str] = []
    new: list[NodeProto] = []
    for row in range(stride):
        for column in range(stride):
            rows, up, down = _taps(row, pads[0], stride, weight.shape[2])
            columns, left, right = _taps(column, pads[1], stride, weight.shape[3])
            if not rows or not columns:
                return False  # a kernel smaller than its stride leaves holes
            kernel = weight[:, :, rows][:, :, :, columns].transpose(1, 0, 2, 3)
            inputs = [transposed.input[0], edit.add_constant(kernel, "phase")]
            phases.append(edit.fresh("phase_out"))
            new.append(
                node(
                    "Conv", [*inputs, *transposed.input[2:3]], phases[-1],
                    kernel_shape=[len(rows), len(columns)], pads=[up, left, down, right],
                )
            )  # fmt: skip
    joined = edit.fresh("phases")
    new.append(node("Concat", phases, joined, axis=1))
    new += interleaved(edit, joined, transposed.output[0], stride, weight.shape[1])
    edit.replace([transposed], new)
    return True


def _taps(place: int, cut: int, stride: int, size: int) -> tuple[list[int], int, int]:
    """The rows of a kernel that an output row sees, in the order of the input rows, and the padding of these.

    place: of the output row within its stride; cut: rows cut off the full output's top
    """
    # Output row stride * n + place is row stride * n + place + cut of the full one; kernel row k of it lies on input
    # row n + (place + cut - k) / stride
    shifts = {(place + cut - k) // stride: k for k in range(size) if (place + cut - k) % stride == 0}
    if not shifts:
        return [], 0, 0
    first, last = min(shifts), max(shifts)
    return [shifts[shift] for shift in range(first, last + 1)], max(0, -first), max(0, last)
