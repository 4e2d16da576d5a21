"""The live net with twice the channels where strokes are laid."""

from livebrush.trainer.nets.live import LiveNet


class RichNet(LiveNet):
    """A transform net with more room, for long trainings: 8.9 GMAC at 640x480."""

    at_quarter, last = 64, 32
