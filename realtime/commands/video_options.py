"""The options that `video` and `batch` share: how frames are painted, and how files are read and written."""

from collections.abc import Mapping
from typing import Any

import click

from livebrush.realtime.commands.option_types import FrameSize
from livebrush.realtime.commands.options import (
    keep_colours_option,
    preset_option,
    region_options,
    steady_option,
    strength_option,
    stroke_option,
)

_SIZE = click.option(
    "--size", type=FrameSize(), help="Size to paint and write at: 1280x720, or 720 for the height alone."
)
_PAINTED = (
    strength_option,
    keep_colours_option("Strokes of the style, colours of the video."),
    steady_option,
    stroke_option,
    region_options,
)
_WRITTEN = (
    click.option("--codec", help="h264 (plays everywhere), hevc, vp9, av1, prores, ffv1 (lossless), …"),
    click.option(
        "--crf", type=int, help="Quality: lower is better and makes a larger file. 18 looks nearly lossless."
    ),
    preset_option,
    click.option(
        "--sound", type=click.Choice(["auto", "copy", "transcode"]), default="auto", show_default=True,
        help="auto: copy, or encode again where the format cannot hold a copy.",
    ),
    click.option("--pix-fmt", help="Pixel format, by FFmpeg's name: yuv444p, yuv422p10le, …"),
    click.option("--no-sound", is_flag=True, help="Leave the sound out."),
    click.option("--no-subtitles", is_flag=True, help="Leave the subtitles out."),
    click.option("--keep-hdr", is_flag=True, help="Paint HDR video as it is stored, without tone mapping."),
    click.option("--no-deinterlace", is_flag=True, help="Paint interlaced video as it is stored."),
)  # fmt: skip


def video_options(command: Any) -> Any:
    """Size, look and file of a painted video, in this order; the command gets them as `how_written` reads them."""
    for option in reversed((_SIZE, *_PAINTED, *_WRITTEN)):
        command = option(command)
    return command


def how_written(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of VideoOptions that `video_options` sets, of all that a command was given."""
    same = {name: given[name] for name in ("size", "codec", "crf", "preset", "keep_hdr")}
    return same | {
        "pixel_format": given["pix_fmt"],
        "sound": "none" if given["no_sound"] else given["sound"],
        "subtitles": not given["no_subtitles"],
        "deinterlace": not given["no_deinterlace"],
    }
