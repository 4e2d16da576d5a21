"""`livebrush video` stopped at random moments and resumed, again and again: python -m tests.soak.video_stops

Every stop leaves a file that can be gone on from or none, nobody hangs, and each video that is finished in several goes
has the frames, times, sound and subtitles of one that was painted in a single go.
"""

import random
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import click

from tests.realtime.video.clips import Clip, frames, make_clip, packets, psnr, times
from tests.soak.stops import Outcome, run_to_end, stop_at_random
from tests.tiny_models import write_tiny_model


def stop_and_resume(folder: Path, suffix: str, stops: int, seed: int, length: int = 400) -> Outcome:
    """Paint one clip again and again until the runs were stopped so many times."""
    moments, outcome = random.Random(seed), Outcome()
    write_tiny_model(folder / "tiny.onnx")
    clip = Clip(
        pts=range(length), audio_starts=(Fraction(0),), height=96, width=128,
        subtitles="srt", subtitle_starts=(500, 30 * length),
    )  # fmt: skip
    source = make_clip(folder / "in.mkv", clip)
    whole, target = folder / f"whole{suffix}", folder / f"out{suffix}"
    began = time.monotonic()
    run_to_end(_command(source, whole))
    whole_s = time.monotonic() - began
    while outcome.stops < stops and not outcome.faults:
        code, name = stop_at_random(_command(source, target, "--resume"), whole_s, moments, outcome)
        if code == 0 or target.exists():  # the signal may come when all is done
            outcome.faults += _differences(target, whole)
            target.unlink(missing_ok=True)
        elif name:
            outcome.faults += _damage(folder, name, code, target)
    return outcome


def _command(source: Path, target: Path, *more: str) -> list[str | Path]:
    style = source.with_name("tiny.onnx")
    return ["video", source, "-s", style, "-o", target, "--progress", "none", *more]


def _damage(folder: Path, name: str, code: int, target: Path) -> list[str]:
    """What is wrong with what a stop left."""
    if name == "SIGKILL":
        return []  # what the writer had not written yet may be missing: the video that is finished tells
    found = []
    for part in folder.glob(f"*.partial*{target.suffix}"):
        try:
            if code == 130 and not part.with_name(part.name + ".resume").exists():
                found.append(f"{part.name} has no record")
            if part.stat().st_size == 0:
                found.append(f"{part.name} is empty after {name}")
        except OSError as error:
            found.append(str(error))
    return found


def _differences(video: Path, whole: Path) -> list[str]:
    found = []
    if times(video) != times(whole):
        found.append(f"{len(times(video))} frames, expected {len(times(whole))} at the same times")
    for kind in ("audio", "subtitle"):
        if packets(video, kind) != packets(whole, kind):
            found.append(f"another {kind} track")
    worst = min(
        psnr(one.to_ndarray(format="rgb24"), other.to_ndarray(format="rgb24"))
        for one, other in zip(frames(video), frames(whole), strict=False)
    )
    if worst < 30:
        found.append(f"a frame differs: {worst:.1f} dB")
    return found


@click.command()
@click.option("--stops", default=50, show_default=True, help="For each format.")
@click.option("--seed", default=0, show_default=True)
def main(stops: int, seed: int) -> None:
    """Stop and resume `livebrush video` at random moments, in three formats."""
    faults = []
    for suffix in (".mp4", ".mov", ".mkv"):
        with tempfile.TemporaryDirectory() as folder:
            outcome = stop_and_resume(Path(folder), suffix, stops, seed)
        click.echo("\n".join([f"{suffix}: {dict(outcome.counts)}", *outcome.faults]))
        faults += outcome.faults
    if faults:
        raise click.ClickException(f"{len(faults)} faults")


if __name__ == "__main__":
    main()
