"""From a checkpoint of the net for any picture to the style model that ships.

python -m livebrush.trainer.any_picture.export runs/any_picture --content photos/ --held-out held_out.txt \\
    --judged-by water_lilies.jpg -o models/any_picture.onnx
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import click
import torch
from torch import Tensor

from livebrush.converters.canvas import Canvas
from livebrush.converters.export import export_graph
from livebrush.converters.frame_graph import FrameGraph, Graph
from livebrush.models.contract import Style, StyleMetadata
from livebrush.trainer.any_picture.style_lessons import style_lessons
from livebrush.trainer.border import measure_margin
from livebrush.trainer.loss_networks.slim_vgg import SlimVgg
from livebrush.trainer.nets.annealed_norm import set_fixed
from livebrush.trainer.nets.live import LiveNet
from livebrush.trainer.nets.mixed import MixedLive
from livebrush.trainer.nets.style_eye import StyleEye
from livebrush.trainer.runs.checkpoint import read_run_state
from livebrush.trainer.runs.content_photos import CropSampler, scan_photos
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.tensor_file import load_tensors


class AnyPictureGraph(Graph):
    """Frames and a style picture, both uint8, to painted frames; the picture's part does not depend on the frames."""

    inputs: ClassVar[dict[str, tuple[str, ...]]] = {
        "frames": ("N", "H", "W"), "style_picture": ("one", "height", "width"),
    }  # fmt: skip
    outputs: ClassVar[dict[str, tuple[str, ...]]] = {"stylized": ("N", "H", "W")}

    def __init__(self, net: MixedLive, canvas: Canvas | None = None) -> None:
        super().__init__()
        self.net, self.canvas = net, canvas

    def forward(self, frames: Tensor, style_picture: Tensor) -> Tensor:
        style = style_picture.permute(0, 3, 1, 2).float() / 255
        return FrameGraph(self.net.after(self.net.look(style)).eval(), self.canvas)(frames)

    def example(self, frames: Tensor) -> tuple[Tensor, ...]:
        rows, columns = torch.meshgrid(torch.arange(96), torch.arange(120), indexing="ij")
        picture = torch.stack([2 * rows, 255 - rows - columns, 8 * (columns % 30)], 2)
        return frames, picture[None].to(torch.uint8)


def net_of(checkpoint: Path) -> MixedLive:
    """raises: LivebrushError where it cannot be read"""
    tensors, _ = load_tensors(checkpoint)
    own = {name.removeprefix("net."): value for name, value in tensors.items() if name.startswith("net.")}
    experts = len(own["means"])
    like = LiveNet()
    set_fixed(like, 1.0)
    net = MixedLive([like.folded()] * experts, [torch.zeros(1, 3, 8, 8)] * experts, StyleEye(SlimVgg()))
    net.load_state_dict(own)
    return net.eval()


def export_any_picture(
    net: MixedLive, metadata: StyleMetadata, path: Path, canvas: Canvas | None = None
) -> None:
    """See `export_graph`."""
    export_graph(AnyPictureGraph(net, canvas), net.multiple, metadata, path)


def margin_of(net: MixedLive, pictures: Sequence[Tensor], photos: Tensor, canvas: Canvas) -> int:
    """What the picture that shows the border most needs; see `measure_margin`."""
    with torch.no_grad():
        return max(
            measure_margin(net.after(net.look(picture)).eval(), photos, canvas) for picture in pictures
        )


@click.command()
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--content", type=click.Path(path_type=Path), required=True, help="The photos of the run.")
@click.option("--held-out", type=click.Path(path_type=Path), required=True, help="Names of those left out.")
@click.option(
    "--judged-by", "exam", type=click.Path(path_type=Path), multiple=True, required=True,
    help="A picture to measure the margin by.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(run_dir: Path, content: Path, held_out: Path, exam: tuple[Path, ...], output: Path) -> None:
    """Export a trained net as the style model for any picture."""
    checkpoint = RunFolder(run_dir).checkpoint
    net, run = net_of(checkpoint), read_run_state(checkpoint).run
    crop = run["recipe"]["crop"]
    names = frozenset(held_out.read_text(encoding="utf-8").split())
    photos, judged = scan_photos(content, crop, names), scan_photos(content, crop, only=names)
    crops = torch.from_numpy(CropSampler(judged, crop, 8, seed=0).batch(0)).float() / 255
    pictures = [lesson.tensor() for lesson in style_lessons(exam, run["recipe"]["style_size"], 0)]
    canvas = Canvas(run["recipe"]["canvas"])
    metadata = StyleMetadata(
        "painting", "live", net.multiple, margin_of(net, pictures, crops, canvas),
        (Style("any_picture", "Any picture", looks_like="whatever picture it is given"),),
        "Apache-2.0", photos.describe(),
        {**run["recipe"], "loss_network": SlimVgg.name, "pictures_sha256": run["pictures"]},
    )  # fmt: skip
    export_any_picture(net, metadata, output, canvas)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.2f} MB, margin {metadata.margin}")


if __name__ == "__main__":
    main()
