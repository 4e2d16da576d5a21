"""The texture contract: what an ONNX file must hold so that pictures of any size can be made with it.

inputs  noise_0, noise_1, …  float32 [N, channels, H / 2^k + 2 margins[k], W / 2^k + 2 margins[k]]
output  texture              uint8 [N, H, W, 3], RGB; H and W divide by 2^(K - 1) for K noises
metadata  "livebrush"        JSON, see TextureMetadata

Noise is of mean 0 and variance 1, the finest first: noise_0 has a value for each pixel. The graph pads nothing: each
part of the noise makes its part of the picture, whatever lies beside. Noise that repeats
after H / 2^k and W / 2^k values makes a picture whose edges meet.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from livebrush.models.contract import (
    METADATA_KEY,
    TEXTURE,
    Style,
    printable,
    properties_of,
    read_onnx,
)
from livebrush.models.errors import LivebrushError
from livebrush.models.ports import text

CONTRACT = 1
OUTPUT = "texture"


@dataclass(frozen=True)
class TextureMetadata:
    """The JSON in a texture net's "livebrush" property; its "kind" is "texture".

    margins:         values that each noise has beyond the picture on every side, the finest first
    channels:        of each noise
    style:           the picture that it was trained from
    weights_licence: the licence of the file itself
    recipe:          the settings of its training
    """

    margins: tuple[int, ...]
    channels: int
    style: Style
    weights_licence: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)

    @property
    def multiple(self) -> int:
        """What height and width of a picture divide by."""
        return 2 ** (len(self.margins) - 1)

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(f"noise_{scale}" for scale in range(len(self.margins)))

    def to_json(self) -> str:
        return json.dumps({"contract": CONTRACT, "kind": TEXTURE, **asdict(self)}, ensure_ascii=False)


@dataclass(frozen=True)
class TextureModel:
    """A texture net, as read from its file."""

    path: Path
    metadata: TextureMetadata

    @property
    def name(self) -> str:
        return self.path.stem


def read_texture_model(path: Path) -> TextureModel:
    """Read and check a texture net without running it.

    raises: LivebrushError if the file is missing, is not ONNX, is another kind of model, or breaks the contract
    """
    if not path.is_file():
        raise LivebrushError(
            f"the texture net {path} does not exist", code="not_found", remedy="train_texture"
        )
    model = read_onnx(path)
    properties = properties_of(model, path.name)
    if METADATA_KEY not in properties:
        raise LivebrushError(
            f"{path.name} is an ONNX file but no texture net: it has no {METADATA_KEY!r} metadata",
            code="unsupported",
            remedy="train_texture",
        )
    metadata = parse_texture(properties[METADATA_KEY], path.name)
    inputs = {text(value.name) for value in model.graph.input}
    outputs = [text(value.name) for value in model.graph.output]
    if inputs != set(metadata.inputs) or outputs != [OUTPUT]:
        raise _broken(
            path.name,
            f"it takes {', '.join(sorted(inputs)) or 'nothing'} and gives {', '.join(outputs)}, expected "
            f"{', '.join(metadata.inputs)} and {OUTPUT}",
        )
    return TextureModel(path, metadata)


def parse_texture(raw: str, name: str) -> TextureMetadata:
    """raises: LivebrushError naming what breaks the contract"""
    try:
        values = printable(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise _broken(name, f"its metadata is not JSON ({error})") from error
    if not isinstance(values, dict):
        raise _broken(name, f"its metadata is a {type(values).__name__}, expected an object")
    if (kind := values.get("kind")) != TEXTURE:
        raise LivebrushError(
            f"{name} is no texture net but a style model ({str(kind)[:40]}), which paints photos and videos",
            code="unsupported",
            remedy="train_texture",
        )
    if values.get("contract") != CONTRACT:
        raise LivebrushError(
            f"{name} follows texture contract {values.get('contract')!r:.40}, this livebrush reads {CONTRACT}: update "
            "livebrush, or train it again",
            code="unsupported",
        )
    margins, style, recipe = values.get("margins"), values.get("style"), values.get("recipe")
    if not isinstance(margins, list) or not 1 <= len(margins) <= 8 or not all(_in(m, 0, 64) for m in margins):
        raise _broken(name, f"margins is {str(margins)[:40]}, expected 1 to 8 whole numbers up to 64")
    if not _in(values.get("channels"), 1, 256):
        raise _broken(
            name, f"channels is {str(values.get('channels'))[:40]}, expected a whole number from 1 to 256"
        )
    if not isinstance(style, dict) or not isinstance(style.get("name"), str) or not style["name"]:
        raise _broken(name, "its style has no name")
    known = {key: value for key, value in style.items() if key in Style.__dataclass_fields__}
    return TextureMetadata(
        tuple(margins),
        values["channels"],
        Style(**known),
        str(values.get("weights_licence", "")),
        recipe if isinstance(recipe, dict) else {},
    )


def _in(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _broken(name: str, what: str) -> LivebrushError:
    return LivebrushError(f"{name} breaks the texture contract: {what}; train it again", code="unsupported")
