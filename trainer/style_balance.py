"""Moves the style weight until paintings are as far from their photos as they may be."""

import math

RATE = 0.04
"""per step and unit of content loss: halves or doubles the weight in about a hundred steps"""
LARGEST = 8.0
FREE_UNTIL, HELD_FROM = 0.5, 0.75
"""shares of the run between which the early freedom is taken back"""


class StyleBalance:
    """What the style weight is multiplied by.

    Under the same weights one painting wipes a photo out and another hardly shows. Held to one content loss they
    come out alike.

    content_target: the content loss to hold in the end; 0 leaves the weight alone
    early_freedom:  times this target may the content loss be at first: strokes are learnt sooner where little holds
    """

    def __init__(self, content_target: float, early_freedom: float = 1.0) -> None:
        self.content_target, self.early_freedom = content_target, early_freedom
        self.factor = 1.0

    def update(self, content: float, share: float) -> None:
        """content: the batch's content loss, without its weight; share: of the run that is over, 0..1"""
        if self.content_target:
            held = min(max((share - FREE_UNTIL) / (HELD_FROM - FREE_UNTIL), 0.0), 1.0)
            target = self.content_target * (self.early_freedom + (1 - self.early_freedom) * held)
            factor = self.factor * math.exp(RATE * (target - content))
            self.factor = min(max(factor, 1 / LARGEST), LARGEST)
