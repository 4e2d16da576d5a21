"""Finding regions: the net that ships, its masks along a photo's edges, and the command."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.regions import COLOURS, GROUPS
from livebrush.realtime import cli
from livebrush.realtime.engine.regions import RegionFinder, guided_masks

PHOTOS = Path(__file__).parents[3] / "examples" / "photos"


def photo(name: str) -> np.ndarray:
    with Image.open(PHOTOS / name) as image:
        return np.array(image.convert("RGB"))


@pytest.fixture(scope="module")
def finder() -> RegionFinder:
    return RegionFinder()


@pytest.mark.parametrize(
    ("name", "place", "group"),
    [
        ("face.jpg", (0.25, 0.45), "person"),
        ("tower.jpg", (0.05, 0.8), "sky"),
        ("mountains.jpg", (0.05, 0.1), "sky"),
        ("stream.jpg", (0.1, 0.4), "vegetation"),
    ],
)
def test_it_knows_what_is_plain_to_see(
    finder: RegionFinder, name: str, place: tuple[float, float], group: str
) -> None:
    pixels = photo(name)
    masks = finder.masks(pixels)
    assert masks.shape == (*pixels.shape[:2], len(GROUPS)) and masks.dtype == np.float32
    np.testing.assert_allclose(masks.sum(2), 1, atol=1e-3)
    row, column = (int(share * side) for share, side in zip(place, pixels.shape[:2], strict=True))
    area = masks[max(0, row - 20) : row + 20, max(0, column - 20) : column + 20].mean((0, 1))
    assert GROUPS[int(area.argmax())] == group


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (40, 1000), (333, 217)])
def test_every_size(finder: RegionFinder, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert finder.masks(pixels).shape == (*size, 10)
    assert finder.coarse(pixels).dtype == np.uint8


def test_masks_follow_the_edges_of_the_photo() -> None:
    picture = np.full((200, 300, 3), 40, np.uint8)
    picture[:, 138:] = 220
    coarse = np.zeros((13, 19, 2), np.float32)
    coarse[:, :9, 0] = 1  # to column 142, as exactly as so few pixels can tell
    coarse[..., 1] = 1 - coarse[..., 0]
    plain = cv2.resize(coarse, (300, 200), interpolation=cv2.INTER_LINEAR)
    edges = [
        int((masks[100, :, 0] > 0.5).sum()) for masks in (guided_masks(coarse, picture, reach=0.08), plain)
    ]
    assert edges[0] == 138 and abs(edges[1] - 142) <= 1


def test_a_file_that_is_no_region_net(tmp_path: Path) -> None:
    with pytest.raises(LivebrushError, match="does not exist"):
        RegionFinder(tmp_path / "none.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"broken")
    with pytest.raises(LivebrushError, match=r"broken\.onnx cannot be read as a region net"):
        RegionFinder(tmp_path / "broken.onnx")
    style = Path(__file__).parents[3] / "models" / "starry_night.onnx"
    with pytest.raises(LivebrushError, match="is no region net"):
        RegionFinder(style)


def test_the_command_writes_colours_that_can_be_edited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "masks.png"
    command = ["masks", str(PHOTOS / "tower.jpg"), "-o", str(out)]
    assert cli.run(command) == 0
    told = capsys.readouterr().err
    assert all(group in told for group in GROUPS)
    with Image.open(out) as image:
        colours = {tuple(colour) for colour in np.unique(np.array(image).reshape(-1, 3), axis=0).tolist()}
    assert colours <= set(COLOURS)
    assert cli.run(command) == 1 and "add -y" in capsys.readouterr().err
    assert cli.run(["masks", str(PHOTOS / "tower.jpg"), "-o", str(tmp_path / "m.jpg")]) == 1
    assert "JPEG blurs" in capsys.readouterr().err
    assert cli.run([*command, "-y", "--overlay"]) == 0
