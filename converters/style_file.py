"""A conversion's result as a file: what it says of itself, and what it was made from."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import onnx

from livebrush.converters.foreign.converting import Converted
from livebrush.converters.rewriting import Step
from livebrush.models.contract import METADATA_KEY, Style, StyleMetadata, read_style_model
from livebrush.models.writing import whole_file


def metadata_of(
    found: Converted,
    multiple: int,
    sources: Sequence[Path],
    credit: Style,
    weights_licence: str,
    steps: Sequence[Step],
) -> StyleMetadata:
    names = [credit.name] if found.styles == 1 else [f"{credit.name}_{n + 1}" for n in range(found.styles)]
    recipe = {
        "converted_from": [path.name for path in sources],
        "sha256": [_digest(path) for path in sources],
        **{key: value for key, value in found.facts.items() if key in ("takes", "gives", "order")},
        "rewrites": [step.name for step in steps if not step.refused],
    }
    styles = tuple(replace(credit, name=name) for name in names)
    return StyleMetadata("painting", found.net, multiple, 0, styles, weights_licence, recipe=recipe)


def write(model: onnx.ModelProto, metadata: StyleMetadata, output: Path) -> None:
    del model.metadata_props[:]
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.producer_name, model.doc_string = (
        "livebrush",
        ", ".join(style.credit() for style in metadata.styles),
    )
    with whole_file(output) as candidate:
        onnx.save(model, candidate)
        read_style_model(candidate)


def _files(path: Path) -> list[Path]:
    return (
        sorted(file for file in path.rglob("*") if file.is_file())
        if path.is_dir()
        else [path] * path.is_file()
    )


def bytes_of(path: Path) -> int:
    """Of a file, or of all files of a folder."""
    return sum(file.stat().st_size for file in _files(path))


def _digest(path: Path) -> str:
    """Of a file, or of all files of a folder."""
    digest = hashlib.sha256()
    for file in _files(path):
        with file.open("rb") as opened:
            for chunk in iter(partial(opened.read, 1 << 20), b""):
                digest.update(chunk)
    return digest.hexdigest()
