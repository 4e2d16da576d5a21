"""Makes clip.mp4, the short video that the README paints: three photographs under a moving camera, with music.

    python examples/make_clip.py examples/photos examples/clip.mp4

Needs numpy, opencv-python and av, and in PHOTOS_DIR the pictures named in SHOTS, each 960 x 720. The camera
pans, zooms and turns a little; a coarse map of how near each part of the picture is gives parallax. The sound
is synthesised here.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH, HEIGHT, FPS, SECONDS = 640, 480, 25, 6
SHOT, FADE = 60, 15  # frames; neighbours overlap by FADE: 3 * 60 - 2 * 15 = 150
RATE = 48000  # sound samples per second
BT709, LIMITED = 1, 1  # H.273 code points, as FFmpeg numbers them


@dataclass(frozen=True)
class View:
    """Where the camera looks, in pixels of the photograph: centre, width of the picture, turn in degrees."""

    x: float
    y: float
    width: float
    turn: float = 0.0

    def towards(self, other: View, t: float) -> View:
        return View(
            self.x + (other.x - self.x) * t,
            self.y + (other.y - self.y) * t,
            self.width * (other.width / self.width) ** t,  # a zoom is even when its ratio is
            self.turn + (other.turn - self.turn) * t,
        )


@dataclass(frozen=True)
class Shot:
    photo: str
    start: View
    end: View
    drift: tuple[float, float]  # how far the nearest parts move against the farthest, in pixels
    near: list[list[float]]  # coarse map over the whole photograph: 0 far, 1 near


SHOTS = [
    Shot(
        "mountains.jpg",
        View(480, 370, 880, 0.6),
        View(436, 346, 690, -0.6),
        (10, 26),
        [[0.0] * 4, [0.0] * 4, [0.1] * 4, [0.25] * 4, [0.55] * 4, [1.0] * 4],
    ),
    Shot(
        "dandelions.jpg",
        View(520, 350, 830, -0.8),
        View(430, 335, 690, 0.8),
        (34, 4),
        [
            [0.0, 0.0, 0.3, 0.3, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.3, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0],
            [0.0, 0.3, 1.0, 1.0, 0.5, 0.1, 0.1, 0.1],
            [0.1, 0.2, 0.8, 0.9, 0.4, 0.2, 0.2, 0.2],
            [0.3, 0.4, 0.7, 0.9, 0.6, 0.4, 0.3, 0.3],
            [0.5, 0.5, 0.8, 1.0, 0.8, 0.5, 0.5, 0.5],
        ],
    ),
    Shot(
        "dogs.jpg",
        View(372, 280, 670, 1.0),
        View(432, 338, 800, -0.5),
        (8, 8),
        [
            [0.0, 0.2, 0.4, 0.2, 0.0, 0.0],
            [0.0, 0.4, 1.0, 0.5, 0.0, 0.0],
            [0.0, 0.4, 1.0, 0.7, 0.0, 0.0],
            [0.0, 0.2, 0.7, 1.0, 0.4, 0.0],
            [0.0, 0.2, 0.6, 1.0, 0.4, 0.2],
        ],
    ),
]


def eased(t: float) -> float:
    """From 0 to 1, slower at both ends, never standing still."""
    return t - 0.55 * float(np.sin(2 * np.pi * t)) / (2 * np.pi)


def nearness(shot: Shot, shape: tuple[int, int]) -> np.ndarray:
    smooth = cv2.resize(np.float32(shot.near), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(smooth, (0, 0), 45)


def look(photo: np.ndarray, near: np.ndarray, view: View, drift: tuple[float, float]) -> np.ndarray:
    """One frame: sampled between the pixels of the photograph at twice the size, then averaged down."""
    u = (np.arange(WIDTH * 2, dtype=np.float32) + 0.5) / (WIDTH * 2) - 0.5
    v = ((np.arange(HEIGHT * 2, dtype=np.float32) + 0.5) / (HEIGHT * 2) - 0.5) * (HEIGHT / WIDTH)
    across, down = np.meshgrid(u * view.width, v * view.width)
    cos, sin = np.cos(np.radians(view.turn)), np.sin(np.radians(view.turn))
    x = np.float32(view.x - 0.5 + cos * across - sin * down)
    y = np.float32(view.y - 0.5 + sin * across + cos * down)
    lift = cv2.remap(near, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    x, y = x - np.float32(drift[0]) * lift, y - np.float32(drift[1]) * lift
    big = cv2.remap(photo, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return cv2.resize(big, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def shot_frames(shot: Shot, photos: Path):
    photo = cv2.imread(str(photos / shot.photo))
    if photo is None or photo.shape != (720, 960, 3):
        raise SystemExit(f"{photos / shot.photo}: need a picture of 960 x 720")
    near = nearness(shot, photo.shape[:2])
    for i in range(SHOT):
        t = eased(i / (SHOT - 1))
        yield look(photo, near, shot.start.towards(shot.end, t), tuple(d * (t - 0.5) for d in shot.drift))


def video(photos: Path):
    """All frames, BGR, each shot melting into the next."""
    tail: list[np.ndarray] = []
    for number, shot in enumerate(SHOTS):
        last = number == len(SHOTS) - 1
        held = []
        for i, frame in enumerate(shot_frames(shot, photos)):
            if i < len(tail):
                weight = eased((i + 1) / (FADE + 1))
                frame = cv2.addWeighted(tail[i], 1 - weight, frame, weight, 0)
            if i < SHOT - FADE or last:
                yield frame
            else:
                held.append(frame)
        tail = held


def tone(midi: int, seconds: float, decay: float) -> np.ndarray:
    """A soft bell: three partials, the higher the shorter, with a rounded attack."""
    t = np.arange(int(seconds * RATE)) / RATE
    pitch = 440 * 2 ** ((midi - 69) / 12)
    partials = [(1, 1.0, 1.0), (2, 0.28, 1.8), (3, 0.09, 3.0)]
    wave = sum(a * np.sin(2 * np.pi * pitch * k * t) * np.exp(-t * decay * d) for k, a, d in partials)
    return wave * np.minimum(t / 0.012, 1) * np.minimum((seconds - t) / 0.05, 1)


def music() -> np.ndarray:
    """Four chords (F, G, A minor, C), a held voice under an arpeggio; float32, 2 x samples."""
    length = SECONDS * RATE
    sound = np.zeros((2, length + RATE))

    def play(note: np.ndarray, start: float, gain: float, side: float):
        at = int(start * RATE)
        part = note[: sound.shape[1] - at] * gain
        sound[0, at : at + len(part)] += part * np.cos(side * np.pi / 2)
        sound[1, at : at + len(part)] += part * np.sin(side * np.pi / 2)

    chords = [(53, 60, 64, 69), (55, 59, 62, 69), (57, 60, 64, 67), (48, 55, 64, 71)]
    for bar, chord in enumerate(chords):
        start = bar * 1.5
        for k, midi in enumerate(chord):
            play(tone(midi, 2.4, 1.2), start, 0.10, 0.3 + 0.13 * k)
        for step, k in enumerate((0, 1, 2, 3, 2, 3, 1, 2)):
            play(tone(chord[k] + 12, 1.2, 4.0), start + step * 1.5 / 8, 0.16, 0.25 + 0.5 * (step % 4) / 3)
    for delay, gain in ((0.281, 0.25), (0.562, 0.12)):  # an echo, from the other side
        at = int(delay * RATE)
        sound[:, at:] += gain * sound[::-1, :-at].copy()
    sound = sound[:, :length]
    t = np.arange(length) / RATE
    sound *= np.clip(t / 0.25, 0, 1) * np.sin(np.clip((SECONDS - t) / 1.2, 0, 1) * np.pi / 2) ** 2
    return np.float32(sound * 0.5 / np.abs(sound).max())


def write(photos: Path, target: Path) -> None:
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=FPS, options={"crf": "20", "preset": "slow"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = video.codec_context
        context.time_base = Fraction(1, FPS)
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED
        audio = out.add_stream("aac", rate=RATE, layout="stereo")
        audio.bit_rate = 112_000
        sound = av.AudioFrame.from_ndarray(music(), format="fltp", layout="stereo")
        sound.sample_rate, sound.pts, sound.time_base = RATE, 0, Fraction(1, RATE)
        out.mux(audio.encode(sound))
        out.mux(audio.encode())
        for number, image in enumerate(video(photos)):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG"
            )
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, metavar="PHOTOS_DIR")
    parser.add_argument("target", type=Path, metavar="CLIP.mp4")
    options = parser.parse_args()
    write(options.photos, options.target)


if __name__ == "__main__":
    main()
