"""One program at a time works in a folder, and a dead one holds nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.folder_lock import FolderLock

HOLDS = """
import sys
from pathlib import Path
from livebrush.models.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), "a test")
print("held", flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    """A process that holds the folder until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()  # by -9, where there are signals
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe
        pipe.close()


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    lock = FolderLock(folder, "the first")
    with pytest.raises(LivebrushError, match=rf"in use by the first, process {os.getpid()} on ") as caught:
        FolderLock(folder, "the second")
    assert str(folder) in str(caught.value)
    assert (caught.value.code, caught.value.remedy) == ("in_use", "another_folder")
    lock.close()
    lock.close()
    FolderLock(folder, "the third").close()


def test_another_process_keeps_it_as_long_as_it_lives(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        with pytest.raises(LivebrushError, match=f"in use by a test, process {process.pid}"):
            FolderLock(tmp_path, "this one")
    finally:
        end(process)
    FolderLock(tmp_path, "this one").close()


def test_a_folder_that_cannot_be_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LivebrushError, match="cannot be written") as caught:
        FolderLock(tmp_path / "file" / "folder", "a test")
    assert caught.value.code == "unwritable"
