"""Colour of video frames: YUV of any kind to RGB uint8 and back, with the matrix and range spelled out.

Every conversion names its matrix (BT.601, 709, 2020) and range: a reformat that is left to guess takes
BT.601, whatever the tags say, and a tag on an encoder converts nothing.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np
from av import VideoCodecContext, VideoFrame
from av.filter import Graph
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

# AVColorSpace numbers as streams carry them, and the matrix that swscale calls by another number.
RGB, BT709, UNSPECIFIED, SMPTE170M = 0, 1, 2, 6
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_HDR = {ColorTrc.SMPTE2084: "PQ", ColorTrc.ARIB_STD_B67: "HLG"}

# Measured on a 640x360 clip through yuv420p and back: into planar RGB with exact rounding and bicubic
# chroma 48.0 dB in 0.40 ms; swscale's quick path to rgb24 repeats chroma and darkens by one level (42.0 dB,
# 0.07 ms), and packed RGB at this quality takes 1.4 ms.
_TO_RGB = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND
# Area-averaged chroma: 48.9 dB in 0.24 ms. OpenCV's I420 keeps one chroma sample of four, and only in BT.601.
_FROM_RGB = Interpolation.AREA | Interpolation.FULL_CHR_H_INP


@dataclass(frozen=True)
class Colour:
    """Colour tags of a stream, in FFmpeg's numbers: matrix, range, primaries, transfer."""

    matrix: int
    range: int
    primaries: int
    transfer: int

    @classmethod
    def of(cls, frame: VideoFrame) -> "Colour":
        """The tags of a decoded frame; what is untagged is filled in the way players do."""
        planar_yuv = not frame.format.is_rgb and frame.format.name != "pal8"
        if not planar_yuv:
            return cls(RGB, ColorRange.JPEG, frame.color_primaries, frame.color_trc)
        matrix = frame.colorspace if frame.colorspace in _MATRICES else matrix_by_size(frame.height)
        full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
        return cls(
            matrix, ColorRange.JPEG if full else ColorRange.MPEG, frame.color_primaries, frame.color_trc
        )

    @property
    def hdr(self) -> str | None:
        """'PQ' or 'HLG' for high dynamic range, else None."""
        return _HDR.get(ColorTrc(self.transfer)) if self.transfer in list(ColorTrc) else None

    def as_yuv(self, height: int) -> "Colour":
        """These tags for a YUV encoder: an RGB source gets the matrix that its size suggests."""
        if self.matrix != RGB:
            return self
        if self.primaries != ColorPrimaries.UNSPECIFIED:
            return Colour(matrix_by_size(height), ColorRange.MPEG, self.primaries, self.transfer)
        return Colour(matrix_by_size(height), ColorRange.MPEG, ColorPrimaries.BT709, ColorTrc.IEC61966_2_1)

    def tag(self, encoder: VideoCodecContext) -> None:
        """Say so in what the encoder writes; its frames must be converted to these, see RgbWriter."""
        encoder.colorspace, encoder.color_range = self.matrix, self.range
        encoder.color_primaries, encoder.color_trc = self.primaries, self.transfer

    def full_range(self) -> "Colour":
        """These tags with full range, for encoders that know no other."""
        return replace(self, range=ColorRange.JPEG)

    def as_rgb(self) -> "Colour":
        """These tags for an RGB encoder."""
        return Colour(RGB, ColorRange.JPEG, self.primaries, self.transfer)


PICTURE = Colour(RGB, ColorRange.JPEG, ColorPrimaries.UNSPECIFIED, ColorTrc.UNSPECIFIED)
"""of pixels that come from no video"""


def matrix_by_size(height: int) -> int:
    """The matrix players assume for an untagged picture: BT.709 from 720 lines up, BT.601 below."""
    return BT709 if height >= 720 else SMPTE170M


