"""Colours of one photo moved to another's, region by region, in operations that an ONNX graph has."""

import torch
from torch import Tensor, nn

from livebrush.models.looks import LEAST_SPREAD, LUMA, LookStatistics
from livebrush.models.regions import PERSON
from livebrush.trainer.nets.cells import Cells, symmetric

ITERATIONS = 24
"""of the inverse root: enough for spreads a million times apart"""
TONES = tuple((k - 5) / 2 for k in range(11))
"""where a tone curve bends, in standard deviations of the style's luma"""
CURVE = 0.7
"""how far tones go towards the style's distribution; 0 keeps what the linear map gives"""
SLOPES = (0.4, 2.0)
"""of a tone curve: flatter would make bands, steeper would show noise"""
SMALL = 0.01
"""share of a frame at which a region has as much to say as the whole frame about its own colours"""
TINT = 0.5
"""how far persons take the tint of a light: an orange wall behind them is no orange light on them"""
SEEN = (0.02, 0.12)
"""mean and spread of a frame's luma together, of 1, up to which it is left as it is, and from which a look goes all its
way: a black frame is black in any light"""


class ClosedForm(nn.Module):
    """What a look does to each region of a frame: a linear map of colours, then a curve of tones. Nothing is learnt.

    The linear map moves mean and covariance of a region's colours to those of the style's region at the least cost;
    the curve brings the distribution of its luma nearer to the style's, which two moments cannot.

    source: Pitie and Kokaram 2007, The linear Monge-Kantorovitch linear colour mapping
    """

    PARAMETERS = 12 + len(TONES) + 3
    """of a region: a 3x3 matrix and an offset, its curve, mean and spread of the luma that the curve works on, and
    the spread that luma had"""

    def __init__(self, statistics: LookStatistics) -> None:
        super().__init__()
        for name, values in statistics._asdict().items():
            self.register_buffer(name, torch.from_numpy(values))
        self.means: Tensor
        self.roots: Tensor
        self.tones: Tensor
        self.known: Tensor
        self.reach: Tensor

    def forward(self, cells: Cells, masks: Tensor, style: tuple[Tensor, ...] | None = None) -> Tensor:
        """What is to be done to each region.

        cells:   of a small copy of the frame; masks: (N, K, G, G), over the same cells, which add up to 1
        style:   what is known of another style photo, in the order of LookStatistics
        returns: (N, K, PARAMETERS)
        """
        means, roots, tones, known, reach = style or tuple(self.buffers())
        luma = cells.mean.new_tensor(LUMA)
        together = _together(means[:-1]) @ masks.flatten(2)
        everywhere = torch.cat([together, torch.ones_like(together[:, :1])], 1)
        share, mean, covariance = _moments(cells, everywhere)
        change = transport(covariance, roots)
        offset = means - (change @ mean[..., None]).squeeze(-1)
        spread = ((roots @ luma).square().sum(-1) + 1e-5).sqrt()
        middle = means @ luma
        samples = cells.pixels[:, cells.pixels.shape[1] // 2].flatten(2)  # one of each cell's
        darker = _shares_darker(
            (luma @ change) / spread[:, None], (offset @ luma - middle) / spread, samples, everywhere
        )
        curve = tone_curve(darker, tones)
        fixed = torch.stack([middle, spread], 1).expand(len(masks), -1, -1)
        had = ((covariance @ luma @ luma).clamp(min=0) + 1e-5).sqrt()
        parameters = torch.cat([change.flatten(2), offset, curve, fixed, had[..., None]], 2)
        # Regions of few pixels, and those that the style does not know, go with the frame as a whole; persons in its
        # light, since a city by night does not tell what faces look like there
        trust = (share / (share + SMALL) * known)[..., None]
        whole = parameters[:, -1:].expand_as(parameters)
        person = _light_alone(parameters[:, -1:], mean[:, -1:], means[-1])
        stand_in = torch.cat([whole[:, :PERSON], person, whole[:, PERSON + 1 :]], 1)
        seen = ((mean[:, -1:] @ luma + had[:, -1:] - SEEN[0]) / (SEEN[1] - SEEN[0])).clamp(0, 1)
        settled = trust * parameters + (1 - trust) * stand_in
        return _as_far_as((seen * reach)[..., None], settled)[:, :-1]


def _together(means: Tensor) -> Tensor:
    """Which regions are to be taken as one: those that take after the same one of the style. Each by itself would get
    its mean, and what told them apart would be lost.

    means: (K, 3), those that the style has for them; returns (K, K), 1 or 0
    """
    return ((means[:, None] - means).abs().sum(2) < 1e-6).to(means.dtype)


def _light_alone(parameters: Tensor, mean: Tensor, style_mean: Tensor) -> Tensor:
    """Level and contrast as `parameters` have them, TINT of the tint, while colours stay as far apart as they were, or
    come nearer: what makes the beige of a wall orange would make skin red.

    parameters: (N, 1, PARAMETERS); mean: (N, 1, 3), of what they are for; style_mean: (3,), what it is to become
    """
    _, curve, middle, spread, had = parameters.split([12, len(TONES), 1, 1, 1], 2)
    gain = (spread / (had.square() + LEAST_SPREAD).sqrt())[..., None]
    colour = gain.clamp(max=1)
    identity = torch.eye(3, dtype=mean.dtype, device=mean.device)
    luma = mean.new_tensor(LUMA)
    change = colour * identity + (gain - colour) * luma
    shift = style_mean - (change @ mean[..., None]).squeeze(-1)
    level = (shift * luma).sum(2, keepdim=True)
    offset = level + TINT * (shift - level)
    return torch.cat([change.flatten(2), offset, curve, middle, spread, had], 2)


def _as_far_as(reach: Tensor, parameters: Tensor) -> Tensor:
    """What leads about that part of the way from what is there, 0..1.

    reach: (N, K, 1); parameters: (N, K, PARAMETERS)
    """
    change, rest, curve, fixed, had = parameters.split([9, 3, len(TONES), 2, 1], 2)
    identity = torch.eye(3, dtype=change.dtype, device=change.device).flatten()
    change = identity + reach * (change - identity)
    spread = fixed[..., 1:]
    had = spread / (1 + reach * (spread / had - 1))  # so that the contrast goes that part of its way
    return torch.cat([change, reach * rest, reach * curve, fixed, had], 2)


def apply_regions(pixels: Tensor, parameters: Tensor) -> Tensor:
    """The look at every pixel.

    pixels:     (N, B, 3, G, G'), see `Cells`; parameters: (N, PARAMETERS, G, G'), the regions' blended by their masks
    returns:    (N, B, 3, G, G'), not clipped
    """
    slopes, offsets, curve, middle, spread, _ = parameters[:, None].split([9, 3, len(TONES), 1, 1, 1], 2)
    moved = (slopes.unflatten(2, (3, 3)) * pixels[:, :, None]).sum(3) + offsets
    luma = (pixels.new_tensor(LUMA)[:, None, None] * moved).sum(2, keepdim=True)
    return moved + spread * _added((luma - middle) / spread, curve)


def contrast(parameters: Tensor) -> Tensor:
    """How much of its contrast a look leaves a place, 1 at most. parameters: as in `apply_regions`; (N, 1, h, w)"""
    return (parameters[:, -2:-1] / parameters[:, -1:].clamp(min=1e-3)).clamp(0, 1)


def _moments(cells: Cells, masks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Share, mean and covariance of each region. masks: (N, K, G * G)"""
    share = masks.mean(2)
    planes = torch.cat([cells.mean, cells.products], 1).flatten(2)
    sums = masks @ planes.transpose(1, 2) / masks.shape[2] / share.clamp(min=1e-6)[..., None]
    mean, products = sums.split([3, 6], 2)
    products = symmetric(products.transpose(1, 2)).permute(0, 3, 1, 2)
    return share, mean, products - mean[..., :, None] * mean[..., None, :]


def transport(covariance: Tensor, style_root: Tensor) -> Tensor:
    """The linear map that takes colours of one covariance A to those of another at the least cost.

    covariance: (..., 3, 3); style_root: (..., 3, 3), S, the square root of the style's covariance
    returns:    (..., 3, 3): S (S A S)^-1/2 S
    """
    identity = torch.eye(3, dtype=torch.float64, device=covariance.device)
    own = covariance.double() + LEAST_SPREAD * identity
    root = style_root.double()
    return (root @ _inverse_root(root @ own @ root) @ root).to(covariance.dtype)


def _inverse_root(matrix: Tensor) -> Tensor:
    """A^-1/2 of positive definite matrices (..., 3, 3), by multiplications alone.

    source: Newton and Schulz, coupled; Higham 2008, Functions of Matrices, section 6.3
    """
    identity = torch.eye(3, dtype=matrix.dtype, device=matrix.device)
    size = matrix.square().sum((-2, -1), keepdim=True).sqrt()
    root, inverse = matrix / size, identity.expand_as(matrix)
    for _ in range(ITERATIONS):
        step = 1.5 * identity - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return inverse / size.sqrt()


def _shares_darker(change: Tensor, offset: Tensor, samples: Tensor, masks: Tensor) -> Tensor:
    """How much of each region is darker than each of TONES.

    change, offset: (N, K, 3) and (N, K): from colour to luma in standard deviations
    samples: (N, 3, P); masks: (N, K, P)
    returns: (N, K, J), 0..1
    """
    step = TONES[1] - TONES[0]
    tones = (change / step) @ samples + offset[..., None] / step
    darker = (samples.new_tensor(TONES)[:, None] / step + 0.5 - tones[:, :, None]).clamp(0, 1)
    return (darker @ masks[..., None]).squeeze(-1) / masks.sum(2).clamp(min=1e-3)[..., None]


def tone_curve(darker: Tensor, style_tones: Tensor) -> Tensor:
    """The curve that takes a region's tones towards the style's.

    darker:      (N, K, J), share of the region that is darker than each of TONES
    style_tones: (K, Q), the style's tones at Q even shares, in standard deviations
    returns:     (N, K, J): what is added at the first of TONES, and the slope of what is added from each to the next
    """
    count = style_tones.shape[1]
    place = (darker * count - 0.5).clamp(0, count - 1)
    shares = torch.arange(count, device=place.device, dtype=place.dtype)
    near = (1 - (place[..., None] - shares).abs()).clamp(min=0)
    wanted = (near * style_tones[:, None, :]).sum(-1)
    step, middle = TONES[1] - TONES[0], len(TONES) // 2
    rise = 1 + CURVE * ((wanted[..., 1:] - wanted[..., :-1]) / step - 1)
    slopes = rise.clamp(*SLOPES) - 1
    # Where most of a region is, the curve is where it should be; limits of slope tell at the ends
    first = CURVE * (wanted[..., middle] - TONES[middle]) - step * slopes[..., :middle].sum(-1)
    return torch.cat([first[..., None], slopes], -1)


def _added(tones: Tensor, curve: Tensor) -> Tensor:
    """What a curve adds. tones: (N, B, 1, G, G'); curve: (N, 1, J, G, G'), as `tone_curve` gives it"""
    step = TONES[1] - TONES[0]
    risen = (tones - tones.new_tensor(TONES[:-1])[:, None, None]).clamp(0.0, step)
    return curve[:, :, :1] + (risen * curve[:, :, 1:]).sum(2, keepdim=True)
