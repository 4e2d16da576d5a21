"""TensorFlow's checkpoints, read without TensorFlow."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.converters.checkpoints.file_kind import kind_of
from livebrush.converters.checkpoints.reading import read_checkpoint
from livebrush.models.errors import LivebrushError
from tests.converters.checkpoints.tensorflow_writer import write_bundle, write_slices

TENSORS = {
    "Variable": np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3),
    "Variable/Adam": np.ones((1, 2, 2, 3), np.float32),
    "Variable_1": np.array([1.5, 2.5, 3.5], np.float32),
}


def read(path: Path) -> Checkpoint:
    return read_checkpoint(path, kind_of(path))


def refusal(path: Path) -> str:
    with pytest.raises(LivebrushError) as caught:
        read(path)
    return str(caught.value)


def assert_all_there(found: Checkpoint) -> None:
    assert found.tensors.keys() == TENSORS.keys()
    for name, array in TENSORS.items():
        np.testing.assert_array_equal(found.tensors[name], array)


@pytest.mark.parametrize("given", ["", "wave.ckpt", "wave.ckpt.index", "wave.ckpt.data-00000-of-00001"])
def test_a_checkpoint_of_today_by_any_of_its_names(tmp_path: Path, given: str) -> None:
    write_bundle(tmp_path / "wave.ckpt", TENSORS)
    assert_all_there(read(tmp_path / given))


@pytest.mark.parametrize("given", ["", "wave.ckpt"])
def test_a_checkpoint_of_before_2017(tmp_path: Path, given: str) -> None:
    write_slices(tmp_path / "wave.ckpt", TENSORS)
    assert_all_there(read(tmp_path / given))


def test_data_that_is_missing_or_cut_short(tmp_path: Path) -> None:
    write_bundle(tmp_path / "wave.ckpt", TENSORS)
    data = tmp_path / "wave.ckpt.data-00000-of-00001"
    content = data.read_bytes()
    data.write_bytes(content[:-4])
    assert "ends early" in refusal(tmp_path)
    data.unlink()
    assert "needs wave.ckpt.data-00000-of-00001, which is missing" in refusal(tmp_path)
    (tmp_path / "wave.ckpt.index").unlink()
    data.write_bytes(content)
    assert "wave.ckpt.index is missing" in refusal(data)


def test_a_table_that_is_cut_short_or_damaged(tmp_path: Path) -> None:
    write_slices(tmp_path / "wave.ckpt", TENSORS)
    content = (tmp_path / "wave.ckpt").read_bytes()
    (tmp_path / "wave.ckpt").write_bytes(content[60:])
    assert "ends early" in refusal(tmp_path / "wave.ckpt")


def test_big_endian_and_compressed_ones_are_told(tmp_path: Path) -> None:
    write_bundle(tmp_path / "wave.ckpt", TENSORS, big_endian=True)
    assert "big-endian" in refusal(tmp_path / "wave.ckpt.index")
    write_slices(tmp_path / "old.ckpt", TENSORS, compression=1)
    assert "compressed" in refusal(tmp_path / "old.ckpt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    manifest = {}
    for name, array in TENSORS.items():
        file = name.replace("/", "_")
        array.tofile(tmp_path / file)
        manifest[name] = {"filename": file, "shape": list(array.shape)}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_a_folder_of_variables(folder: Path) -> None:
    assert_all_there(read(folder))


def test_variables_that_are_missing_or_of_another_size(folder: Path) -> None:
    (folder / "Variable_1").write_bytes(b"123")
    assert "has 3 bytes, expected 12" in refusal(folder)
    (folder / "Variable_1").unlink()
    assert "lacks the file Variable_1" in refusal(folder)


@pytest.mark.parametrize(
    "manifest",
    [
        "{",
        "[]",
        '{"a": 1}',
        '{"a": {"filename": "../secret", "shape": [1]}}',
        '{"a": {"filename": "a", "shape": [-1]}}',
    ],
)
def test_a_manifest_that_is_not_understood_or_points_elsewhere(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    assert "manifest.json" in refusal(tmp_path)


def test_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **TENSORS)
    assert_all_there(read(tmp_path / "a.npz"))
    np.savez(tmp_path / "b.npz", weights=np.array([{"code": 1}], object))
    assert "Python objects" in refusal(tmp_path / "b.npz")
    (tmp_path / "c.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:200])
    assert "ends early" in refusal(tmp_path / "c.npz")


def test_safetensors(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    numpy_files.save_file(TENSORS, tmp_path / "a.safetensors")
    assert_all_there(read(tmp_path / "a.safetensors"))
    (tmp_path / "b.safetensors").write_bytes((tmp_path / "a.safetensors").read_bytes()[:-8])
    assert "damaged safetensors" in refusal(tmp_path / "b.safetensors")


def test_an_npz_that_claims_more_than_it_holds(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("w.npy", "w") as file,
    ):
        header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 40,)}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(bytes(1000))
    assert "w.npy claims the shape [1099511627776]" in refusal(tmp_path / "a.npz")