class ToneMapper:
    """Frames of high dynamic range as RGB for ordinary screens, BT.709, by FFmpeg's swscale.

    Highlights are rolled off to white, up to the peak that the frame names, else the transfer's own.
    """

    colour = Colour(RGB, ColorRange.JPEG, ColorPrimaries.BT709, ColorTrc.BT709)
    """what comes out"""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._layout: tuple[int, int, str] | None = None

    def map(self, frame: VideoFrame) -> VideoFrame:
        """A frame of 8-bit planar RGB, of the same size."""
        layout = (frame.height, frame.width, frame.format.name)
        if self._graph is None or layout != self._layout:
            self._graph, self._layout = Graph(), layout
            start = self._graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
            )
            to_screen = self._graph.add(
                "scale", "out_primaries=bt709:out_transfer=bt709:intent=perceptual:flags=bicubic+accurate_rnd"
            )
            planar = self._graph.add("format", "gbrp")
            self._graph.link_nodes(start, to_screen, planar, self._graph.add("buffersink")).configure()
        self._graph.push(frame)
        mapped = self._graph.pull()
        assert isinstance(mapped, VideoFrame)
        return mapped


class RgbReader:
    """Turns decoded frames of one clip into RGB uint8.

    colour: the clip's tags; size: (height, width) to scale to while converting; alpha: read it too
    """

    def __init__(self, colour: Colour, size: tuple[int, int], alpha: bool) -> None:
        self._colour, self._size, self._alpha = colour, size, alpha
        self._reformatter = VideoReformatter()

    def read(self, frame: VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
        """(H, W, 3) RGB uint8 and, when asked for, (H, W) uint8 alpha, 255 = opaque."""
        height, width = self._size
        planar = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="gbrap" if self._alpha else "gbrp",
            src_colorspace=_MATRICES.get(self._colour.matrix, RGB),
            src_color_range=self._colour.range,
            dst_color_range=ColorRange.JPEG,
            interpolation=_TO_RGB,
            threads=1,  # on the calling thread, so that its CPU time is counted
        )
        green, blue, red, *alpha = (_rows(plane, width) for plane in planar.planes)
        return cv2.merge([red, green, blue]), alpha[0].copy() if alpha else None


class RgbWriter:
    """Turns RGB uint8 pictures into frames for an encoder, in the encoder's pixel format and colour."""

    def __init__(self, colour: Colour, pixel_format: str) -> None:
        self._colour, self._pixel_format = colour, pixel_format
        self._reformatter = VideoReformatter()

    def write(self, pixels: np.ndarray, alpha: np.ndarray | None) -> VideoFrame:
        """A frame of (H, W, 3) RGB uint8 pixels and optional (H, W) uint8 alpha; the pixels are copied."""
        packed: np.ndarray = np.ascontiguousarray(pixels)
        if alpha is not None:
            packed = np.asarray(cv2.cvtColor(packed, cv2.COLOR_RGB2RGBA))
            packed[:, :, 3] = alpha
        view = VideoFrame.from_numpy_buffer(packed, format="rgb24" if alpha is None else "rgba")
        frame = self._reformatter.reformat(
            view,
            format=self._pixel_format,
            dst_colorspace=_MATRICES.get(self._colour.matrix, RGB),
            src_color_range=ColorRange.JPEG,
            dst_color_range=self._colour.range,
            interpolation=_FROM_RGB,
            threads=1,  # at 10 bits several write over each other's rows where they are no multiple of 8 long
        )
        if frame is view:  # nothing to convert: the encoder may keep the frame, so it needs its own pixels
            frame = VideoFrame.from_ndarray(packed, format=view.format.name)
        frame.colorspace, frame.color_range = self._colour.matrix, self._colour.range
        frame.color_primaries, frame.color_trc = self._colour.primaries, self._colour.transfer
        return frame


def _rows(plane, width: int) -> np.ndarray:
    """An 8-bit plane without the padding at the end of its rows, as a view."""
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, :width]
