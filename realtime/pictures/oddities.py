"""What keeps a photo from making much of a style."""

import numpy as np

from livebrush.models.events import Note


def what_is_odd(photo: np.ndarray) -> list[Note]:
    """What keeps a photo from making much of a look, one line each. photo: (H, W, 3) uint8, RGB"""
    notes: list[Note] = []
    pixels = photo.reshape(-1, 3).astype(np.float32)
    if pixels.std(0).max() < 3:
        notes.append(Note("it is one flat colour: what takes its colours becomes flat"))
    elif (pixels.max(1) - pixels.min(1)).mean() < 3:
        notes.append(Note("it is grey: what takes its colours becomes black and white"))
    if (dark := float((pixels.max(1) < 8).mean())) > 0.5:
        notes.append(Note(f"{dark:.0%} of it is black"))
    if (bright := float((pixels.min(1) > 250).mean())) > 0.3:
        notes.append(Note(f"{bright:.0%} of it is white: overexposed places have no colour to give"))
    return notes
