"""The style-model contract: what an ONNX file must hold so that livebrush, or any other program, can run it.

input   frames          uint8 [N, H, W, 3], RGB, all three sizes free
output  stylized        uint8 [N, H, W, 3]
inputs  (other)         its ports, see livebrush.models.ports
output  state_out       only with an input state, and of the same shape
metadata  "livebrush"   JSON, see StyleMetadata

Contract 2 adds the ports `style_picture` and `palette`, and `sized_by_frame`; files of contract 1 are read as before.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livebrush.models.errors import LivebrushError
from livebrush.models.ports import Shape, read_ports, text

if TYPE_CHECKING:
    import onnx

CONTRACT = 2
METADATA_KEY = "livebrush"
KINDS = ("painting", "photo")
LEAST_SIDE = 16
"""pixels of H and W that a net must be able to take, margin included: of fewer, nets that halve the size twice and
reflect at borders have nothing left to reflect"""
TEXTURE = "texture"
"""the kind of a file that is no style model, see livebrush.models.textures"""


@dataclass(frozen=True)
class Style:
    """One style inside a model: the picture that it was trained from, and what it looks like, in a few words."""

    name: str
    title: str = ""
    artist: str = ""
    year: int | str | None = None
    licence: str = ""
    source: str = ""
    looks_like: str = ""

    def credit(self) -> str:
        """Title, artist, year and licence, as far as known: "The Scream, Edvard Munch, 1893 (public domain)"."""
        known = ", ".join(str(part) for part in (self.title or self.name, self.artist, self.year) if part)
        return f"{known} ({self.licence})" if self.licence else known


@dataclass(frozen=True)
class StyleMetadata:
    """The JSON in a style model's "livebrush" property.

    kind:            "painting" or "photo"
    net:             the name of the network's architecture
    multiple:        the height and width of a frame must be multiples of it
    margin:          pixels of reflected picture that the runtime adds on every side, and crops again
    styles:          the styles in the file
    weights_licence: the licence of the file itself
    trained_on:      the photos that it was trained on, in words
    recipe:          the settings of its training
    sized_by_frame:  whether a smaller frame takes less time; False if the slow part works in a copy of fixed size
    contract:        the version of the contract that the file follows; new files follow CONTRACT
    """

    kind: str
    net: str
    multiple: int
    margin: int
    styles: tuple[Style, ...]
    weights_licence: str = ""
    trained_on: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    sized_by_frame: bool = True
    contract: int = field(default=CONTRACT, compare=False)

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "contract": CONTRACT}, ensure_ascii=False)


@dataclass(frozen=True)
class StyleModel:
    """A style model, as read from its file.

    path:     of the .onnx file
    metadata: the JSON in the file
    ports:    the inputs other than the frames, with the shapes that the file declares
    """

    path: Path
    metadata: StyleMetadata
    ports: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def takes_masks(self) -> bool:
        return "masks" in self.ports

    @property
    def takes_picture(self) -> bool:
        """Whether it paints after any picture, which has to be named."""
        return "style_picture" in self.ports

    @property
    def carries_state(self) -> bool:
        """Whether the painting of a frame depends on the frames before it."""
        return "state" in self.ports


def read_style_model(path: Path) -> StyleModel:
    """Read and check a style model without running it.

    raises: LivebrushError if the file is missing, is not ONNX, or breaks the contract
    """
    model = read_onnx(path)
    properties = properties_of(model, path.name)
    if METADATA_KEY not in properties:
        inputs = ", ".join(text(i.name) for i in model.graph.input) or "none"
        raise LivebrushError(
            f"{path.name} is an ONNX file but no style model: it has no {METADATA_KEY!r} metadata "
            f"(its inputs: {inputs})",
            code="unsupported",
            remedy="train_style",
        )
    metadata = parse_metadata(properties[METADATA_KEY], path.name)
    ports = read_ports(model, len(metadata.styles), metadata.contract, path.name)
    if metadata.contract == 1 and "masks" in ports:  # photo styles, which it had no word for
        metadata = replace(metadata, sized_by_frame=False)
    return StyleModel(path, metadata, ports)


def read_onnx(path: Path) -> "onnx.ModelProto":
    """A file of ours, style model or not. raises: LivebrushError if it is missing, or no ONNX"""
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
            f"{path.name} is not an ONNX file, or is damaged: copy or export it again",
            code="unreadable",
        ) from error
    except OSError as error:
        raise LivebrushError(f"{path} cannot be read: {error.strerror}", code="unreadable") from error
    if not model.graph.node:
        raise LivebrushError(f"{path.name} is not an ONNX file: it holds no graph", code="unreadable")
    return model


def properties_of(model: "onnx.ModelProto", name: str) -> dict[str, str]:
    """What a file says of itself, by name. raises: LivebrushError where that is no text"""
    try:
        return {text(p.key): text(p.value) for p in model.metadata_props}
    except UnicodeDecodeError as error:
        raise LivebrushError(
            f"{name}: its metadata is not text ({error.reason}); export it again",
            code="unreadable",
        ) from error


def parse_metadata(raw: str, name: str) -> StyleMetadata:
    """raises: LivebrushError naming the first value that breaks the contract"""

    def refuse(what: str) -> LivebrushError:
        return LivebrushError(
            f"{name} breaks the style-model contract: {what}; export it again", code="unsupported"
        )

    try:
        values = printable(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise refuse(f"its metadata is not JSON ({error})") from error
    if not isinstance(values, dict):
        raise refuse(f"its metadata is a {type(values).__name__}, expected an object")
    if values.get("kind") == TEXTURE:
        raise LivebrushError(
            f"{name} is a texture net: it makes pictures from noise and paints none",
            code="unsupported",
            remedy="paint_texture",
            name=name,
        )
    contract = values.get("contract")
    if not isinstance(contract, int) or isinstance(contract, bool) or not 1 <= contract <= CONTRACT:
        raise LivebrushError(
            f"{name} follows contract {contract!r:.40}, this livebrush reads contracts 1 to {CONTRACT}: "
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
        sized_by_frame=values.get("sized_by_frame") is not False,
        contract=contract,
    )


def printable(value: Any) -> Any:
    """The same JSON without characters that steer a terminal."""
    if isinstance(value, str):
        return "".join(c for c in value if c.isprintable())
    if isinstance(value, list):
        return [printable(entry) for entry in value]
    if isinstance(value, dict):
        return {printable(key): printable(entry) for key, entry in value.items()}
    return value
