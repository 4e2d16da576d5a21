"""`livebrush video`: paint a video file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.option_types import FrameSize, Seconds
from livebrush.realtime.commands.options import (
    device_option,
    keep_colours_option,
    overwrite_option,
    preset_option,
    progress_option,
    steady_option,
    strength_option,
    stroke_option,
    style_option,
    threads_option,
)  # fmt: skip

if TYPE_CHECKING:
    from livebrush.realtime.video.stylize import VideoReport


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@style_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path),
    help="The painted video. Its suffix chooses the format: .mp4 .mkv .mov .webm .avi .gif .webp; - writes Matroska to "
    "standard output.  [default: SOURCE_STYLE.mp4 here]",
)  # fmt: skip
@click.option("-ss", "--start", type=Seconds(), help="Start here: seconds, or h:mm:ss.")
@click.option("-t", "--duration", type=Seconds(), help="Paint this long.")
@click.option("-to", "--end", type=Seconds(), help="Stop here; an alternative to -t.")
@click.option(
    "--size", type=FrameSize(), help="Size to paint and write at: 1280x720, or 720 for the height alone."
)
@strength_option
@keep_colours_option("Strokes of the style, colours of the video.")
@steady_option
@stroke_option
@click.option("--codec", help="h264 (plays everywhere), hevc, vp9, av1, prores, ffv1 (lossless), …")
@click.option(
    "--crf", type=int, help="Quality: lower is better and makes a larger file. 18 looks nearly lossless."
)
@preset_option
@click.option(
    "--sound", type=click.Choice(["auto", "copy", "transcode"]), default="auto", show_default=True,
    help="auto: copy, or encode again where the format cannot hold a copy.",
)  # fmt: skip
@click.option("--pix-fmt", help="Pixel format, by FFmpeg's name: yuv444p, yuv422p10le, …")
@click.option("--no-sound", is_flag=True, help="Leave the sound out.")
@click.option("--no-subtitles", is_flag=True, help="Leave the subtitles out.")
@click.option("--keep-hdr", is_flag=True, help="Paint HDR video as it is stored, without tone mapping.")
@click.option("--no-deinterlace", is_flag=True, help="Paint interlaced video as it is stored.")
@device_option
@threads_option
@click.option("--resume", is_flag=True, help="Continue what the same command left unfinished.")
@overwrite_option("Replace the output if it exists.")
@click.option(
    "-n", "--no-overwrite", is_flag=True, help="Keep the output if it exists, and end without an error."
)
@progress_option
@click.option("-v", "--verbose", is_flag=True, help="Show where the time went.")
def video(
    source: Path, style: str, output: Path | None, overwrite: bool, no_overwrite: bool, progress: str,
    verbose: bool, device: str, threads: int | None, strength: float, keep_colours: bool, steady: bool,
    stroke: float | None, **written: Any,
) -> None:  # fmt: skip
    """Paint every frame of a video, and keep everything else.

    Sound, subtitles, chapters, timestamps, rotation and colour tags are kept. Ctrl-C leaves a shorter video that plays,
    and the same command with --resume continues from there. That works after a power cut, too.

    \b
    livebrush video clip.mp4 -s starry_night -o painted.mp4
    livebrush video holiday.mov -s great_wave -ss 1:05 -t 10 -o out.mkv
    livebrush video clip.mp4 -s metzinger -o - | ffplay -
    livebrush video clip.mp4 --strength 0.6 --keep-colours --codec ffv1 -o lossless.mkv
    """
    from livebrush.models.catalogue import find_style
    from livebrush.models.errors import LivebrushError
    from livebrush.models.writing import fitting_name
    from livebrush.realtime.commands.progress import reader
    from livebrush.realtime.stylize import stylize_video

    if overwrite and no_overwrite:
        raise click.UsageError("-y and -n exclude each other")
    if output == Path("-") and progress == "json":
        raise click.UsageError("-o - and --progress json both write to standard output")
    duration_s = _duration_s(written["start"], written["duration"], written["end"])
    target = output or Path(fitting_name(source.stem, f"_{find_style(style).name}.mp4"))
    if no_overwrite and target.exists() and source.exists():
        click.echo(f"{target} exists: left alone", err=True)
        return
    with reader(progress) as read:
        report = stylize_video(
            source, target, style,
            strength=strength, keep_colours=keep_colours, steady=steady, stroke=stroke, device=device, threads=threads,
            start_s=written["start"], duration_s=duration_s, size=written["size"], codec=written["codec"],
            crf=written["crf"], preset=written["preset"], pixel_format=written["pix_fmt"],
            sound="none" if written["no_sound"] else written["sound"], subtitles=not written["no_subtitles"],
            deinterlace=not written["no_deinterlace"], keep_hdr=written["keep_hdr"],
            overwrite=overwrite, resume=written["resume"], on_event=read,
        )  # fmt: skip
    if progress != "json":
        click.echo(
            f"{report.path}: {report.frames} frames, {report.wall_s:.1f} s, {report.fps:.1f} frames/s",
            err=True,
        )
    if verbose:
        click.echo(_cost(report), err=True)
    if report.damage:
        raise LivebrushError(f"{report.damage}; what could be read is in {report.path}", code="unreadable")


def _duration_s(start_s: float | None, duration_s: float | None, end_s: float | None) -> float | None:
    """How much to paint, of what -ss, -t and -to say."""
    if end_s is None:
        return duration_s
    if duration_s is not None:
        raise click.UsageError("-t and -to exclude each other")
    if end_s <= (start_s or 0):
        raise click.UsageError(f"-to {end_s:g} is not after -ss {start_s or 0:g}")
    return end_s - (start_s or 0)


def _cost(report: "VideoReport") -> str:
    """CPU time of each stage, and how much of what the cores allow was reached."""
    lines = [f"painted by {report.provider}; CPU time a frame, in ms:"]
    for stage, seconds in report.cpu_s.items():
        lines.append(f"  {stage:8} {1e3 * seconds / report.frames:7.2f}")
    lines.append(f"  {'sum':8} {1e3 * report.cpu_s_per_frame:7.2f}")
    lines.append(
        f"{report.cores} cores allow {report.bound_fps:.1f} frames/s; reached {report.fps:.1f}, "
        f"{report.share_of_bound:.2f} of that"
    )
    return "\n".join(lines)
