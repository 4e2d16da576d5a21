"""Style models that appear while the program runs."""

import os
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from livebrush.realtime.live.style_watch import StyleWatch

POLL_S = 0.02


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Path, Path, "queue.Queue[Path]"]]:
    """A folder with one file in it, a single file elsewhere, and what is reported."""
    folder, single = tmp_path / "styles", tmp_path / "single.onnx"
    folder.mkdir()
    (folder / "old.onnx").write_bytes(b"old")
    single.write_bytes(b"single")
    changed: queue.Queue[Path] = queue.Queue()
    watch = StyleWatch(folder, POLL_S)
    watch.begin([single], changed.put)
    yield folder, single, changed
    watch.close()
    assert not watch.is_alive()


def test_a_new_file_is_noticed_once(watched: tuple[Path, Path, "queue.Queue[Path]"]) -> None:
    folder, _, changed = watched
    (folder / "new.onnx").write_bytes(b"new")
    assert changed.get(timeout=10) == folder / "new.onnx"
    with pytest.raises(queue.Empty):
        changed.get(timeout=10 * POLL_S)


def test_replaced_files_are_noticed_in_the_folder_and_elsewhere(
    watched: tuple[Path, Path, "queue.Queue[Path]"],
) -> None:
    folder, single, changed = watched
    (folder / "old.onnx").write_bytes(b"longer than before")
    assert changed.get(timeout=10) == folder / "old.onnx"
    os.utime(single, (1, 1))
    assert changed.get(timeout=10) == single


def test_a_file_that_goes_and_comes_back_changed(
    watched: tuple[Path, Path, "queue.Queue[Path]"],
) -> None:
    folder, _, changed = watched
    (folder / "old.onnx").unlink()
    with pytest.raises(queue.Empty):
        changed.get(timeout=10 * POLL_S)
    (folder / "old.onnx").write_bytes(b"back again")
    assert changed.get(timeout=10) == folder / "old.onnx"


def test_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    changed: queue.Queue[Path] = queue.Queue()
    watch = StyleWatch(tmp_path / "later", POLL_S)
    watch.begin([], changed.put)
    try:
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "first.onnx").write_bytes(b"1")
        assert changed.get(timeout=10).name == "first.onnx"
    finally:
        watch.close()


def test_what_comes_between_listing_and_loading_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "old.onnx").write_bytes(b"old")
    changed: queue.Queue[Path] = queue.Queue()
    watch = StyleWatch(tmp_path, POLL_S)
    (tmp_path / "meanwhile.jpg").write_bytes(b"1")
    watch.begin([], changed.put)
    try:
        assert changed.get(timeout=10).name == "meanwhile.jpg"
        with pytest.raises(queue.Empty):
            changed.get(timeout=10 * POLL_S)
    finally:
        watch.close()
