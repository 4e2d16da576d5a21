"""Videos and sources that flash and beep at known times, and how far apart the two are where they were recorded."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np

from livebrush.realtime.live.frame import SOUND_HZ

SIZE = (48, 64)
RATE = 25
FLASHES_S = (0.4, 0.92, 1.44, 1.96)
LASTS_S = 0.12
_CODE = 8  # bits: a picture says which one it is, so that those that were dropped do no harm
_TONE_HZ = 1000
_LOUD = 0.1


def is_flash(moments: np.ndarray, flashes_s: tuple[float, ...] = FLASHES_S) -> np.ndarray:
    since_s = np.asarray(moments)[..., None] - np.array(flashes_s) + 1e-6
    return np.asarray(((since_s >= 0) & (since_s < LASTS_S)).any(-1))


def picture(number: int, flashes_s: tuple[float, ...] = FLASHES_S) -> np.ndarray:
    """Above black, or white in a flash; below the bits of the number, modulo 256."""
    pixels = np.full((*SIZE, 3), 235 if is_flash(np.array(number / RATE), flashes_s) else 16, np.uint8)
    bits = [235 if number >> bit & 1 else 16 for bit in range(_CODE)]
    pixels[SIZE[0] // 2 :] = np.repeat(np.array(bits, np.uint8), SIZE[1] // _CODE)[None, :, None]
    return pixels


def tone(moments: np.ndarray, flashes_s: tuple[float, ...] = FLASHES_S) -> np.ndarray:
    """What is heard at these moments, in [-1, 1]."""
    return np.where(is_flash(moments, flashes_s), 0.6 * np.sin(2 * np.pi * _TONE_HZ * moments), 0.0)


def make_video(
    path: Path,
    seconds: float = 2.4,
    sound: str = "pcm_s16le",
    sound_hz: int = SOUND_HZ,
    flashes_s: tuple[float, ...] = FLASHES_S,
) -> Path:
    """A video that is black and silent but for moments of white with a tone."""
    with av.open(str(path), "w") as output:
        track = output.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        track.height, track.width, track.pix_fmt = *SIZE, "yuv420p"
        heard = cast(av.AudioStream, output.add_stream(sound, rate=sound_hz, layout="mono"))
        for number in range(round(seconds * RATE)):
            frame = av.VideoFrame.from_ndarray(picture(number, flashes_s), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            output.mux(track.encode(frame))
        output.mux(track.encode())
        samples = (32767 * tone(np.arange(round(seconds * sound_hz)) / sound_hz, flashes_s)).astype(np.int16)
        for begin in range(0, len(samples), 1024):
            block = av.AudioFrame.from_ndarray(
                samples[None, begin : begin + 1024], format="s16", layout="mono"
            )
            block.sample_rate, block.pts, block.time_base = sound_hz, begin, Fraction(1, sound_hz)
            output.mux(heard.encode(block))
        output.mux(heard.encode())
    return path


@dataclass(frozen=True)
class Recorded:
    """Seconds in a recording at which flashes and tones begin, and how long its tracks are.

    Pictures say which they are: a flash that was dropped is known by those that follow it.
    """

    flashes_s: list[float]
    tones_s: list[float]
    video_s: float
    sound_s: float

    @property
    def apart_s(self) -> list[float]:
        """For each flash: how much later the nearest tone is. What began just before the recording is left out."""
        assert self.tones_s, "no tone at all"
        for tone_s in self.tones_s:
            assert tone_s < 0.2 or any(abs(tone_s - flash_s) < 0.25 for flash_s in self.flashes_s), self
        return [
            min((tone_s - flash_s for tone_s in self.tones_s), key=abs)
            for flash_s in self.flashes_s
            if flash_s > 0.1
        ]


def recorded(file: Any, flashes_s: tuple[float, ...] = FLASHES_S, strict: bool = True) -> Recorded:
    """file: a path, or a file that is read from its beginning each time; strict: it shows the video alone"""
    frames = []
    for frame in _decoded(file, "video"):
        pixels = frame.to_ndarray(format="gray")
        lower = pixels[SIZE[0] // 2 + 4 : -4].mean(0).reshape(_CODE, -1).mean(1)
        number = sum(1 << bit for bit in range(_CODE) if lower[bit] > 128)
        frames.append((frame.time, number, pixels[4 : SIZE[0] // 2 - 4].mean() > 128))
    flashes: list[float] = []
    before = -9.0
    for time_s, number, white in frames:
        since_s, which = min(
            (number / RATE - at_s, at_s) for at_s in (*flashes_s, -9.0) if at_s <= number / RATE + 1e-6
        )
        assert white == (since_s < LASTS_S - 1e-6) or not strict, (number, white)
        if which >= 0 and which != before:
            flashes.append(time_s - since_s)
        before = which
    tones, end_s = _tones(file)
    return Recorded(flashes, tones, frames[-1][0] if frames else 0.0, end_s)


def _tones(file: Any) -> tuple[list[float], float]:
    """When tones begin, after 20 ms of silence or more, and when the sound ends."""
    begins: list[float] = []
    quiet_since_s, end_s = -1.0, 0.0
    resampler = av.AudioResampler("flt", "mono", SOUND_HZ)
    for frame in _decoded(file, "audio"):
        for block in resampler.resample(frame):
            for n in np.flatnonzero(np.abs(block.to_ndarray().ravel()) > _LOUD):
                time_s = (block.time or 0.0) + n / SOUND_HZ
                if time_s - quiet_since_s > 0.02:
                    begins.append(time_s)
                quiet_since_s = time_s
            end_s = (block.time or 0.0) + block.samples / SOUND_HZ
    return begins, end_s


def _decoded(file: Any, kind: str) -> Any:
    if hasattr(file, "seek"):
        file.seek(0)
    with av.open(str(file) if isinstance(file, Path) else file) as container:
        if container.streams.get({kind: 0}):
            yield from container.decode(**{kind: 0})
