"""Torch7's files."""

from pathlib import Path

import numpy as np
import pytest

from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.converters.checkpoints.file_kind import kind_of
from livebrush.converters.checkpoints.reading import read_checkpoint
from livebrush.converters.checkpoints.torch7 import Module
from livebrush.models.errors import LivebrushError
from tests.converters.checkpoints.torch7_writer import Torch7Writer, write_torch7

WEIGHT = np.arange(6, dtype=np.float32).reshape(2, 3)


def read(path: Path) -> Checkpoint:
    return read_checkpoint(path, kind_of(path))


def refusal(path: Path) -> str:
    with pytest.raises(LivebrushError) as caught:
        read(path)
    return str(caught.value)


def test_modules_tensors_and_options(tmp_path: Path) -> None:
    model = Module(
        "nn.Sequential",
        {"modules": {1: Module("nn.ReLU", {"inplace": True}), 2: Module("nn.Conv", {"weight": WEIGHT})}},
    )
    write_torch7(tmp_path / "a.t7", {"model": model, "opt": {"arch": "c9s1-32", "none": None}})
    found = read(tmp_path / "a.t7")
    assert [child.name for child in found.modules["model"].children] == ["nn.ReLU", "nn.Conv"]
    assert found.modules["opt"]["arch"] == "c9s1-32"
    np.testing.assert_array_equal(found.tensors["model.modules.2.weight"], WEIGHT)


def test_a_tensor_that_is_a_part_of_its_storage(tmp_path: Path) -> None:
    writer = Torch7Writer()
    writer.tensor((2, 3), np.arange(10, dtype=np.float32), offset=5)
    (tmp_path / "a.t7").write_bytes(writer.content)
    np.testing.assert_array_equal(read(tmp_path / "a.t7").modules, WEIGHT + 4)


def test_big_endian_files_are_told(tmp_path: Path) -> None:
    write_torch7(tmp_path / "a.t7", {"weight": WEIGHT}, order=">")
    assert "big-endian" in refusal(tmp_path / "a.t7")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_that_is_cut_short(tmp_path: Path, share: float) -> None:
    write_torch7(tmp_path / "a.t7", {"model": Module("nn.Conv", {"weight": np.ones((40, 40), np.float32)})})
    content = (tmp_path / "a.t7").read_bytes()
    (tmp_path / "a.t7").write_bytes(content[: int(len(content) * share)])
    assert "ends early" in refusal(tmp_path / "a.t7")


def test_a_tensor_that_claims_more_than_its_storage(tmp_path: Path) -> None:
    writer = Torch7Writer()
    writer.tensor((1 << 20, 1 << 20), np.zeros(4, np.float32))
    (tmp_path / "a.t7").write_bytes(writer.content)
    assert "unpack to far more" in refusal(tmp_path / "a.t7")


def test_lua_code_is_not_read(tmp_path: Path) -> None:
    writer = Torch7Writer()
    writer._int(3)
    writer._next_index()
    writer._int(1)
    writer.value("hook")
    writer.function()
    (tmp_path / "a.t7").write_bytes(writer.content)
    assert "Lua code" in refusal(tmp_path / "a.t7")


def test_tables_that_nest_without_end(tmp_path: Path) -> None:
    inner: dict = {}
    for _ in range(300):
        inner = {"more": inner}
    write_torch7(tmp_path / "a.t7", inner)
    assert "tables inside tables" in refusal(tmp_path / "a.t7")
