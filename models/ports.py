"""The inputs that a style model may have beside its frames, and what each must look like."""

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
    """What a model's optional input holds.

    dtype: as NumPy calls it
    shape: None for a size that must be free; None in place of all for any shape
    since: the first contract that knows it
    """

    dtype: str
    shape: tuple[int | None, ...] | None
    since: int = 1


def ports(styles: int) -> dict[str, Port]:
    """Every port by name, for a file of so many styles.

    style:         weights of a blend, of a file that holds several styles
    masks:         soft masks of the frame's regions, of any size
    style_picture: RGB, the painting to paint after, of any size
    palette:       RGB levels 0..255 of the colours to keep to, as many as are wanted; none: free
    state:         what one frame leaves to the next; zeros begin it
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
