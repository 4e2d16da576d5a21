"""The photos that a net is trained on: any folder of pictures, or those that ship, read as random crops."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.cores import usable_cores

HELD_BYTES = 2e9
"""of decoded photos that a sampler keeps: decoding takes longer than cropping, and a GPU asks for hundreds a second"""
SHIPPED_PHOTOS = Path(__file__).parents[1] / "photos"
"""what is practised on where no folder is given: few, and of many kinds"""
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


@dataclass(frozen=True)
class PhotoSet:
    """Photos of one folder that are fit for training.

    skipped: path -> why it is left out
    sha256:  over the files' own hashes in name order: tells one set from another without naming a path
    """

    name: str
    paths: tuple[Path, ...]
    sha256: str
    skipped: dict[Path, str] = field(default_factory=dict)

    def describe(self) -> str:
        return f"{len(self.paths)} photos ({self.name}), sha256 {self.sha256}"


def scan_photos(
    folder: Path, crop: int, held_out: frozenset[str] = frozenset(), only: frozenset[str] | None = None
) -> PhotoSet:
    """Look through a folder and its subfolders for photos that can be cropped to `crop` pixels.

    held_out: file names that are left out
    only:     the only file names that are taken; None takes all
    raises:   LivebrushError when the folder is missing or holds nothing usable
    """
    if not folder.is_dir():
        problem = "is a file" if folder.exists() else "does not exist"
        raise LivebrushError(
            f"the content folder {folder} {problem}, expected a folder of photos", code="not_found"
        )
    good: list[Path] = []
    skipped: dict[Path, str] = {}
    total = hashlib.sha256()
    candidates = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.name not in held_out
        and (only is None or path.name in only)
    ]
    for path in sorted(candidates, key=lambda p: p.relative_to(folder).as_posix()):
        reason = _why_unfit(path, crop)
        if reason:
            skipped[path] = reason
        else:
            good.append(path)
            total.update(hashlib.sha256(path.read_bytes()).digest())
    if not good:
        seen = f"{len(skipped)} unusable" if skipped else "none"
        raise LivebrushError(
            f"no photos to train on in {folder}: {seen} found; it takes {', '.join(sorted(SUFFIXES))} "
            f"with a short side of {crop // 2} pixels or more",
            code="not_found",
        )
    return PhotoSet(folder.resolve().name, tuple(good), total.hexdigest(), skipped)


def _why_unfit(path: Path, crop: int) -> str | None:
    try:
        with Image.open(path) as image:
            short = min(image.size)
            image.draft("RGB", (crop, crop))
            image.load()
    except Exception as error:  # Pillow raises many kinds, even SyntaxError, for damaged files
        return f"unreadable ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
    return f"too small ({short} pixels, a crop of {crop} needs {crop // 2})" if short < crop // 2 else None


def load_rgb(path: Path, min_side: int = 0) -> Image.Image:
    """A picture as RGB, upright by its EXIF tag; JPEGs are decoded at reduced size, not below `min_side`.

    raises: LivebrushError when it is missing or no picture
    """
    try:
        with Image.open(path) as image:
            if min_side:
                image.draft("RGB", (min_side, min_side))
            return ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:
        raise LivebrushError(f"{path} cannot be read as a picture: {error}", code="unreadable") from error


def resize_short_side(image: Image.Image, short: int) -> Image.Image:
    ratio = short / min(image.size)
    size = (max(short, round(image.width * ratio)), max(short, round(image.height * ratio)))
    return image.resize(size, Image.Resampling.LANCZOS if ratio < 1 else Image.Resampling.BICUBIC)


class CropSampler:
    """Random crops as a pure function of seed and step, so that a resumed run sees what it would have seen.

    Every photo is used once an epoch, in an order of that epoch's own. A crop covers between half and
    all of the short side, so that the net meets enlarged, soft pictures as well as fine ones: video
    has both. Half of the crops are mirrored.

    part: which pictures of each batch are read, where several processes share it
    dark_share: of the crops, how many are darkened, as far as black, for rooms without light
    """

    def __init__(
        self,
        photos: PhotoSet,
        crop: int,
        batch: int,
        seed: int,
        part: slice = slice(None),
        dark_share: float = 0.0,
    ) -> None:
        self.paths, self.crop, self.batch_size, self.seed = photos.paths, crop, batch, seed
        self.part, self.dark_share = part, dark_share
        self._readers = ThreadPoolExecutor(usable_cores())  # Pillow decodes and resizes without the GIL
        self._held: dict[int, Image.Image] = {}
        self._held_bytes = 0

    def batch(self, step: int) -> np.ndarray:
        """(batch, 3, crop, crop) uint8, RGB, or of the batch the `part`."""
        first = step * self.batch_size
        return np.stack(list(self._readers.map(self._crop, range(first, first + self.batch_size)[self.part])))

    def _crop(self, n: int) -> np.ndarray:
        epoch, place = divmod(n, len(self.paths))
        order = np.random.default_rng([self.seed, 0, epoch]).permutation(len(self.paths))
        random = np.random.default_rng([self.seed, 1, n])
        image = self._photo(int(order[place]))
        short = min(image.size)
        side = int(random.integers(round(short / 2), short, endpoint=True))
        left = int(random.integers(0, image.width - side, endpoint=True))
        top = int(random.integers(0, image.height - side, endpoint=True))
        box = (left, top, left + side, top + side)
        pixels = np.asarray(image.resize((self.crop, self.crop), Image.Resampling.BICUBIC, box=box))
        if random.random() < 0.5:
            pixels = pixels[:, ::-1]
        if self.dark_share and random.random() < self.dark_share:
            pixels = (pixels * random.random()).astype(np.uint8)
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def _photo(self, index: int) -> Image.Image:
        """No larger than crops ask for; decoded once, as long as there is room."""
        if index in self._held:
            return self._held[index]
        image = load_rgb(self.paths[index], min_side=2 * self.crop)
        if min(image.size) > 2 * self.crop:
            image = resize_short_side(image, 2 * self.crop)
        size = 4 * image.width * image.height  # Pillow holds RGB in four bytes
        if self._held_bytes + size <= HELD_BYTES:
            self._held[index] = image
            self._held_bytes += size
        return image
