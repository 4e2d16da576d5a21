"""The manifest: what is kept, who may write to it, and what shards know of each other."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.batch.manifest import DONE, FAILED, Entry, Manifest

ENTRY = Entry("a_wave.mp4", "/f/a.mp4", 10, 20, "p", DONE, 1, "ab", "", "", 25, 0.5, 99)


def test_what_was_put_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "state" / "batch.sqlite"
    with Manifest(path) as manifest:
        assert manifest.get(ENTRY.target) is None
        manifest.put(ENTRY)
        manifest.put(replace(ENTRY, frames=26))
    with Manifest(path) as manifest:
        assert manifest.get(ENTRY.target) == replace(ENTRY, frames=26)
    assert [file.name for file in path.parent.iterdir()] == ["batch.sqlite"]


def test_a_second_batch_is_refused_until_the_first_has_ended_however_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "batch.sqlite"
    code = (
        "import sys, time; from pathlib import Path; from livebrush.realtime.batch.manifest import Manifest\n"
        "manifest = Manifest(Path(sys.argv[1])); print('open', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout and first.stdout.readline() == "open\n"
        with pytest.raises(
            LivebrushError, match="another batch paints into this folder; wait for it"
        ) as told:
            Manifest(path)
        assert told.value.code == "in_use"
        first.kill()
    with Manifest(path) as manifest:
        manifest.put(ENTRY)


def test_shards_write_to_files_of_their_own_and_learn_what_others_have_done(tmp_path: Path) -> None:
    with (
        Manifest(tmp_path / "batch-1-of-2.sqlite") as one,
        Manifest(tmp_path / "batch-2-of-2.sqlite") as other,
    ):
        one.put(ENTRY)
        other.put(replace(ENTRY, target="b_wave.mp4", state=FAILED))
        assert other.get(ENTRY.target) is None  # which is in use
    with Manifest(tmp_path / "batch.sqlite") as whole:
        assert whole.get(ENTRY.target) == ENTRY and whole.get("b_wave.mp4") is None


@pytest.mark.parametrize(
    "one, other", [("batch", "batch-1-of-2"), ("batch-1-of-2", "batch"), ("batch-1-of-2", "batch-1-of-3")]
)
def test_batches_that_divide_the_films_otherwise_do_not_run_at_once(
    tmp_path: Path, one: str, other: str
) -> None:
    with Manifest(tmp_path / f"{one}.sqlite"):
        with pytest.raises(LivebrushError, match="another batch paints into this folder") as told:
            Manifest(tmp_path / f"{other}.sqlite")
        assert told.value.code == "in_use"
    with Manifest(tmp_path / f"{other}.sqlite") as later:
        assert later.targets() == set()


def test_what_is_only_read_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "batch.sqlite"
    with Manifest(path) as manifest:
        manifest.put(ENTRY)
    before = path.read_bytes()
    with Manifest(path, keep=False) as manifest:
        assert manifest.get(ENTRY.target) == ENTRY and manifest.targets() == {ENTRY.target}
        manifest.put(replace(ENTRY, target="b_wave.mp4"))
    assert path.read_bytes() == before
    with Manifest(tmp_path / "none" / "batch.sqlite", keep=False) as manifest:
        assert manifest.targets() == set()
    assert [file.name for file in tmp_path.iterdir()] == ["batch.sqlite"]


def test_a_file_that_is_no_manifest_is_told(tmp_path: Path) -> None:
    (tmp_path / "batch.sqlite").write_bytes(b"no table at all" * 100)
    with pytest.raises(LivebrushError, match=r"cannot be used \(file is not a database\)"):
        Manifest(tmp_path / "batch.sqlite")
    later = sqlite3.connect(tmp_path / "later.sqlite")
    later.execute("PRAGMA user_version = 7")
    later.close()
    with pytest.raises(LivebrushError, match="version 7 of the manifest, expected 1"):
        Manifest(tmp_path / "later.sqlite")
