"""Stops a training that has broken, before it overwrites what was good."""

import math
from pathlib import Path

from livebrush.models.errors import LivebrushError

FLAT_DEVIATION = 2 / 255
FLAT_STEPS = 25


class Health:
    """Watches the losses and the picture.

    A picture counts as flat when its pixels deviate by less than two levels from their mean;
    FLAT_STEPS such batches in a row end the run (the first steps of a net may be flat).
    """

    def __init__(self) -> None:
        self.flat_steps = 0

    def check(self, step: int, losses: dict[str, float], deviation: float | None, checkpoint: Path) -> None:
        """deviation: of the painted pixels, in [0, 1]; None where nothing is painted

        raises: LivebrushError when the run cannot recover
        """
        kept = (
            f"the last good state is in {checkpoint}" if checkpoint.exists() else "no checkpoint was made yet"
        )
        broken = [name for name, value in losses.items() if not math.isfinite(value)]
        if broken:
            raise LivebrushError(
                f"training stopped at step {step}: the {broken[0]} loss is {losses[broken[0]]}; {kept}",
                code="failed",
                remedy="steadier_training",
            )
        flat = deviation is not None and deviation < FLAT_DEVIATION
        self.flat_steps = self.flat_steps + 1 if flat else 0
        if self.flat_steps >= FLAT_STEPS:
            raise LivebrushError(
                f"training stopped at step {step}: the picture has been flat for {FLAT_STEPS} steps; {kept}",
                code="failed",
                remedy="flat_picture",
            )
