"""Reading and refusing style models."""

import json
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto

from livebrush.models.catalogue import catalogue, packaged_folder
from livebrush.models.contract import CONTRACT, Style, StyleMetadata, parse_metadata, read_style_model
from livebrush.models.errors import LivebrushError
from tests.tiny_models import INVERTED, write_ports_model, write_stateful_model, write_tiny_model


def test_reads_what_was_written(tiny_model: Path) -> None:
    model = read_style_model(tiny_model)
    assert model.metadata == INVERTED
    assert (model.name, model.takes_masks, model.carries_state) == ("invert", False, False)


def test_reads_the_shape_of_a_state(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    assert read_style_model(tmp_path / "count.onnx").ports == {"state": (1,)}


def test_credit_names_what_is_known() -> None:
    assert Style("a").credit() == "a"
    assert Style("a", "A", "B", 1900, "public domain").credit() == "A, B, 1900 (public domain)"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is empty"), (b"this is no ONNX file at all", "is not an ONNX file"), (None, "does not exist")],
)
def test_refuses_what_is_no_onnx(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LivebrushError, match=message):
        read_style_model(path)


def test_refuses_a_truncated_file(tiny_model: Path) -> None:
    tiny_model.write_bytes(tiny_model.read_bytes()[:60])
    with pytest.raises(LivebrushError, match=r"invert\.onnx"):
        read_style_model(tiny_model)


def test_refuses_onnx_without_metadata_and_names_its_inputs(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "plain.onnx", metadata=None)
    with pytest.raises(LivebrushError, match=r"no style model.*its inputs: frames"):
        read_style_model(tmp_path / "plain.onnx")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contract": CONTRACT + 1}, "follows contract 3, this livebrush reads contracts 1 to 2"),
        ({"contract": "1"}, "follows contract '1'"),
        ({"contract": True}, "follows contract True"),
        ({"kind": "sculpture"}, "kind is 'sculpture', expected painting or photo"),
        ({"multiple": 0}, "multiple is 0"),
        ({"multiple": 2.5}, "multiple is 2.5"),
        ({"margin": -1}, "margin is -1"),
        ({"styles": []}, "lists no styles"),
        ({"styles": [{"title": "nameless"}]}, "has no name"),
    ],
)
def test_refuses_metadata_that_breaks_the_contract(change: dict[str, object], message: str) -> None:
    values = {**json.loads(INVERTED.to_json()), **change}
    with pytest.raises(LivebrushError, match=message):
        parse_metadata(json.dumps(values), "x.onnx")


@pytest.mark.parametrize("text", ["{", "[]", '"livebrush"'])
def test_refuses_metadata_that_is_no_object(text: str) -> None:
    with pytest.raises(LivebrushError, match="its metadata is"):
        parse_metadata(text, "x.onnx")


def test_keeps_unknown_metadata_out_of_the_way() -> None:
    values = {**json.loads(INVERTED.to_json()), "future": 1}
    values["styles"][0]["future"] = 2
    assert parse_metadata(json.dumps(values), "x.onnx") == INVERTED


def test_a_file_of_contract_1_is_read_as_before(tmp_path: Path) -> None:
    """It had no word for the pictures and colours that a net is given, nor for whether a smaller frame saves time."""
    write_ports_model(tmp_path / "ports.onnx")
    model = onnx.load(tmp_path / "ports.onnx")
    values = json.loads(model.metadata_props[0].value)
    del values["sized_by_frame"]
    model.metadata_props[0].value = json.dumps({**values, "contract": 1})
    onnx.save(model, tmp_path / "old.onnx")
    with pytest.raises(LivebrushError, match="unexpected input palette, style_picture"):
        read_style_model(tmp_path / "old.onnx")
    look = read_style_model(packaged_folder() / "golden_hour.onnx")
    assert (look.takes_masks, look.carries_state, look.metadata.sized_by_frame) == (True, True, False)
    assert read_style_model(packaged_folder() / "starry_night.onnx").metadata.sized_by_frame


def test_ports_of_contract_2(tmp_path: Path) -> None:
    write_ports_model(tmp_path / "ports.onnx")
    assert list(read_style_model(tmp_path / "ports.onnx").ports) == [
        "style",
        "masks",
        "style_picture",
        "palette",
    ]


