"""Any picture as a style: a net that paints after any is told which, once, and is an ordinary style from then on."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx

from livebrush.models.catalogue import is_any_picture_net
from livebrush.models.contract import METADATA_KEY, Style, StyleMetadata, StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.user_data import user_data_folder
from livebrush.realtime.engine.finish import resized
from livebrush.realtime.made.folding import FoldingFailed, folded
from livebrush.realtime.made.kept import kept, sha256_of
from livebrush.realtime.pictures.style_picture import LEAST_SIDE, read_style_picture

_LONGEST_SIDE = 1024
"""pixels, of all pictures but strips; nets look at no more than a few hundred"""


def style_of_picture(net: StyleModel, pixels: np.ndarray, name: str) -> StyleModel:
    """The style that paints after this picture: made in half a second, and kept; or what was learnt of it.

    net:    takes a picture
    pixels: (H, W, 3) uint8, as `style_pixels` gives them
    raises: LivebrushError for a net that fails on it
    """
    of_net, of_picture = sha256_of(net.path), sha256_of_pixels(pixels)
    learnt = _learnt(of_picture, name) if is_any_picture_net(net) else None
    return learnt or kept(
        name, f"{of_net} {of_picture}", lambda: painting_after(net, pixels, Style(name), of_picture)
    )


def sha256_of_pixels(pixels: np.ndarray) -> str:
    """One picture, whatever its file is called: pixels as `style_pixels` gives them."""
    return hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()


def learnt_file(of_picture: str) -> Path:
    """Where the net is that was trained on a picture with `livebrush learn`; of_picture: see `sha256_of_pixels`"""
    return user_data_folder() / "learnt" / f"{of_picture[:24]}.onnx"


def is_learnt(of_picture: str) -> bool:
    return _what_was_learnt(of_picture) is not None


def _learnt(of_picture: str, name: str) -> StyleModel | None:
    """What was learnt of the picture, under its name; None where nothing was."""
    learnt = _what_was_learnt(of_picture)
    if learnt is None:
        return None
    named = replace(learnt.metadata, styles=(Style(name),))
    made_of = f"learnt {sha256_of(learnt.path)}"
    return kept(name, made_of, lambda: with_metadata(onnx.load(learnt.path), named))


def _what_was_learnt(of_picture: str) -> StyleModel | None:
    """None where nothing was, or the file is damaged."""
    try:
        return read_style_model(learnt_file(of_picture))
    except LivebrushError:
        return None


def painting_after(net: StyleModel, pixels: np.ndarray, style: Style, sha256: str) -> onnx.ModelProto:
    """The net with a picture, (H, W, 3) uint8, built in; sha256: of the picture, for the metadata

    raises: LivebrushError where the net fails on it
    """
    try:
        model = folded(onnx.load(net.path), {"style_picture": pixels[None]})
    except FoldingFailed as error:
        raise LivebrushError(
            f"{net.path.name} fails on the picture {style.name}: {error}", code="failed"
        ) from error
    styles = net.metadata.styles if "style" in net.ports else (style,)
    made = replace(net.metadata, styles=styles, recipe={**net.metadata.recipe, "picture_sha256": sha256})
    return with_metadata(model, made)


def with_metadata(model: onnx.ModelProto, metadata: StyleMetadata) -> onnx.ModelProto:
    """The model, changed: what it says of itself."""
    others = [entry for entry in model.metadata_props if entry.key != METADATA_KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(others)
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.doc_string = ", ".join(style.credit() for style in metadata.styles)
    return model


def style_pixels(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB, what is transparent on white, no larger than any net looks at.

    raises: LivebrushError for a file that is no picture, and one that cannot carry a style
    """
    return looked_at(read_style_picture(path).pixels)


def looked_at(pixels: np.ndarray) -> np.ndarray:
    """A picture, (H, W, 3) uint8, no larger than any net looks at."""
    height, width = pixels.shape[:2]
    scale = min(1.0, max(_LONGEST_SIDE / max(height, width), LEAST_SIDE / min(height, width)))
    return np.ascontiguousarray(resized(pixels, scale))
