"""Damage to bytes, a pure function of a seed."""

import random

TELLING = (
    b"\x00",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"%s%n",
    b"\xc3\x28",
    b"[" * 999,
)
"""values at which readers trip"""


def mutated(data: bytes, seed: int) -> bytes:
    """One to eight of: bits flipped, bytes overwritten, stretches cut out, doubled, swapped or filled."""
    chance = random.Random(seed)
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        if not found:
            break
        place = chance.randrange(len(found))
        # Headers are where readers decide
        place = place if chance.random() < 0.5 else min(place, chance.randrange(1, 513) - 1)
        length = min(chance.choice((1, 2, 4, 16, 256, 4096)), len(found) - place)
        kind = chance.randrange(7)
        if kind == 0:
            found[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            found[place : place + length] = chance.randbytes(length)
        elif kind == 2:
            del found[place : place + length]
        elif kind == 3:
            found[place:place] = found[place : place + length] * chance.choice((1, 3, 50))
        elif kind == 4:
            found[place : place + length] = bytes(length)
        elif kind == 5:
            telling = chance.choice(TELLING)
            found[place : place + len(telling)] = telling
        else:
            del found[place:]
    return bytes(found)
