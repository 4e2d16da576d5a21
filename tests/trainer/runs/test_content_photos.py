"""Photos, good and bad, as crops."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.trainer.runs import content_photos
from livebrush.trainer.runs.content_photos import CropSampler, scan_photos


def test_broken_and_tiny_pictures_are_skipped_with_a_reason(photo_folder: Path, tmp_path: Path) -> None:
    for path in photo_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = (photo_folder / "photo0.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "notes.txt").write_text("not looked at")
    Image.new("RGB", (400, 20)).save(tmp_path / "tiny.png")
    photos = scan_photos(tmp_path, crop=64)
    assert [p.name for p in photos.paths] == [f"photo{n}.png" for n in range(6)]
    reasons = {path.name: reason for path, reason in photos.skipped.items()}
    assert set(reasons) == {"cut.png", "text.jpg", "empty.jpg", "tiny.png"}
    assert reasons["tiny.png"] == "too small (20 pixels, a crop of 64 needs 32)"


def test_the_hash_tells_sets_apart_but_not_folders(photo_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in photo_folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    original = scan_photos(photo_folder, 64)
    assert scan_photos(copy, 64).sha256 == original.sha256
    fewer = scan_photos(photo_folder, 64, held_out=frozenset({"photo3.png"}))
    assert fewer.sha256 != original.sha256 and len(fewer.paths) == 5
    only = scan_photos(photo_folder, 64, only=frozenset({"photo3.png"}))
    assert [path.name for path in only.paths] == ["photo3.png"]
    assert str(photo_folder) not in original.describe()


@pytest.mark.parametrize("folder", ["missing", "."])
def test_nothing_to_train_on(tmp_path: Path, folder: str) -> None:
    with pytest.raises(LivebrushError, match=r"content folder|no photos to train on"):
        scan_photos(tmp_path / folder, 64)


def test_batches_depend_on_seed_and_step_alone(photo_folder: Path) -> None:
    photos = scan_photos(photo_folder, 64)
    one, again = (CropSampler(photos, 64, batch=3, seed=1) for _ in range(2))
    one.batch(0)
    np.testing.assert_array_equal(one.batch(5), again.batch(5))
    assert not np.array_equal(one.batch(5), one.batch(6))
    assert not np.array_equal(one.batch(5), CropSampler(photos, 64, batch=3, seed=2).batch(5))
    assert one.batch(0).shape == (3, 3, 64, 64) and one.batch(0).dtype == np.uint8


def test_a_process_reads_its_part_of_the_batch(photo_folder: Path) -> None:
    photos = scan_photos(photo_folder, 64)
    whole, part = (CropSampler(photos, 64, 4, 1, which) for which in (slice(None), slice(2, 4)))
    np.testing.assert_array_equal(part.batch(3), whole.batch(3)[2:])


def test_every_photo_is_seen_once_an_epoch(tmp_path: Path) -> None:
    for n in range(5):
        Image.new("RGB", (70, 80), (n * 50, 0, 0)).save(tmp_path / f"{n}.png")
    sampler = CropSampler(scan_photos(tmp_path, 64), 64, batch=5, seed=0)
    for epoch in range(3):
        assert sorted(sampler.batch(epoch)[:, 0, 0, 0]) == [0, 50, 100, 150, 200]


def test_some_photos_are_darkened_the_same_at_the_same_step(tmp_path: Path) -> None:
    for n in range(5):
        Image.new("RGB", (70, 80), (200, 100, 50)).save(tmp_path / f"{n}.png")
    sampler = CropSampler(scan_photos(tmp_path, 64), 64, batch=5, seed=0, dark_share=0.2)
    reds = np.concatenate([sampler.batch(step)[:, 0, 0, 0] for step in range(40)])
    assert 0.1 < (reds < 200).mean() < 0.3 and reds.min() < 40
    np.testing.assert_array_equal(sampler.batch(7), sampler.batch(7))


def test_photos_smaller_than_the_crop_are_enlarged(tmp_path: Path) -> None:
    Image.new("L", (50, 90), 77).save(tmp_path / "grey.png")
    batch = CropSampler(scan_photos(tmp_path, 64), 64, batch=1, seed=0).batch(0)
    assert batch.shape == (1, 3, 64, 64) and (batch == 77).all()


def test_a_photo_is_decoded_once_as_long_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    for n in range(4):
        Image.fromarray(random.integers(0, 256, (80, 70, 3), dtype=np.uint8)).save(tmp_path / f"{n}.png")
    photos = scan_photos(tmp_path, 64)
    kept = CropSampler(photos, 64, batch=4, seed=0)
    wanted = [CropSampler(photos, 64, batch=4, seed=0).batch(step) for step in range(3)]
    kept.batch(0)
    monkeypatch.setattr(content_photos, "HELD_BYTES", 4 * 80 * 70 * 2)
    half = CropSampler(photos, 64, batch=4, seed=0)
    half.batch(0)
    for path in photos.paths:
        path.unlink()
    for step in (1, 2):
        np.testing.assert_array_equal(kept.batch(step), wanted[step])
    with pytest.raises(LivebrushError, match="cannot be read as a picture"):
        half.batch(1)
