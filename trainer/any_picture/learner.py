"""Makes the net that paints after any picture, from styles that paint already.

python -m livebrush.trainer.any_picture.learner --content photos/ --held-out held_out.txt \\
    --style great_wave wave.jpg --style udnie udnie.jpg --painting noon.jpg --judged-by water_lilies.jpg \\
    --run-dir runs/any_picture
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from torch import Tensor, nn

from livebrush.models.catalogue import find_style
from livebrush.trainer.any_picture.style_lessons import StyleLesson, style_lessons
from livebrush.trainer.distillation.helper import photo_options, train_to_end
from livebrush.trainer.kinds.several_styles import Lesson, SeveralStyles
from livebrush.trainer.kinds.several_styles_recipe import SeveralStylesRecipe
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network, on_device
from livebrush.trainer.loss_networks.slim_vgg import SlimVgg
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.mixed import MixedLive
from livebrush.trainer.nets.style_eye import StyleEye
from livebrush.trainer.runs.checkpoint import load_checkpoint
from livebrush.trainer.runs.content_photos import PhotoSet, scan_photos
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.starts import load_start


@dataclass(frozen=True)
class AnyPictureRecipe(SeveralStylesRecipe):
    """How the net is trained: as a net of several styles, which here are endless."""

    batch: int = 1
    crop: int = 256
    content_weight: float = 150.0
    variants: int = 6
    """pictures made of each painting: parts of it, in other colours"""
    photos_as_styles: int = 30
    renderings: int = 160
    """of photos, see `renderings`"""
    original_share: float = 0.25
    """of the steps, for the paintings as they are"""
    experts_share: float = 0.3
    """of the learning rate, for the weights that are mixed"""


DEFAULTS = AnyPictureRecipe()


class AnyPictureLearner(SeveralStyles):
    """A mixed net that learns to paint after many pictures; on the CPU, in one process."""

    judged_by = "held_out"

    net: MixedLive
    recipe: AnyPictureRecipe

    def __init__(
        self,
        recipe: AnyPictureRecipe,
        net: MixedLive,
        lessons: list[StyleLesson],
        exam: list[Tensor],
        photos: PhotoSet,
        held_out: PhotoSet,
        network: LayeredNetwork,
        paintings: int,
    ) -> None:
        """lessons: the first so many `paintings` as they are; exam: pictures to be judged by, (1, 3, H, W)"""
        self.recipe, self.net, self.lessons, self.network = recipe, net, lessons, network
        self.paintings = paintings
        self.look_at(photos, held_out, few=6)
        self.identity = {"photos": photos.sha256, "pictures": _sha256(lessons)}
        self._taught: dict[int, Lesson] = {}
        self._exam = [self._lesson_of(picture) for picture in exam]

    @property
    def styled(self) -> MixedLive:
        return self.net

    def optimizer(self) -> torch.optim.Optimizer:
        groups: list[dict[str, Any]] = [
            {"params": list(self.net.experts.parameters()), "share": self.recipe.experts_share},
            {"params": [*self.net.shares.parameters(), *self.net.changes.parameters()]},
        ]
        return torch.optim.Adam(groups, lr=self.recipe.learning_rate)

    def batch(self, step: int) -> tuple[np.ndarray, ...]:
        random = np.random.default_rng([self.recipe.seed, 7, step])
        original = random.random() < self.recipe.original_share
        drawn = random.integers(self.paintings if original else len(self.lessons))
        return self.sampler.batch(step), np.array(int(drawn))

    def lesson(self, number: int) -> Lesson:
        if number not in self._taught:
            self._taught[number] = self._lesson_of(self.lessons[number].tensor())
        return self._taught[number]

    def exam(self) -> Sequence[Lesson]:
        return self._exam

    def _lesson_of(self, picture: Tensor) -> Lesson:
        return self.lesson_of(picture, self.net.look(picture))


def _sha256(lessons: list[StyleLesson]) -> str:
    total = hashlib.sha256()
    for lesson in lessons:
        total.update(lesson.pixels.tobytes())
    return total.hexdigest()


def begin_with_own(net: MixedLive, lessons: list[StyleLesson], steps: int = 400) -> None:
    """Teach the net, before all else, that a painting, and what is made of it, is painted by its own expert."""
    with torch.no_grad():
        codes = torch.cat([net.eye(lesson.tensor()) for lesson in lessons])
    count = len(net.means)
    wanted = torch.full((len(lessons), count), 1 / count)
    for row, lesson in zip(wanted, lessons, strict=True):
        if lesson.painting is not None and lesson.painting < count:
            row.fill_(0.1 / count)[lesson.painting] += 0.9
    optimizer = torch.optim.Adam(net.shares.parameters(), lr=3e-3, weight_decay=1e-4)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(net.shares(codes), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def made_of(styles: dict[str, Path], network: SlimVgg, photos: list[Tensor], size: int) -> MixedLive:
    """A net mixed of styles that ship; name -> painting"""
    experts, paintings = [], []
    for name, path in styles.items():
        net = LiveNet()
        load_start(find_style(name).model.path, net)
        experts.append(net.folded().eval())
        paintings.append(style_lessons([path], size, 0)[0].tensor())
    eye = StyleEye(network)
    eye.fit([*paintings, *photos])
    return MixedLive(experts, paintings, eye)


@click.command()
@photo_options
@click.option(
    "--style", "styles", type=(str, click.Path(path_type=Path)), multiple=True, required=True,
    help="A style that ships, and its painting. The first become the experts.",
)  # fmt: skip
@click.option(
    "--painting", "more", type=click.Path(path_type=Path), multiple=True, help="A further painting."
)
@click.option(
    "--drawing", "drawings", type=click.Path(path_type=Path), multiple=True,
    help="A picture that is no painting, learnt from once, in other colours: of planes and lines.",
)  # fmt: skip
@click.option(
    "--judged-by", "exam", type=click.Path(path_type=Path), multiple=True, help="A painting held out."
)
@click.option("--steps", type=int, default=4000, show_default=True)
@click.option("--learning-rate", type=float, default=1e-3, show_default=True)
@click.option("--style-weight", type=float, default=DEFAULTS.style_weight, show_default=True)
@click.option("--content-weight", type=float, default=DEFAULTS.content_weight, show_default=True)
@click.option("--preview-every", type=int, default=250, show_default=True)
@click.option(
    "--start-from",
    type=click.Path(path_type=Path),
    help="A checkpoint of an earlier run, whose net it begins with.",
)
@click.option("--run-dir", type=click.Path(path_type=Path), required=True)
def main(
    content: Path, held_out: Path, styles: tuple[tuple[str, Path], ...], more: tuple[Path, ...],
    drawings: tuple[Path, ...], exam: tuple[Path, ...], steps: int, learning_rate: float, style_weight: float,
    content_weight: float, preview_every: int, start_from: Path | None, run_dir: Path,
) -> None:  # fmt: skip
    """Train the net. Started again, it goes on from its last checkpoint."""
    recipe = AnyPictureRecipe(
        images=steps * DEFAULTS.batch, learning_rate=learning_rate, style_weight=style_weight,
        content_weight=content_weight, mixed_precision=True,
    )  # fmt: skip
    names = frozenset(held_out.read_text(encoding="utf-8").split())
    photos, judged = scan_photos(content, recipe.crop, names), scan_photos(content, recipe.crop, only=names)
    network = load_loss_network(find_loss_files(("builtin",)))
    slim = network.networks[0]
    assert isinstance(slim, SlimVgg)
    every = max(1, len(photos.paths) // recipe.photos_as_styles)
    as_styles = [*photos.paths[::every][: recipe.photos_as_styles], *drawings]
    paintings = [*(path for _, path in styles), *more]
    rendered = photos.paths[2 :: max(1, len(photos.paths) // recipe.renderings)][: recipe.renderings]
    lessons = style_lessons(paintings, recipe.style_size, recipe.seed, recipe.variants, as_styles, rendered)
    torch.manual_seed(recipe.seed)
    seen = [lesson.tensor() for lesson in style_lessons([], 256, recipe.seed, photos=photos.paths[1::3])]
    net = made_of(dict(styles), slim, [*seen, *(lesson.tensor() for lesson in lessons)], recipe.style_size)
    if start_from:
        load_checkpoint(start_from, net)
        recipe = dataclasses.replace(recipe, start_from=hashlib.sha256(start_from.read_bytes()).hexdigest())
    else:
        begin_with_own(net, lessons)
    held = [lesson.tensor() for lesson in style_lessons(exam, recipe.style_size, 0)]
    network = on_device(network, torch.device("cpu"), recipe.precision)
    learner = AnyPictureLearner(recipe, net, lessons, held, photos, judged, network, len(paintings))
    train_to_end(learner, RunFolder(run_dir, preview_every), "any picture")


if __name__ == "__main__":
    main()
