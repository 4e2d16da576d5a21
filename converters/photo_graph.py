"""A photo net between uint8 frames, as an ONNX graph computes it: the maps once, then one for each 2x2 pixels."""

from typing import ClassVar, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.converters.frame_graph import Graph, lay_out, levels
from livebrush.models.looks import LookStatistics
from livebrush.models.regions import MASK_GROUPS


class MapNet(Protocol):
    """What decides: a small copy of a frame, masks and state to affine maps and the next state.

    side:       of the copy, pixels
    state_size: values carried from frame to frame
    style:      what is known of the style photo, in the order of LookStatistics; None: what the net was made with
    """

    multiple: int
    margin: int
    side: int
    state_size: int

    def __call__(
        self, thumbnail: Tensor, masks: Tensor, state: Tensor, style: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, Tensor]: ...


class PhotoGraph(Graph):
    """frames (N, H, W, 3) uint8, masks (N, h, w, 10) uint8, state (N, S) to the stylized frames and the next state."""

    inputs: ClassVar[dict[str, tuple[str, ...]]] = {
        "frames": ("N", "H", "W"),
        "masks": ("N", "h", "w"),
        "state": ("N",),
    }
    outputs: ClassVar[dict[str, tuple[str, ...]]] = {"stylized": ("N", "H", "W"), "state_out": ("N",)}

    def __init__(self, net: MapNet) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, frames: Tensor, masks: Tensor, state: Tensor, style: tuple[Tensor, ...] | None = None
    ) -> tuple[Tensor, Tensor]:
        blocks = _blocks(frames)
        # Pixels here and there, not means of many: so they have the texture of the frame, which maps are applied to
        thumbnail = (
            F.interpolate(blocks[:, 0].float(), size=(self.net.side, self.net.side), mode="bilinear") / 255
        )
        maps, state = self.net(thumbnail, masks.permute(0, 3, 1, 2).float() / 255, state, style)
        stylized = levels(_add_maps(blocks, maps))
        return lay_out(stylized.flatten(1, 2)), state

    def example(self, frames: Tensor) -> tuple[Tensor, ...]:
        """All inputs for some frames: masks of some size, and a first state."""
        count = len(frames)
        generator = torch.Generator().manual_seed(count)
        masks = torch.randint(0, 52, (count, 12, 20, MASK_GROUPS), generator=generator, dtype=torch.uint8)
        return frames, masks, torch.zeros(count, self.net.state_size)


def _blocks(frames: Tensor) -> Tensor:
    """(N, H, W, 3) to (N, 4, 3, H / 2, W / 2), the four being the pixels of a block of 2x2, row by row."""
    count, height, width, _ = frames.shape
    lines = frames.reshape(count, height // 2, 2, width * 3).permute(0, 2, 1, 3)
    pairs = lines.reshape(count * 2, height // 2, width // 2, 6).permute(0, 3, 1, 2)
    return pairs.reshape(count, 4, 3, height // 2, width // 2)


def _add_maps(blocks: Tensor, maps: Tensor) -> Tensor:
    """blocks: (N, 4, 3, h, w) uint8; maps: (N, 12, h', w'), what to add to colours in [0, 1]"""
    slopes = maps[:, :9].unflatten(1, (3, 3)) + torch.eye(3, device=maps.device)[..., None, None]
    # By colour that goes in: three planes at a time are worked on, and nothing large is cut up as floats
    planes = [*slopes.unbind(2), 255 * maps[:, 9:]]
    per_red, per_green, per_blue, added = (
        F.interpolate(plane, size=blocks.shape[3:], mode="bilinear")[:, None] for plane in planes
    )
    red, green, blue = (colour.float() for colour in blocks.split(1, 2))
    return per_red * red + per_green * green + per_blue * blue + added


class LookTemplate(Graph):
    """A photo graph whose style is still to come: what is known of a style photo comes in as inputs."""

    inputs: ClassVar[dict[str, tuple[str, ...]]] = PhotoGraph.inputs | dict.fromkeys(
        LookStatistics._fields, ()
    )
    outputs: ClassVar[dict[str, tuple[str, ...]]] = PhotoGraph.outputs

    def __init__(self, photo: PhotoGraph) -> None:
        super().__init__()
        self.photo = photo

    def forward(
        self, frames: Tensor, masks: Tensor, state: Tensor,
        means: Tensor, roots: Tensor, tones: Tensor, known: Tensor, reach: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        return self.photo(frames, masks, state, (means, roots, tones, known, reach))

    def example(self, frames: Tensor) -> tuple[Tensor, ...]:
        look = dict(self.photo.named_buffers())
        return *self.photo.example(frames), *(look[f"net.look.{name}"] for name in LookStatistics._fields)
