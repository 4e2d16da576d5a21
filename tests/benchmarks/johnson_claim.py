"""How many steps of L-BFGS a transform net's single pass is worth, on photos never trained on.

    python -m tests.benchmarks.johnson_claim --style wave.jpg --photos photos --held-out names.txt --plot curve.png \\
        --loss-net vgg19_8bit.npz wave_of_fast_style_transfer.onnx

The loss is the one that the nets were trained for, picture by picture: layers and weights are the recipe's, or as
published. L-BFGS is that of Johnson et al. 2016: from a faint noise around grey, every step taken as it comes, clipped
to the range of colours. With a line search, and from noise of full strength, it is a harder measure.
"""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import torch

from livebrush.models.catalogue import find_style
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.trainer.kinds.painting_loss import MILLION, PaintingLoss
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.loss_networks.slim_vgg import WIDTHS
from livebrush.trainer.runs.content_photos import load_rgb, resize_short_side
from livebrush.trainer.runs.recipe import read_recipe
from livebrush.trainer.stills.objective import Region, StillObjective, StyleSource
from livebrush.trainer.stills.optimisers import Evaluate, lbfgs
from livebrush.trainer.stills.pixels import to_tensor
from livebrush.trainer.stills.recipe import StillRecipe
from tests.benchmarks.held_out_loss import middle_square

LEVELS = 255.0
NOISE = 1.0
"""standard deviation of the published start, in 8-bit levels around grey"""
UNIT = MILLION
"""of the published losses. It decides about the first step, and no other"""
PUBLISHED = StillRecipe(
    name="as published",
    source="Johnson et al. 2016 as fast-style-transfer (Engstrom) has it: relu4_2 on VGG19",
    style_layers={f"relu{name}": 100 / WIDTHS[name] ** 2 for name in ("1_1", "2_1", "3_1", "4_1", "5_1")},
    content_layers={"relu4_2": 1.0},
    style_weight=1 / MILLION,
    content_weight=7.5 / MILLION,
    tv_weight=400 * 255**2 / MILLION,
)
METHODS = ("L-BFGS as published", "L-BFGS, line search")


def published_lbfgs(evaluate: Evaluate, size: tuple[int, int], steps: int) -> list[float]:
    """The loss at every iteration of projected L-BFGS, as published: without a search, and of a loss of many thousands.

    source: Johnson et al. 2016, section 4.1, and the code that came with it: one evaluation is one iteration
    """
    noise = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    leaf = (LEVELS / 2 + NOISE * noise).requires_grad_()
    optimiser = torch.optim.LBFGS(
        [leaf], lr=1, max_iter=1, history_size=100, tolerance_grad=0, tolerance_change=0
    )
    totals: list[float] = []

    def closure() -> float:
        terms, gradient = evaluate(leaf.detach() / LEVELS)
        leaf.grad = UNIT * gradient / LEVELS
        totals.append(terms["total"])
        return UNIT * terms["total"]

    for _ in range(steps):
        optimiser.step(closure)  # pyright: ignore[reportArgumentType]
        with torch.no_grad():
            leaf.clamp_(0, LEVELS)
    return totals


def searching_lbfgs(evaluate: Evaluate, size: tuple[int, int], steps: int) -> list[float]:
    """The same with a line search that satisfies the strong Wolfe conditions, from noise of full strength."""
    noise = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    totals: list[float] = []
    lbfgs(evaluate, noise, steps, lambda terms, _: totals.append(terms["total"]))
    return totals


def plot(curves: np.ndarray, nets: Sequence[tuple[str, float]], path: Path) -> None:
    """curves: (methods, evaluations), the optimisations' mean losses; nets: name and mean loss"""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for name, curve in zip(METHODS, curves, strict=True):
        axes.plot(range(1, len(curve) + 1), curve, label=name)
    for k, (name, loss) in enumerate(nets):
        axes.axhline(loss, label=f"{name}, one pass", linestyle="--", color=f"C{k + len(METHODS)}")
    axes.set(xlabel="evaluations of the loss", ylabel="loss, mean over the photos", yscale="log")
    axes.legend()
    figure.savefig(path, dpi=90)


