"""The photo net: what is to be done to a frame's colours is decided in a small copy of it, and done to every pixel."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.models.looks import LookStatistics
from livebrush.models.regions import IN_FAVOUR, MASK_GROUPS, PERSON
from livebrush.realtime.looks.statistics import CELLS, SIDE
from livebrush.trainer.nets.cell_motion import cell_motion, moved_along
from livebrush.trainer.nets.cells import Cells, cells_of
from livebrush.trainer.nets.closed_form import ClosedForm, apply_regions, contrast
from livebrush.trainer.nets.local_affine import add_maps, fit_maps

RATE = 0.1
"""share that a frame has in what is remembered of masks and colours: a third of a second at 30 frames/s"""
PLANES = (MASK_GROUPS, 3, 12)
"""of a cell that are remembered: masks, colours and maps"""
MOVED = (0.03, 0.1)
"""change of a cell's colour, of 1, from which, and at which, it is taken for another thing, with nothing to remember"""


class Refinement(nn.Module):
    """What training adds to the closed form: a change of its maps, place by place. Before training, nothing."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        inputs = 3 + 3 + MASK_GROUPS
        self.here = nn.Sequential(_conv(inputs, width), nn.ReLU())
        self.around = nn.Sequential(
            _conv(width, width, stride=2), nn.ReLU(),
            _conv(width, 2 * width, stride=2), nn.ReLU(),
            _conv(2 * width, 2 * width), nn.ReLU(),
            _conv(2 * width, width),
        )  # fmt: skip
        self.maps = nn.Sequential(_conv(width, width), nn.ReLU(), _conv(width, 12))
        nn.init.zeros_(self.maps[-1].weight)  # pyright: ignore[reportArgumentType]
        nn.init.zeros_(self.maps[-1].bias)  # pyright: ignore[reportArgumentType]

    def forward(self, cells: Tensor, moved: Tensor, masks: Tensor) -> Tensor:
        """cells, moved: (N, 3, G, G), before and after the closed form; masks: (N, 10, G, G); returns (N, 12, G, G)"""
        here = self.here(torch.cat([cells - 0.5, moved - 0.5, masks], 1))
        around = F.interpolate(self.around(here), size=here.shape[2:], mode="bilinear")
        return self.maps(here + around)


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """Over a repeated border: zeros there would be learnt as a frame, and shown as one."""
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, padding_mode="replicate")


class PhotoNet(nn.Module):
    """One photo's colours and light for others: local affine colour maps, and so every edge where the photo has it.

    A copy of SIDE x SIDE pixels, squeezed whatever the frame's shape, is edited by region (`ClosedForm`, and what
    training adds to it); the edit is taken as affine maps of CELLS x CELLS places; these are remembered as masks and
    colours are, enlarged and applied to the frame, one map for each 2x2 pixels, which halves the time and cannot be
    seen.

    statistics: of the style photo
    refined:    with a net to be trained
    """

    multiple = 2
    margin = 0
    side = SIDE
    state_size = sum(PLANES) * CELLS**2 + MASK_GROUPS * ClosedForm.PARAMETERS

    def __init__(self, statistics: LookStatistics, refined: bool) -> None:
        super().__init__()
        self.look = ClosedForm(statistics)
        self.refinement = Refinement() if refined else None

    def forward(
        self, thumbnail: Tensor, masks: Tensor, state: Tensor, style: tuple[Tensor, ...] | None = None
    ) -> tuple[Tensor, Tensor]:
        """The maps of a frame.

        thumbnail: (N, 3, SIDE, SIDE) float32, RGB in [0, 1]; masks: (N, 10, h, w), of any size, 0..1
        state:     (N, state_size), zeros at first: masks, colours and maps of the cells, parameters of the regions
        style:     what is known of another style photo, in the order of LookStatistics
        returns:   (N, 12, CELLS, CELLS), what to add to the frame, see `fit_maps`; and the next state
        """
        cells = cells_of(thumbnail, SIDE // CELLS)
        planes, remembered = _unpack(state)
        motion = cell_motion(planes.split(PLANES, 1)[1], cells.mean)
        before, colours, maps = moved_along(planes, motion).split(PLANES, 1)
        new = 1 - (1 - RATE) * before.sum(1, keepdim=True).clamp(0, 1)
        moved = ((cells.mean - colours).abs().amax(1, keepdim=True) - MOVED[0]) / (MOVED[1] - MOVED[0])
        moved = moved.clamp(0, 1)
        # Where most of the frame is another, there was a cut
        cut = (4 * moved.mean((1, 2, 3), keepdim=True) - 1.5).clamp(0, 1)
        rate = torch.maximum(new, torch.maximum(moved, cut))
        masks = torch.lerp(before, settled_masks(masks, IN_FAVOUR), rate)
        colours = torch.lerp(colours, cells.mean, rate)
        now = self.look(cells, masks, style)
        rate_of_all = torch.maximum(new.mean((2, 3)), cut.flatten(1))[..., None]
        parameters = remembered + rate_of_all * (now - remembered)
        maps = torch.lerp(maps, self.maps(cells, masks, parameters), rate)
        planes = torch.cat([masks, colours, maps], 1)
        return maps, torch.cat([planes.flatten(1), parameters.flatten(1)], 1)

    def maps(self, cells: Cells, masks: Tensor, parameters: Tensor) -> Tensor:
        """Of a frame by itself."""
        blended = (parameters.transpose(1, 2) @ masks.flatten(2)).unflatten(2, masks.shape[2:])
        if self.refinement is not None:
            moved = apply_regions(cells.mean[:, None], blended)[:, 0].clamp(0, 1)
            added = self.refinement(cells.mean, moved, masks)
            blended = blended + F.pad(added, (0, 0, 0, 0, 0, blended.shape[1] - added.shape[1]))
        edited = apply_regions(cells.pixels, blended).clamp(0, 1)
        # Texture that fades faster than contrast does makes videos steadier, and costs single pictures nothing
        return fit_maps(cells, edited - cells.pixels, contrast(blended).square())

    def edit(self, thumbnail: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """Single pictures of SIDE x SIDE, as training sees them: not clipped, and their maps."""
        maps, _ = self(thumbnail, masks, thumbnail.new_zeros(len(thumbnail), self.state_size))
        return add_maps(thumbnail, maps), maps


def settled_masks(masks: Tensor, in_favour: float = 1.0) -> Tensor:
    """Masks over the cells, which add up to 1; a net that hesitates leaves every place to many groups, so squared.

    masks:     (N, 10, h, w), 0..1; where all are 0, that is the last group, "other"
    in_favour: how much persons count, where others count 1
    """
    # The mean of a few places of each cell, since masks may be larger
    masks = F.avg_pool2d(F.interpolate(masks, size=(2 * CELLS, 2 * CELLS), mode="bilinear"), 2)
    missing = (1 - masks.sum(1, keepdim=True)).clamp(min=0)
    squares = torch.cat([masks[:, :-1], masks[:, -1:] + missing], 1).square()
    if in_favour != 1:
        weights = [in_favour if k == PERSON else 1.0 for k in range(MASK_GROUPS)]
        squares = squares * masks.new_tensor(weights)[:, None, None]
    return squares / squares.sum(1, keepdim=True).clamp(min=1e-6)


def _unpack(state: Tensor) -> tuple[Tensor, Tensor]:
    """Planes of the cells, (N, 25, CELLS, CELLS), and parameters of the regions, (N, 10, PARAMETERS)"""
    planes, parameters = state.split([sum(PLANES) * CELLS**2, MASK_GROUPS * ClosedForm.PARAMETERS], 1)
    parameters = parameters.unflatten(1, (MASK_GROUPS, ClosedForm.PARAMETERS))
    return planes.unflatten(1, (sum(PLANES), CELLS, CELLS)), parameters
