"""The style-model contract: what one ONNX file must hold to be run by livebrush, or by anything else.

input  frames    uint8 [N, H, W, 3], RGB, all three sizes free
output stylized  uint8 [N, H, W, 3]
input  style     float32 [K], weights of a blend, only when the file holds K > 1 styles
input  masks     uint8 [N, h, w, 10], soft region masks, optional
input and output state: float32, shape as declared, optional; zeros start it
metadata property "livebrush": JSON, see `StyleModel`
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livebrush.models.errors import LivebrushError

if TYPE_CHECKING:
    import onnx

CONTRACT = 1
METADATA_KEY = "livebrush"
KINDS = ("painting", "photo")
MASK_GROUPS = 10


@dataclass(frozen=True)
class Style:
    """One style inside a model: the picture that it was learnt from."""

    name: str
    title: str = ""
    artist: str = ""
    year: int | str | None = None
    licence: str = ""
    source: str = ""

    def credit(self) -> str:
        """ "The Starry Night, Vincent van Gogh, 1889 (public domain)", as far as known."""
        known = ", ".join(str(part) for part in (self.title or self.name, self.artist, self.year) if part)
        return f"{known} ({self.licence})" if self.licence else known


@dataclass(frozen=True)
class StyleMetadata:
    """The JSON in a style model's "livebrush" property.

    kind:     "painting" or "photo"
    multiple: H and W must divide by it
    margin:   pixels of reflected picture that the runtime adds on every side and crops again
    """

    kind: str
    net: str
    multiple: int
    margin: int
    styles: tuple[Style, ...]
    weights_licence: str = ""
    trained_on: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps({"contract": CONTRACT, **asdict(self)}, ensure_ascii=False)


@dataclass(frozen=True)
class StyleModel:
    """A style model as its file alone describes it.

    state_shape: of the optional `state`, None where the model carries nothing from frame to frame
    """

    path: Path
    metadata: StyleMetadata
    takes_masks: bool = False
    state_shape: tuple[int | str, ...] | None = None

    @property
    def name(self) -> str:
        return self.path.stem


def read_style_model(path: Path) -> StyleModel:
    """Read and validate a style model without running it.

    raises: LivebrushError when the file is missing, no ONNX, or breaks the contract: the reason and the fix
    """
    model = _read_onnx(path)
    try:
        properties = {_text(p.key): _text(p.value) for p in model.metadata_props}
    except UnicodeDecodeError as error:
        raise LivebrushError(
            f"{path.name}: its metadata is no text ({error.reason}); export it again",
            code="unreadable",
        ) from error
    if METADATA_KEY not in properties:
        inputs = ", ".join(_text(i.name) for i in model.graph.input) or "none"
        raise LivebrushError(
            f"{path.name} is an ONNX file but no style model: it has no {METADATA_KEY!r} metadata "
            f"(its inputs: {inputs})",
            code="unsupported",
            remedy="train_style",
        )
    metadata = parse_metadata(properties[METADATA_KEY], path.name)
    takes_masks, state_shape = _check_graph(model, metadata, path.name)
    return StyleModel(path, metadata, takes_masks, state_shape)


def _read_onnx(path: Path) -> "onnx.ModelProto":
    import onnx
    from google.protobuf.message import DecodeError

    if not path.is_file():
        raise LivebrushError(f"the style model {path} does not exist", code="not_found")
    if path.stat().st_size == 0:
        raise LivebrushError(f"{path.name} is empty (0 bytes): copy or export it again", code="unreadable")
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError) as error:
        raise LivebrushError(
            f"{path.name} is no ONNX file, or is damaged: copy or export it again",
            code="unreadable",
        ) from error
    except OSError as error:
        raise LivebrushError(f"{path} cannot be read: {error.strerror}", code="unreadable") from error
    if not model.graph.node:
        raise LivebrushError(f"{path.name} is no ONNX file: it holds no graph", code="unreadable")
    return model


def parse_metadata(text: str, name: str) -> StyleMetadata:
    """raises: LivebrushError naming the first value that breaks the contract"""

    def refuse(what: str) -> LivebrushError:
        return LivebrushError(
            f"{name} breaks the style-model contract: {what}; export it again", code="unsupported"
        )

    try:
        values = _printable(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise refuse(f"its metadata is not JSON ({error})") from error
    if not isinstance(values, dict):
        raise refuse(f"its metadata is a {type(values).__name__}, expected an object")
    if values.get("contract") != CONTRACT or isinstance(values.get("contract"), bool):
        raise LivebrushError(
            f"{name} follows contract {values.get('contract')!r}, this livebrush reads contract {CONTRACT}: "
            "update livebrush, or export the model again",
            code="unsupported",
        )
    if values.get("kind") not in KINDS:
        raise refuse(f"its kind is {values.get('kind')!r}, expected {' or '.join(KINDS)}")
    for key, least, most in (("multiple", 1, 64), ("margin", 0, 512)):
        value = values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise refuse(f"{key} is {str(value)[:40]}, expected a whole number from {least} to {most}")
    styles = values.get("styles")
    if not isinstance(styles, list) or not styles:
        raise refuse("it lists no styles")
    known, recipe = Style.__dataclass_fields__, values.get("recipe")
    for style in styles:
        if not isinstance(style, dict) or not isinstance(style.get("name"), str) or not style["name"]:
            raise refuse("a style in its list has no name")
    return StyleMetadata(
        kind=values["kind"],
        net=str(values.get("net", "")),
        multiple=values["multiple"],
        margin=values["margin"],
        styles=tuple(Style(**{k: v for k, v in style.items() if k in known}) for style in styles),
        weights_licence=str(values.get("weights_licence", "")),
        trained_on=str(values.get("trained_on", "")),
        recipe=recipe if isinstance(recipe, dict) else {},
    )


def _text(value: str | bytes) -> str:
    """Of a damaged file protobuf gives bytes where text was to be."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _printable(value: Any) -> Any:
    """The same JSON without characters that steer a terminal."""
    if isinstance(value, str):
        return "".join(c for c in value if c.isprintable())
    if isinstance(value, list):
        return [_printable(entry) for entry in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(entry) for key, entry in value.items()}
    return value


