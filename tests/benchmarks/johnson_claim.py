"""How many steps of L-BFGS a transform net's single pass is worth, on photos never trained on.

    python -m tests.benchmarks.johnson_claim --style starry.jpg --photos photos --held-out names.txt --plot curve.png \\
        --style-weight 0.37 johnson.onnx live.onnx

The loss is the one that the nets were trained for, picture by picture, with the weight that their runs came to.
L-BFGS starts from noise, as in figure 5 of Johnson et al. 2016, or from the photo, which is far nearer.
"""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import torch

from models.catalogue import find_style
from realtime.session import StyleSession
from tests.benchmarks.held_out_loss import middle_square
from trainer.content_photos import load_rgb, resize_short_side
from trainer.loss_networks.loss_files import find_loss_files
from trainer.loss_networks.loss_network import load_loss_network
from trainer.recipe import PaintingRecipe
from trainer.stills.objective import Region, StillObjective, StyleSource
from trainer.stills.optimisers import lbfgs
from trainer.stills.pixels import to_tensor
from trainer.stills.recipe import StillRecipe


def plot(curve: np.ndarray, nets: Sequence[tuple[str, float]], path: Path) -> None:
    """curve: (evaluations,), the optimisation's mean loss; nets: name and mean loss"""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(range(1, len(curve) + 1), curve, label="L-BFGS")
    for k, (name, loss) in enumerate(nets):
        axes.axhline(loss, label=f"{name}, one pass", linestyle="--", color=f"C{k + 1}")
    axes.set(xlabel="evaluations of the loss", ylabel="loss, mean over the photos", yscale="log")
    axes.legend()
    figure.savefig(path, dpi=90)


@click.command(help=__doc__)
@click.option("--style", type=click.Path(path_type=Path), required=True)
@click.option("--style-size", default=PaintingRecipe().style_size, show_default=True)
@click.option("--style-weight", default=1.0, show_default=True)
@click.option("--photos", "folder", type=click.Path(path_type=Path), required=True)
@click.option("--held-out", type=click.Path(path_type=Path), required=True)
@click.option("--count", default=20, show_default=True)
@click.option("--steps", default=200, show_default=True)
@click.option("--start", type=click.Choice(["noise", "photo"]), default="noise", show_default=True)
@click.option("--plot", "picture", type=click.Path(path_type=Path))
@click.argument("nets", nargs=-1, required=True)
def main(
    style: Path, style_size: int, style_weight: float, folder: Path, held_out: Path, count: int, steps: int,
    start: str, picture: Path | None, nets: tuple[str, ...],
) -> None:  # fmt: skip
    trained = PaintingRecipe()
    recipe = StillRecipe(
        name="as trained", source="", style_layers=dict.fromkeys(trained.style_layers, 1.0),
        content_layers={trained.content_layer: 1.0}, style_weight=style_weight, content_weight=1.0,
        tv_weight=trained.tv_weight, scale="relative", optimiser="lbfgs",
    )  # fmt: skip
    network = load_loss_network(find_loss_files(["builtin"]))
    painting = to_tensor(np.asarray(resize_short_side(load_rgb(style), style_size)))
    sessions = [StyleSession(find_style(net), "cpu") for net in nets]
    names = held_out.read_text(encoding="utf-8").split()
    curves, painted = [], []
    for name in names[:: len(names) // count][:count]:
        photo = middle_square(folder / name)
        pixels = to_tensor(photo)
        objective = StillObjective(
            network, recipe, pixels, [Region([StyleSource(painting)])], (pixels.shape[2], pixels.shape[3])
        )
        painted.append(
            [objective.evaluate(to_tensor(session.stylize(photo)))[0]["total"] for session in sessions]
        )
        totals: list[float] = []
        noise = torch.rand(pixels.shape, generator=torch.Generator().manual_seed(0))
        first = noise if start == "noise" else pixels
        lbfgs(objective.evaluate, first, steps, lambda terms, _, into=totals: into.append(terms["total"]))
        curves.append(np.minimum.accumulate(totals))
        click.echo(f"{name}: nets {painted[-1]}, L-BFGS {totals[0]:.3f} to {curves[-1][-1]:.3f}", err=True)
    curve, losses = np.mean(curves, axis=0), np.mean(painted, axis=0)
    named = [(Path(net).stem, float(loss)) for net, loss in zip(nets, losses, strict=True)]
    for name, loss in named:
        # As many as leave the optimisation at or above the net's loss
        worth = int((curve >= loss).sum())
        click.echo(f"{name}: loss {loss:.3f}, that of {worth} evaluations of L-BFGS, of {steps}")
    if picture:
        plot(curve, named, picture)


if __name__ == "__main__":
    main()
