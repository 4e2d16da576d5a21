"""Where persons are in frames that follow each other: edges, steadiness, cuts, and the net that ships."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.regions import PERSON_GROUPS
from livebrush.realtime.engine import person_mask
from livebrush.realtime.engine.person_mask import DOUBT, EVERY, STILL_SHARE, PersonMask
from livebrush.realtime.engine.providers.cpu import Device
from livebrush.realtime.engine.regions import RegionFinder, shared_person_finder
from tests.realtime.person_nets import RED, write_red_finder

CPU = Device()
PHOTOS = Path(__file__).parents[3] / "examples" / "photos"


class Asked(RegionFinder):
    """Counts its runs, and adds to what it finds what a test wants."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 1, PERSON_GROUPS)
        self.runs, self.offset = 0, 0

    def found(self, small: np.ndarray) -> np.ndarray:
        self.runs += 1
        return np.clip(super().found(small).astype(int) + self.offset, 0, 255).astype(np.uint8)


def share_of(mask: PersonMask, frame: np.ndarray) -> np.ndarray:
    mask.look(frame)
    return mask.share


@pytest.fixture
def finder(tmp_path: Path) -> Asked:
    return Asked(write_red_finder(tmp_path / "persons.onnx"))


def scene(left: int = 200, right: int = 400, back: int = 90) -> np.ndarray:
    """(480, 640, 3): a red person between two columns, before a grey wall."""
    frame = np.full((480, 640, 3), back, np.uint8)
    frame[100:, left:right] = RED
    return frame


def test_the_edge_is_that_of_the_frame_to_the_pixel(finder: Asked) -> None:
    share = share_of(PersonMask(finder), scene(203, 397))
    assert share.shape == (480, 640) and share.dtype == np.float32
    assert share[200:, 212:388].min() == 1
    assert share[:, :190].max() == share[:, 410:].max() == 0
    row = share[300]
    assert int((row > 0.5).argmax()) in range(201, 206)


def test_a_frame_without_persons_has_none(finder: Asked) -> None:
    assert share_of(PersonMask(finder), np.full((480, 640, 3), 90, np.uint8)).max() == 0
    assert share_of(PersonMask(finder), np.zeros((480, 640, 3), np.uint8)).max() == 0


def test_the_net_runs_on_every_second_frame(finder: Asked) -> None:
    mask = PersonMask(finder)
    for _ in range(2 * EVERY + 1):
        share_of(mask, scene())
    assert finder.runs == 3


def test_what_moves_is_followed_and_leaves_nothing_behind(finder: Asked) -> None:
    mask = PersonMask(finder)
    for step in range(10):
        share = share_of(mask, scene(200 + 10 * step, 400 + 10 * step))
        if step % EVERY == 0:  # the others have the mask of the frame before
            assert share[200:, 220 + 10 * step : 380 + 10 * step].min() > 0.95
            assert share[200:, : 180 + 10 * step].max() < 0.05


def test_where_nothing_moves_the_mask_is_a_mean_over_time(finder: Asked) -> None:
    mask, frame = PersonMask(finder), scene()
    finder.offset = -150
    doubtful = share_of(mask, frame)[300, 300]
    finder.offset = 0
    followed = [share_of(mask, frame)[300, 300] for _ in range(2 * EVERY)]
    none, whole = DOUBT
    assert followed[EVERY - 1] - doubtful == pytest.approx(STILL_SHARE * 150 / 255 / (whole - none), abs=0.02)
    assert followed == sorted(followed) and followed[0] < 1


def test_a_cut_starts_anew(finder: Asked) -> None:
    mask = PersonMask(finder)
    share_of(mask, scene(back=40))
    share = share_of(mask, scene(0, 100, back=200))
    assert finder.runs == 2
    assert share[200:, 110:].max() == 0 and share[200:, :90].min() == 1


def test_so_does_another_size(finder: Asked) -> None:
    mask = PersonMask(finder)
    share_of(mask, scene())
    assert share_of(mask, np.ascontiguousarray(scene()[:240])).shape == (240, 640)
    assert finder.runs == 2


def test_very_large_frames_take_their_edges_from_a_copy(
    finder: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = share_of(PersonMask(finder), scene())
    monkeypatch.setattr(person_mask, "LARGEST", 40_000)
    mask = PersonMask(finder)
    share = share_of(mask, scene())
    assert share.shape == whole.shape and mask._room.shape[:2] == (173, 231)
    assert np.abs(share - whole).mean() < 0.01


def test_two_pictures_are_put_together(finder: Asked) -> None:
    mask, frame = PersonMask(finder), scene()
    mask.look(frame)
    composed = mask.composed(np.full_like(frame, 255), frame)
    assert (composed[200:, 220:380] == 255).all()
    np.testing.assert_array_equal(composed[:, :180], frame[:, :180])


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (40, 1000), (333, 217)])
def test_frames_of_every_size_have_a_mask(finder: Asked, size: tuple[int, int]) -> None:
    mask = PersonMask(finder)
    for _ in range(2):
        share = share_of(mask, np.full((*size, 3), RED, np.uint8))
        assert share.shape == size and share.min() == 1


def test_the_net_that_ships_sees_a_face_and_no_person_in_the_mountains() -> None:
    with Image.open(PHOTOS / "face.jpg") as image:
        face = np.array(image.convert("RGB"))
    share = share_of(PersonMask(shared_person_finder(CPU, 1)), face)
    height, width = face.shape[:2]
    assert share[int(0.2 * height) : int(0.3 * height), int(0.4 * width) : int(0.5 * width)].mean() > 0.95
    for name in ("mountains.jpg", "tower.jpg"):
        with Image.open(PHOTOS / name) as image:
            assert (
                share_of(PersonMask(shared_person_finder(CPU, 1)), np.array(image.convert("RGB"))).mean()
                < 0.02
            )


def test_a_net_that_is_missing_damaged_or_of_other_groups(person_net: Path) -> None:
    shared_person_finder(CPU, 1)
    shared_person_finder.cache_clear()
    write_red_finder(person_net, ("sky", "other"))
    with pytest.raises(LivebrushError, match="finds sky, other, expected person, other"):
        shared_person_finder(CPU, 1)
    person_net.write_bytes(b"damaged")
    with pytest.raises(LivebrushError, match=r"persons\.onnx cannot be read as a region net"):
        shared_person_finder(CPU, 1)
    person_net.unlink()
    with pytest.raises(LivebrushError, match="does not exist"):
        shared_person_finder(CPU, 1)
