"""PyTorch's files: weights out of all of its forms, and nothing run."""

import argparse
import os
import pickle
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from livebrush.converters.checkpoints.checkpoint import Checkpoint  # noqa: E402
from livebrush.converters.checkpoints.file_kind import kind_of  # noqa: E402
from livebrush.converters.checkpoints.reading import read_checkpoint  # noqa: E402
from livebrush.models.errors import LivebrushError  # noqa: E402

WEIGHT = torch.arange(6.0).reshape(2, 3)


def read(path: Path) -> Checkpoint:
    return read_checkpoint(path, kind_of(path))


def refusal(path: Path) -> str:
    with pytest.raises(LivebrushError) as caught:
        read(path)
    return str(caught.value)


@pytest.mark.parametrize("today", [True, False])
def test_a_state_dict_of_today_and_of_before_1_6(tmp_path: Path, today: bool) -> None:
    path = tmp_path / "mosaic.model"
    torch.save({"conv.weight": WEIGHT}, path, _use_new_zipfile_serialization=today)
    found = read(path)
    assert found.format == "PyTorch"
    np.testing.assert_array_equal(found.tensors["conv.weight"], WEIGHT.numpy())


@pytest.mark.parametrize(
    "record",
    [
        {
            "state_dict": {"conv.weight": WEIGHT},
            "epoch": 3,
            "optimizer": {"state": {0: {"a": WEIGHT, "b": WEIGHT}}},
        },
        {"module.conv.weight": WEIGHT},
        {"model": {"conv.weight": WEIGHT.half(), "steps": torch.tensor(5)}},
    ],
)
def test_weights_are_found_inside_a_training_s_record(tmp_path: Path, record: dict[str, Any]) -> None:
    torch.save(record, tmp_path / "a.pth")
    assert list(read(tmp_path / "a.pth").tensors) == ["conv.weight"]
    assert read(tmp_path / "a.pth").tensors["conv.weight"].dtype == np.float32


class Evil:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (os.system, (f"echo > {self.marker}",))


@pytest.mark.parametrize("today", [True, False])
def test_a_pickle_that_would_run_code_is_named_and_not_run(tmp_path: Path, today: bool) -> None:
    marker = tmp_path / "ran"
    torch.save({"conv.weight": Evil(marker)}, tmp_path / "a.pth", _use_new_zipfile_serialization=today)
    said = refusal(tmp_path / "a.pth")
    assert "malicious or foreign pickle" in said and "was not run" in said and "system" in said
    assert not marker.exists()


def test_a_bare_malicious_pickle_too(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "a.pth").write_bytes(pickle.dumps(Evil(marker), protocol=2))
    assert "pickle" in refusal(tmp_path / "a.pth") and not marker.exists()


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_pickle_of_any_protocol_is_named(tmp_path: Path, protocol: int) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "a.pth").write_bytes(pickle.dumps({"w": Evil(marker)}, protocol=protocol))
    said = refusal(tmp_path / "a.pth")
    assert "would call posix.system" in said or "would call nt.system" in said
    assert not marker.exists()


def test_a_record_with_the_options_of_its_training(tmp_path: Path) -> None:
    torch.save(
        {"state_dict": {"conv.weight": WEIGHT}, "args": argparse.Namespace(epochs=2)}, tmp_path / "a.pth"
    )
    assert list(read(tmp_path / "a.pth").tensors) == ["conv.weight"]


class Calls:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments


@pytest.mark.parametrize("today", [True, False])
@pytest.mark.parametrize("function", [eval, exec, subprocess.Popen, __import__])
def test_what_malicious_pickles_mostly_call_is_named(tmp_path: Path, function: Any, today: bool) -> None:
    called = Calls(function, "os")
    torch.save({"conv.weight": called}, tmp_path / "a.pth", _use_new_zipfile_serialization=today)
    said = refusal(tmp_path / "a.pth")
    assert "malicious or foreign pickle" in said and function.__name__ in said


def test_a_whole_module_is_told_to_be_saved_as_a_state_dict(tmp_path: Path) -> None:
    torch.save(torch.nn.Conv2d(3, 3, 1), tmp_path / "a.pth")
    assert "state_dict()" in refusal(tmp_path / "a.pth")


def test_a_tensor_that_claims_more_than_its_storage(tmp_path: Path) -> None:
    torch.save({"bomb": torch.zeros(1).expand(1 << 15, 1 << 14)}, tmp_path / "a.pth")
    assert (tmp_path / "a.pth").stat().st_size < 10_000
    assert "unpack to far more" in refusal(tmp_path / "a.pth")


def test_a_compressed_archive_is_no_file_of_torch(tmp_path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(1000)}, tmp_path / "plain.pth")
    with (
        zipfile.ZipFile(tmp_path / "plain.pth") as plain,
        zipfile.ZipFile(tmp_path / "a.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for entry in plain.namelist():
            packed.writestr(entry, plain.read(entry))
    assert "it is compressed" in refusal(tmp_path / "a.pth")


@pytest.mark.parametrize("today", [True, False])
def test_a_file_that_is_cut_short(tmp_path: Path, today: bool) -> None:
    torch.save({"conv.weight": torch.zeros(10_000)}, tmp_path / "a.pth", _use_new_zipfile_serialization=today)
    content = (tmp_path / "a.pth").read_bytes()
    (tmp_path / "a.pth").write_bytes(content[: len(content) // 2])
    assert "ends early" in refusal(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("values", "said"), [(torch.zeros(0, 3), "holds nothing"), (torch.full((3,), float("nan")), "no numbers")]
)
def test_tensors_that_hold_nothing_or_no_numbers(tmp_path: Path, values: Any, said: str) -> None:
    torch.save({"conv.weight": values}, tmp_path / "a.pth")
    assert said in refusal(tmp_path / "a.pth")


def test_a_file_without_tensors(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "a.pth")
    assert "holds no tensors by name" in refusal(tmp_path / "a.pth")


def test_torchscript_is_told_from_weights(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data.pkl", b"")
        archive.writestr("net/constants.pkl", b"")
    assert "TorchScript" in refusal(tmp_path / "a.pt")
