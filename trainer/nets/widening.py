"""A net with more channels that begins as what a narrower one has learnt."""

import torch
from torch import Tensor

from livebrush.trainer.nets.layers import FoldingNet


@torch.no_grad()
def widen(narrow: FoldingNet, wide: FoldingNet) -> None:
    """Have `wide`, of the same layers, paint what `narrow` paints (after Chen et al. 2016, Net2Net).

    The old channels take nothing from the new ones, whose weights to them start at zero. The new ones take from all,
    by weights drawn from those of an old channel: as large as that one's, whose norm they get, but looking for
    something else. So all there is to unlearn is zeros.

    raises: ValueError when one has layers that the other lacks, or is the wider
    """
    old, new = narrow.state_dict(), wide.state_dict()
    if old.keys() != new.keys():
        raise ValueError(f"other layers: {', '.join(sorted(old.keys() ^ new.keys()))}")
    for name, tensor in new.items():
        tensor.copy_(_widened(old[name], tensor.shape))
    wide.load_state_dict(new)


def _widened(old: Tensor, shape: torch.Size) -> Tensor:
    """That with more channels: (C,) and scalars, or weights of convolutions, (outputs, inputs, rows, columns)."""
    if old.shape == shape:
        return old
    if old.ndim == 1:
        return old.repeat(-(-shape[0] // len(old)))[: shape[0]]
    outputs, inputs = old.shape[:2]
    kept = torch.cat([old, old.new_zeros(outputs, shape[1] - inputs, *shape[2:])], 1)
    templates = torch.arange(shape[0] - outputs) % outputs
    values = old.flatten(1)[templates]
    drawn = values.gather(1, torch.randint(values.shape[1], (len(templates), shape[1:].numel())))
    return torch.cat([kept, drawn.unflatten(1, shape[1:]) * (inputs / shape[1]) ** 0.5])
