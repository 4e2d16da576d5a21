"""`livebrush video`: paint a video file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.completion import files_for
from livebrush.realtime.commands.option_types import FrameRate, Seconds
from livebrush.realtime.commands.options import (
    device_option,
    overwrite_option,
    painted_region,
    progress_option,
    style_option,
    threads_option,
)  # fmt: skip
from livebrush.realtime.commands.video_options import how_written, video_options

if TYPE_CHECKING:
    from livebrush.realtime.video.stylize import VideoReport


@click.command()
@click.argument("sources", nargs=-1, required=True, shell_complete=files_for)
@style_option
@click.option(
    "-o", "--output", shell_complete=files_for,
    help="The painted video, or a folder. The suffix chooses the format: .mp4 .mkv .mov .webm .avi .gif .webp; - "
    "writes Matroska to standard output; painted/%05d.png writes numbered pictures (.png .jpg .webp .tif .bmp).  "
    "[default: SOURCE_STYLE.mp4 here]",
)  # fmt: skip
@click.option("--fps", type=FrameRate(), help="Of numbered pictures: 24, or 24000/1001.  [default: 25]")
@click.option("-ss", "--start", type=Seconds(), help="Start here: seconds, or h:mm:ss.")
@click.option("-t", "--duration", type=Seconds(), help="Paint this long.")
@click.option("-to", "--end", type=Seconds(), help="Stop here; an alternative to -t.")
@video_options
@device_option
@threads_option
@click.option(
    "--workers", type=click.IntRange(min=1),
    help="Paint a long film in pieces, in so many processes that share the cores.  [default: as a whole]",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Continue what the same command left unfinished.")
@overwrite_option("Replace the output if it exists.")
@click.option(
    "-n", "--no-overwrite", is_flag=True, help="Keep the output if it exists, and end without an error."
)
@progress_option
@click.option("--preview", type=click.Path(dir_okay=False), shell_complete=files_for,
              help="A picture of the newest painted frame, .jpg, .png or .webp: written once a second, and told of by "
              "--progress json.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Show where the time went.")
def video(
    sources: tuple[str, ...], style: str, output: str | None, overwrite: bool, no_overwrite: bool, progress: str,
    verbose: bool, device: str, threads: int | None, workers: int | None, strength: float,
    keep_colours: bool, steady: bool, stroke: float | None, only: str | None, all_but: str | None, **written: Any,
) -> None:  # fmt: skip
    """Paint every frame of videos, and keep everything else.

    SOURCES are files, folders, wildcards, which work on every system, addresses (https://, rtsp://, …), or numbered
    pictures, named as frame_%05d.png, or by their folder where it holds no video.

    Sound, subtitles, chapters, timestamps, rotation and colour tags are kept. Ctrl-C leaves a shorter video that plays,
    and the same command with --resume continues from there. That works after a power cut, too.

    \b
    livebrush video clip.mp4 -s starry_night -o painted.mp4
    livebrush video holiday.mov -s great_wave -ss 1:05 -t 10 -o out.mkv
    livebrush video clip.mp4 -s metzinger -o - | ffplay -
    livebrush video clip.mp4 --only person -s great_wave -o out.mp4
    livebrush video clip.mp4 -s person=starry_night,other=great_wave -o out.mp4
    livebrush video clip.mp4 --strength 0.6 --keep-colours --codec ffv1 -o lossless.mkv
    livebrush video a.mp4 clips/ '*.mkv' -s great_wave -o painted/
    livebrush video https://example.org/clip.mp4 -o painted.mp4
    livebrush video frames/%05d.png --fps 24 -s great_wave -o out.mp4
    livebrush video clip.mp4 -s great_wave -o painted/%05d.png
    """
    from livebrush.realtime.commands.progress import reader
    from livebrush.realtime.stylize import stylize_video, stylize_videos
    from livebrush.realtime.video.videos import VideosFailed, what_is_missing

    if overwrite and no_overwrite:
        raise click.UsageError("-y and -n exclude each other")
    if output == "-" and progress == "json":
        raise click.UsageError("-o - and --progress json both write to standard output")
    how = {
        "strength": strength, "keep_colours": keep_colours, "steady": steady, "stroke": stroke,
        "only": painted_region(only, all_but), "device": device, "threads": threads, "workers": workers,
        "overwrite": overwrite, **_as_options(written),
    }  # fmt: skip
    target = _target_of_one(sources, style, how["only"], output)
    if no_overwrite and target and _is_painted(target) and _is_there(sources[0]):
        click.echo(f"{target} exists: left alone", err=True)
        return
    failed = None
    with reader(progress) as read:
        try:
            if target:
                reports = [stylize_video(sources[0], target, style, on_event=read, **how)]
            else:
                reports = stylize_videos(sources, output, style, skip=no_overwrite, on_event=read, **how)
        except VideosFailed as error:
            reports, failed = error.reports, error
    for report in reports:
        if progress != "json":
            click.echo(_summary(report), err=True)
        if verbose:
            click.echo(_cost(report), err=True)
    if failed or (target and reports[0].damage):
        raise failed or what_is_missing(reports[0])


def _target_of_one(sources: Sequence[str], style: str, only: str, output: str | None) -> Path | None:
    """The file that one video is painted into; None where there are several, or a folder is written to."""
    from livebrush.models.assignment import file_name_of
    from livebrush.models.writing import fitting_name
    from livebrush.realtime.input_files import names_many
    from livebrush.realtime.made.asked import find_styles
    from livebrush.realtime.output_plan import is_folder
    from livebrush.realtime.video.video_path import video_path_of

    video = video_path_of(sources[0])
    several = len(sources) > 1 or (isinstance(video, Path) and names_many(sources[0]))
    if output == "-" and several:
        raise click.UsageError("-o - takes one video")
    if several or (output and is_folder(output)):
        return None
    if output:
        return Path(output)
    named = video if isinstance(video, Path) else video.path
    return Path(fitting_name(named.stem, f"_{file_name_of(find_styles(style, only))}.mp4"))


def _is_painted(target: Path) -> bool:
    """Whether the target is there, or a picture of it."""
    from livebrush.realtime.video.video_path import pictures_of

    pictures = pictures_of(target)
    return bool(pictures.numbers()) if pictures else target.exists()


def _is_there(name: str) -> bool:
    from livebrush.realtime.video.video_path import video_path_of

    video = video_path_of(name)
    return not isinstance(video, Path) or video.exists()


def _as_options(written: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of VideoOptions that the command's options set."""
    return how_written(written) | {
        "fps": written["fps"],
        "resume": written["resume"],
        "preview": written["preview"],
        "start_s": written["start"],
        "duration_s": _duration_s(written["start"], written["duration"], written["end"]),
    }


def _summary(report: "VideoReport") -> str:
    frames = f"{report.frames} frame{'s' if report.frames != 1 else ''}"
    return f"{report.path}: {frames}, {report.wall_s:.1f} s, {report.fps:.1f} frames/s"


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