TWO_STYLES = replace(INVERTED, styles=(Style("a"), Style("b")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frames": (TensorProto.FLOAT, ["N", "H", "W", 3])}, "'frames' is float"),
        ({"frames": (TensorProto.UINT8, ["N", 480, 640, 3])}, "'frames' is uint8 .*480.*expected"),
        ({"frames": (TensorProto.UINT8, ["N", 3, "H", "W"])}, "'frames' is uint8"),
        ({"output": "painted"}, "it has no 'stylized'"),
        ({"output": "\nN\rH"}, r"\(it has  N H\)"),
        ({"extra_inputs": ("depth",)}, "unexpected input depth"),
        ({"extra_inputs": ("style",)}, "unexpected input style"),
        ({"extra_inputs": ("state",)}, "'state' and the output 'state_out' go together"),
        ({"metadata": TWO_STYLES}, "it has no 'style'"),
    ],
)
def test_refuses_a_graph_that_breaks_the_contract(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    write_tiny_model(tmp_path / "bad.onnx", **options)  # pyright: ignore[reportArgumentType]
    with pytest.raises(LivebrushError, match=message):
        read_style_model(tmp_path / "bad.onnx")


def test_two_styles_take_weights(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "two.onnx", TWO_STYLES, extra_inputs=("style",))
    assert [style.name for style in read_style_model(tmp_path / "two.onnx").metadata.styles] == ["a", "b"]


SHIPPED = sorted(packaged_folder().glob("*.onnx"))


def test_styles_ship() -> None:
    assert {"starry_night", "great_wave", "composition_vii"} <= {path.stem for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_style_tells_where_it_comes_from(path: Path) -> None:
    model = read_style_model(path)
    metadata: StyleMetadata = model.metadata
    assert metadata.weights_licence == "Apache-2.0"
    named = () if model.takes_picture else metadata.styles  # what that paints after is the user's
    assert all(style.licence and style.title and style.artist for style in named)
    if metadata.net == "look":  # nothing was trained
        assert all(style.source for style in metadata.styles)
        return
    assert all("public domain" in style.licence for style in named)
    photos, _, rest = metadata.trained_on.partition(" photos")
    assert int(photos) > 1000 and "sha256 " in rest
    assert metadata.recipe["images"] > 0 and "seed" in metadata.recipe and metadata.recipe["loss_network"]
    assert (path.parent / "recipes" / f"{path.stem}.toml").is_file()
    assert (path.parent / "recipes" / f"{path.stem}.csv").is_file()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_names_no_path(path: Path) -> None:
    """Neither in its metadata nor in anything that the exporter left in the graph."""
    content = path.read_bytes()
    for trace in (b"/home/", b"/tmp/", b"/root/", b"/Users/", b"\\Users\\", b"site-packages", b"forward("):
        assert trace not in content, f"{path.name} holds {trace!r}"
    metadata = json.loads(read_style_model(path).metadata.to_json())
    assert metadata["contract"] == CONTRACT
    assert "/" not in json.dumps([metadata["recipe"], metadata["trained_on"]])


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ("[" * 100_000, "not JSON"),
        ('{"contract": ' + "1" * 5000 + "}", "not JSON"),
        (INVERTED.to_json().replace('"margin": 2', '"margin": 20000'), "margin is 20000"),
        (INVERTED.to_json().replace('"multiple": 4', '"multiple": 4096'), "multiple is 4096"),
    ],
    ids=["deep", "long", "margin", "multiple"],
)
def test_metadata_out_of_all_bounds_is_refused(tmp_path: Path, metadata: str, words: str) -> None:
    write_tiny_model(tmp_path / "bad.onnx", raw_metadata=metadata)
    with pytest.raises(LivebrushError, match=words):
        read_style_model(tmp_path / "bad.onnx")


def test_metadata_that_is_no_text_reads_as_far_as_it_is(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "bad.onnx")
    data = (tmp_path / "bad.onnx").read_bytes()
    (tmp_path / "bad.onnx").write_bytes(data.replace(b"Inverted", b"Inv\xff\xfeted"))
    assert read_style_model(tmp_path / "bad.onnx").metadata.styles[0].title == "Inv\ufffd\ufffdted"


def test_titles_cannot_steer_a_terminal(tmp_path: Path) -> None:
    title = "\x1b]0;mine\x07\x1b[2JWave\u202e"
    metadata = replace(INVERTED, styles=(Style("wave", title),))
    write_tiny_model(tmp_path / "a.onnx", metadata)
    assert read_style_model(tmp_path / "a.onnx").metadata.styles[0].title == "]0;mine[2JWave"


def test_a_type_that_onnx_does_not_know_is_refused(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "bad.onnx")
    model = onnx.load(tmp_path / "bad.onnx")
    model.graph.input[0].type.tensor_type.elem_type = 99
    onnx.save(model, tmp_path / "bad.onnx")
    with pytest.raises(LivebrushError, match=r"'frames' is of an unknown type \(99\)"):
        read_style_model(tmp_path / "bad.onnx")


def test_every_style_that_ships_says_what_it_looks_like() -> None:
    models = [entry.model for entry in catalogue() if entry.path.parent == packaged_folder()]
    assert models and all(model and len(model.metadata.styles[0].looks_like) > 10 for model in models)


def test_what_a_style_looks_like_is_kept() -> None:
    style = Style("a", looks_like="dabs of blue")
    metadata = StyleMetadata("painting", "test", 1, 0, (style,))
    assert parse_metadata(metadata.to_json(), "a.onnx").styles == (style,)
