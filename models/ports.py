"""The optional inputs of a style model (its ports), and the type and shape that each must have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livebrush.models.errors import LivebrushError
from livebrush.models.regions import MASK_GROUPS

if TYPE_CHECKING:
    import onnx

Shape = tuple[int | str, ...]
"""sizes as numbers where fixed, names ("?" for nameless) where free"""


@dataclass(frozen=True)
class Port:
    """The type and shape of an optional input.

    dtype: the name of the type in NumPy
    shape: one number for each fixed size and None for each free one; None instead of a tuple allows any shape
    since: the first version of the contract that has it
    """

    dtype: str
    shape: tuple[int | None, ...] | None
    since: int = 1


def ports(styles: int) -> dict[str, Port]:
    """All ports by name, for a file that holds this number of styles.

    style:         the weights of a blend, if the file holds several styles
    masks:         soft masks of the regions of the frame, of any size
    style_picture: the painting whose style is used, RGB, of any size
    palette:       the colours to use, as RGB levels 0 to 255, any number of them; none leaves the colours free
    state:         what one frame hands to the next; zeros for the first frame
    """
    return {
        "style": Port("float32", (styles,)),
        "masks": Port("uint8", (None, None, None, MASK_GROUPS)),
        "style_picture": Port("uint8", (None, None, None, 3), since=2),
        "palette": Port("float32", (None, 3), since=2),
        "state": Port("float32", None),
    }


_FRAMES = Port("uint8", (None, None, None, 3))


def read_ports(model: "onnx.ModelProto", styles: int, contract: int, name: str) -> dict[str, Shape]:
    """The ports that a graph has, with the shapes that it declares, in the order of `ports`.

    name:   of the file, for messages
    raises: LivebrushError when the graph breaks the contract
    """
    constants = {text(tensor.name) for tensor in model.graph.initializer}
    inputs = {text(i.name): i.type.tensor_type for i in model.graph.input}
    inputs = {key: tensor for key, tensor in inputs.items() if key not in constants}
    outputs = {text(o.name): o.type.tensor_type for o in model.graph.output}
    _expect(inputs, "frames", _FRAMES, name)
    _expect(outputs, "stylized", _FRAMES, name)
    known = {key: port for key, port in ports(styles).items() if port.since <= contract}
    if styles == 1:
        del known["style"]
    if ("state" in inputs) != ("state_out" in outputs):
        raise LivebrushError(
            f"{name} breaks the style-model contract: the input 'state' and the output 'state_out' go together; "
            "export it again",
            code="unsupported",
        )
    if unknown := set(inputs) - {"frames", *known}:
        extra = ", ".join(
            key if key != "style" else "style (of a file with one style)" for key in sorted(unknown)
        )
        raise LivebrushError(
            f"{name} breaks the style-model contract: unexpected input {extra}", code="unsupported"
        )
    needed = {"style"} & set(known)
    return {
        key: _expect(inputs, key, port, name) for key, port in known.items() if key in inputs or key in needed
    }


def _expect(tensors: Mapping[str, Any], key: str, port: Port, name: str) -> Shape:
    if key not in tensors:
        raise LivebrushError(
            f"{name} breaks the style-model contract: it has no {key!r} "
            f"(it has {', '.join(tensors) or 'none'}); export it again",
            code="unsupported",
        )
    shape, dtype = _shape(tensors[key]), _type_name(tensors[key].elem_type)
    wanted = shape if port.shape is None else port.shape
    sizes_match = len(shape) == len(wanted) and all(
        isinstance(got, str) if size is None else got == size for got, size in zip(shape, wanted, strict=True)
    )
    if dtype != port.dtype or not sizes_match:
        expected = f"{port.dtype} {['free' if size is None else size for size in wanted]}"
        raise LivebrushError(
            f"{name} breaks the style-model contract: {key!r} is {dtype} {list(shape)}, expected {expected}; "
            "export it again",
            code="unsupported",
        )
    return shape


def _type_name(number: int) -> str:
    from onnx import TensorProto

    if number not in TensorProto.DataType.values():
        return f"of an unknown type ({number})"
    name = TensorProto.DataType.Name(number).lower()
    return "float32" if name == "float" else name


def _shape(tensor_type: Any) -> Shape:
    return tuple(
        d.dim_value if d.HasField("dim_value") else (text(d.dim_param) or "?") for d in tensor_type.shape.dim
    )


def text(value: str | bytes) -> str:
    """Of a damaged file protobuf gives bytes where text was to be."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
