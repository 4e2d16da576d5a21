"""Moves the style weight until paintings are as far from their photos as they may be."""

import math

RATE = 0.02
"""per step and relative difference of the content loss: halves or doubles the weight in some hundred steps"""
LARGEST = 16.0


class StyleBalance:
    """What the style weight is multiplied by.

    Under the same weights one painting wipes a photo out and another hardly shows. Held to one content loss they
    come out alike.

    content_target: the content loss to hold; 0 leaves the weight alone
    """

    def __init__(self, content_target: float) -> None:
        self.content_target, self.factor = content_target, 1.0

    def update(self, content: float) -> None:
        """content: the batch's content loss, without its weight"""
        if self.content_target:
            difference = max(-1.0, 1 - content / self.content_target)  # a stray batch cannot throw it off
            factor = self.factor * math.exp(RATE * difference)
            self.factor = min(max(factor, 1 / LARGEST), LARGEST)