@click.command(help=__doc__)
@click.option("--style", type=click.Path(path_type=Path), required=True)
@click.option(
    "--recipe", "recipe_file", type=click.Path(path_type=Path), help="The nets'; else the published loss."
)
@click.option(
    "--loss-net", "loss_names", multiple=True, default=("builtin",), help="As of `livebrush train`."
)
@click.option("--photos", "folder", type=click.Path(path_type=Path), required=True)
@click.option("--held-out", type=click.Path(path_type=Path), required=True)
@click.option("--count", default=20, show_default=True)
@click.option("--steps", default=200, show_default=True)
@click.option("--plot", "picture", type=click.Path(path_type=Path))
@click.argument("nets", nargs=-1, required=True)
def main(
    style: Path, recipe_file: Path | None, loss_names: tuple[str, ...], folder: Path, held_out: Path, count: int,
    steps: int, picture: Path | None, nets: tuple[str, ...],
) -> None:  # fmt: skip
    trained = read_recipe(recipe_file, PaintingRecipe()) if recipe_file else PaintingRecipe()
    network = load_loss_network(find_loss_files(loss_names))
    painting = to_tensor(np.asarray(resize_short_side(load_rgb(style), trained.style_size)))
    names = held_out.read_text(encoding="utf-8").split()
    recipe = PUBLISHED
    if recipe_file:
        pictures = torch.cat([to_tensor(middle_square(folder / name)) for name in names[:8]])
        recipe = as_still(trained, float(PaintingLoss(network, painting, pictures, trained).photos_distance))
    styles = [LoadedStyle(find_style(net), "cpu") for net in nets]
    curves, painted = [], []
    for name in names[:: len(names) // count][:count]:
        photo = middle_square(folder / name)
        pixels = to_tensor(photo)
        size = (pixels.shape[2], pixels.shape[3])
        evaluate = StillObjective(network, recipe, pixels, [Region([StyleSource(painting)])], size).evaluate
        painted.append([evaluate(to_tensor(style(photo)))[0]["total"] for style in styles])
        totals = [search(evaluate, size, steps) for search in (published_lbfgs, searching_lbfgs)]
        curves.append(np.minimum.accumulate(totals, 1))
        ends = ", ".join(f"{of_method[-1]:.3f}" for of_method in curves[-1])
        click.echo(f"{name}: nets {painted[-1]}, L-BFGS {ends}", err=True)
    mean_curves, losses = np.mean(curves, axis=0), np.mean(painted, axis=0)
    named = [(Path(net).stem, float(loss)) for net, loss in zip(nets, losses, strict=True)]
    for name, loss in named:
        for method, curve in zip(METHODS, mean_curves, strict=True):
            # As many as leave the optimisation at or above the net's loss
            worth = int((curve >= loss).sum())
            click.echo(f"{name}: loss {loss:.3f}, that of {worth} evaluations of {steps}, {method}")
    if picture:
        plot(mean_curves, named, picture)


def as_still(trained: PaintingRecipe, photos_distance: float) -> StillRecipe:
    """The loss of a training of a single picture. photos_distance: see `PaintingLoss`"""
    layers = zip(trained.style_layers, trained.layer_weights, strict=True)
    return StillRecipe(
        name="as trained", source="",
        # A still's Gram matrices are not divided by their channels
        style_layers={layer: weight / WIDTHS[layer[4:]] ** 2 for layer, weight in layers},
        content_layers={trained.content_layer: 1.0}, style_weight=trained.style_weight / photos_distance,
        content_weight=trained.content_weight / MILLION, tv_weight=trained.tv_weight * 255**2 / MILLION, scale="mean",
        optimiser="lbfgs",
    )  # fmt: skip


if __name__ == "__main__":
    main()