def _check_graph(
    model: "onnx.ModelProto", metadata: StyleMetadata, name: str
) -> tuple[bool, tuple[int | str, ...] | None]:
    """Whether the graph takes masks, and the shape of its state."""
    from onnx import TensorProto

    constants = {_text(tensor.name) for tensor in model.graph.initializer}
    inputs = {_text(i.name): i.type.tensor_type for i in model.graph.input}
    inputs = {name: tensor for name, tensor in inputs.items() if name not in constants}
    outputs = {_text(o.name): o.type.tensor_type for o in model.graph.output}
    count = len(metadata.styles)

    def expect(tensors: dict[str, Any], key: str, dtype: int, shape: list[int | None]) -> None:
        """`shape` has None for a size that must be free."""
        if key not in tensors:
            raise LivebrushError(
                f"{name} breaks the style-model contract: it has no {key!r} "
                f"(it has {', '.join(tensors) or 'none'}); export it again",
                code="unsupported",
            )
        got = _shape(tensors[key])
        sizes_match = len(got) == len(shape) and all(
            isinstance(g, str) if s is None else g == s for g, s in zip(got, shape, strict=True)
        )
        if tensors[key].elem_type != dtype or not sizes_match:
            expected = f"{_type_name(dtype)} {['free' if s is None else s for s in shape]}"
            actual = f"{_type_name(tensors[key].elem_type)} {list(got)}"
            raise LivebrushError(
                f"{name} breaks the style-model contract: {key!r} is {actual}, expected {expected}; export it again",
                code="unsupported",
            )

    expect(inputs, "frames", TensorProto.UINT8, [None, None, None, 3])
    expect(outputs, "stylized", TensorProto.UINT8, [None, None, None, 3])
    if count > 1:
        expect(inputs, "style", TensorProto.FLOAT, [count])
    if "masks" in inputs:
        expect(inputs, "masks", TensorProto.UINT8, [None, None, None, MASK_GROUPS])
    if ("state" in inputs) != ("state_out" in outputs):
        raise LivebrushError(
            f"{name} breaks the style-model contract: the input 'state' and the output 'state_out' go together; "
            "export it again",
            code="unsupported",
        )
    unknown = set(inputs) - {"frames", "style", "masks", "state"}
    if unknown or ("style" in inputs and count == 1):
        extra = ", ".join(sorted(unknown)) or "style (of a file with one style)"
        raise LivebrushError(
            f"{name} breaks the style-model contract: unexpected input {extra}", code="unsupported"
        )
    return "masks" in inputs, _shape(inputs["state"]) if "state" in inputs else None


def _type_name(number: int) -> str:
    from onnx import TensorProto

    known = number in TensorProto.DataType.values()
    return TensorProto.DataType.Name(number).lower() if known else f"of an unknown type ({number})"


def _shape(tensor_type: Any) -> tuple[int | str, ...]:
    """Sizes as numbers where fixed, names ("?" for nameless) where free."""
    return tuple(
        d.dim_value if d.HasField("dim_value") else (_text(d.dim_param) or "?") for d in tensor_type.shape.dim
    )
