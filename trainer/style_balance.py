"""Moves the style weight until paintings are as far from their photos as they may be."""

import math

RATE = 0.04
"""per step and unit of content loss: halves or doubles the weight in about a hundred steps"""
LARGEST = 8.0


class StyleBalance:
    """What the style weight is multiplied by.

    Under the same weights one painting wipes a photo out and another hardly shows. Held to one content loss they
    come out alike.

    content_target: the content loss to hold; 0 leaves the weight alone
    """

    def __init__(self, content_target: float) -> None:
        self.content_target = content_target
        self.factor = 1.0

    def update(self, content: float) -> None:
        """content: the batch's content loss, without its weight"""
        if self.content_target:
            factor = self.factor * math.exp(RATE * (self.content_target - content))
            self.factor = min(max(factor, 1 / LARGEST), LARGEST)
