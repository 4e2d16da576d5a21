"""How a video is read and written."""

import os
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class VideoOptions:
    """How a video file is read and written.

    start_s, duration_s: the part to paint, in seconds; None: from the start, to the end
    fps: frames a second of numbered pictures, which have no times; None: 25
    size: (height, width) to paint at, or a height, which keeps the aspect ratio; None: the size of the file
    codec: h264, hevc, vp9, av1, prores or ffv1; None: what suits the format
    crf: quality; lower is better and makes a larger file; None: what suits the codec
    preset: the effort of the encoder, ultrafast to veryslow
    sound: "auto" (copy, or encode again where the format cannot hold a copy), "copy", "transcode", or "none"
    subtitles: keep the subtitles
    overwrite: replace an existing target
    deinterlace: deinterlace interlaced video before painting
    keep_hdr: paint HDR video as it is stored, without tone mapping
    pixel_format: by FFmpeg's name; yuv444p keeps colour at full resolution; None: what suits the codec
    painting: a text that differs between paintings of the same video, for `resume`
    resume: continue what an earlier run with the same video, painting and options left unfinished
    preview: a picture (.jpg, .png or .webp) of the newest painted frame, written at most once a second
    """

    start_s: float | None = None
    duration_s: float | None = None
    fps: Fraction | float | None = None
    size: tuple[int, int] | int | None = None
    codec: str | None = None
    crf: int | None = None
    preset: str = "veryfast"
    sound: str = "auto"
    subtitles: bool = True
    overwrite: bool = False
    deinterlace: bool = True
    keep_hdr: bool = False
    pixel_format: str | None = None
    painting: str = ""
    resume: bool = False
    preview: str | os.PathLike[str] | None = None
