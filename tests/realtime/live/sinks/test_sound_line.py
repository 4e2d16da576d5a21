"""SoundLine: blocks that are early, late, missing, or of a card whose clock is another, as one track."""

import numpy as np
import pytest

from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock
from livebrush.realtime.live.sinks.sound_line import SoundLine

BEGIN_S = 1000.0
BLOCK = 480


def wave(samples: np.ndarray) -> np.ndarray:
    """A tone of 300 Hz at these samples, (N, 2)."""
    return np.repeat(np.sin(2 * np.pi * 300 * samples / SOUND_HZ)[:, None], 2, 1).astype(np.float32)


def block(number: int, late_s: float = 0.0) -> SoundBlock:
    samples = number * BLOCK + np.arange(BLOCK)
    return SoundBlock(wave(samples), BEGIN_S + number * BLOCK / SOUND_HZ + late_s)


def track(line: SoundLine, blocks: list[SoundBlock]) -> np.ndarray:
    """One channel of it."""
    made = np.concatenate([*(piece for block in blocks for piece in line.put(block)), *line.rest()])
    assert np.array_equal(made[:, 0], made[:, 1])
    return made[:, 0]


def expected(count: int) -> np.ndarray:
    return wave(np.arange(count))[:, 0]


def test_blocks_in_time_stay_as_they_are_but_for_the_edges() -> None:
    made = track(SoundLine(BEGIN_S), [block(n) for n in range(20)])
    assert np.array_equal(made[BLOCK:-BLOCK], expected(20 * BLOCK)[BLOCK:-BLOCK])
    assert abs(made[0]) < 0.01 and abs(made[-1]) < 0.01


def test_what_is_from_before_the_beginning_is_left_out() -> None:
    made = track(SoundLine(BEGIN_S + 0.033), [block(n) for n in range(20)])
    cut = round(0.033 * SOUND_HZ)
    assert len(made) == 20 * BLOCK - cut
    assert np.array_equal(made[BLOCK:-BLOCK], expected(20 * BLOCK)[cut + BLOCK : -BLOCK])


def test_a_beginning_that_is_skipped_moves_nothing() -> None:
    line = SoundLine(BEGIN_S, 1024)
    made = np.concatenate([*(piece for n in range(20) for piece in line.put(block(n))), *line.rest()])[:, 0]
    assert line.end == 20 * BLOCK == 1024 + len(made)
    assert np.array_equal(made[BLOCK:-BLOCK], expected(20 * BLOCK)[1024 + BLOCK : -BLOCK])


def test_missing_blocks_are_silence_without_clicks_and_the_rest_is_in_time() -> None:
    made = track(SoundLine(BEGIN_S), [block(n) for n in (*range(10), *range(15, 30))])
    assert not made[10 * BLOCK : 15 * BLOCK].any()
    assert np.array_equal(made[16 * BLOCK : 29 * BLOCK], expected(29 * BLOCK)[16 * BLOCK :])
    assert np.abs(np.diff(made)).max() < 1.2 * np.abs(np.diff(expected(2000))).max()


def test_what_comes_when_silence_has_been_made_is_cut() -> None:
    line = SoundLine(BEGIN_S)
    parts = [piece for n in range(5) for piece in line.put(block(n))]
    parts += line.silent_until(BEGIN_S + 20 * BLOCK / SOUND_HZ)
    assert not [piece for n in range(5, 19) for piece in line.put(block(n))]
    parts += [piece for n in range(19, 30) for piece in line.put(block(n))]
    made = np.concatenate([*parts, *line.rest()])[:, 0]
    assert len(made) == 30 * BLOCK and not made[5 * BLOCK : 20 * BLOCK].any()
    assert np.array_equal(made[21 * BLOCK : 29 * BLOCK], expected(29 * BLOCK)[21 * BLOCK :])


def test_silence_is_made_once_and_never_in_the_past() -> None:
    line = SoundLine(BEGIN_S)
    for until_s, expected_s in ((-1, 0), (0.5, 0.5), (0.5, 0), (3.25, 2.75)):
        pieces = list(line.silent_until(BEGIN_S + until_s))
        assert sum(map(len, pieces)) == expected_s * SOUND_HZ
    assert line.end == 3.25 * SOUND_HZ


def test_silence_of_hours_is_made_a_second_at_a_time() -> None:
    line = SoundLine(BEGIN_S)
    track(line, [block(0)])
    pieces = line.put(SoundBlock(block(0).samples, BEGIN_S + 10 * 3600))
    assert max(len(next(pieces)) for _ in range(5)) == SOUND_HZ


@pytest.mark.parametrize("fast", [300e-6, -300e-6])
def test_a_card_of_another_pace_is_followed_without_clicks(fast: float) -> None:
    """300 ppm, more than cards have: in a minute 18 ms, which would be heard."""
    line, count = SoundLine(BEGIN_S), 6000
    parts, apart = [], []
    for number in range(count):
        samples = number * BLOCK + np.arange(BLOCK)
        time_s = BEGIN_S + number * BLOCK / (SOUND_HZ * (1 + fast))
        apart.append((time_s - BEGIN_S) * SOUND_HZ - line.end)
        parts += line.put(SoundBlock(wave(samples), time_s))
    made = np.concatenate([*parts, *line.rest()])[:, 0]
    assert max(np.abs(apart)) < 0.003 * SOUND_HZ
    assert np.abs(np.diff(made)).max() < 1.05 * np.abs(np.diff(expected(2000))).max()


def test_times_that_tremble_do_no_harm() -> None:
    trembling = np.random.default_rng(0).uniform(-0.008, 0.008, 1000)
    made = track(SoundLine(BEGIN_S), [block(n, late) for n, late in enumerate(trembling)])
    assert np.abs(np.diff(made)).max() < 1.1 * np.abs(np.diff(expected(2000))).max()
    assert len(made) == pytest.approx(1000 * BLOCK, abs=0.008 * SOUND_HZ)


def test_a_jump_in_time_is_gone_along_with() -> None:
    line = SoundLine(BEGIN_S)
    track(line, [block(number) for number in range(10)])
    track(line, [block(10, 0.5)])
    assert line.end == 11 * BLOCK + SOUND_HZ // 2
    track(line, [block(11, 0.4)])  # 0.1 s back: what was written stays
    assert line.end == 11 * BLOCK + SOUND_HZ // 2


def test_blocks_of_any_length_are_taken() -> None:
    line = SoundLine(BEGIN_S)
    at, made = 0, []
    for count in (1, 0, 3, 191, 192, 193, 5000, 1, 2, 48000):
        made += line.put(SoundBlock(wave(at + np.arange(count)), BEGIN_S + at / SOUND_HZ))
        at += count
    together = np.concatenate([*made, *line.rest()])[:, 0]
    assert line.end == len(together) == at
    assert np.array_equal(together[BLOCK:-BLOCK], expected(at)[BLOCK:-BLOCK])
