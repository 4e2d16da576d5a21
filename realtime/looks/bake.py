"""A look as a style model: the shipped graph with what is known of one style photo put in."""

from pathlib import Path

import onnx
from onnx import numpy_helper

from livebrush.models.catalogue import packaged_folder
from livebrush.models.contract import METADATA_KEY, StyleMetadata
from livebrush.models.looks import LookStatistics
from livebrush.models.writing import whole_file


def bake_look(statistics: LookStatistics, metadata: StyleMetadata, path: Path) -> None:
    """Write a style model; it appears under its name only when it is whole.

    raises: LivebrushError when it cannot be written there
    """
    model = onnx.load(packaged_folder() / "looks" / "closed_form.onnx")
    for name, values in statistics._asdict().items():
        model.graph.input.remove(next(i for i in model.graph.input if i.name == name))
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.doc_string = ", ".join(style.credit() for style in metadata.styles)
    with whole_file(path) as partial:
        partial.write_bytes(model.SerializeToString())
