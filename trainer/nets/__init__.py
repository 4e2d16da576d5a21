"""Transform nets: a photo in, a painted picture of the same size out."""

from typing import Any

from livebrush.models.errors import LivebrushError

NETS = ("live", "rich", "johnson")


def make_net(name: str) -> Any:
    """A freshly initialised transform net, one of NETS.

    live:    video on a CPU
    rich:    the same with twice the channels, at two fifths of the speed
    johnson: the reference that the others are measured against

    Every net is an `nn.Module` over (N, 3, H, W) float32 RGB in [0, 1] with the attributes `multiple`
    (what H and W must divide by) and `margin` (pixels of reflected picture that the caller adds on
    each side and crops), and `folded()`, a copy without the normalisations that need not follow the picture.
    """
    from livebrush.trainer.nets.johnson import JohnsonNet
    from livebrush.trainer.nets.live import LiveNet
    from livebrush.trainer.nets.rich import RichNet

    nets = dict(zip(NETS, (LiveNet, RichNet, JohnsonNet), strict=True))
    if name not in nets:
        raise unknown_net(name)
    return nets[name]()


def unknown_net(name: str) -> LivebrushError:
    return LivebrushError(f"no net is called {name!r}: choose one of {', '.join(NETS)}", code="invalid")
