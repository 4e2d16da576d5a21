"""Colours of any profile as sRGB."""

import io
import struct

from PIL import Image, ImageCms

from livebrush.models.events import Note

_PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}


def _srgb_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Little CMS writes the present time into the header; the same picture must give the same file.
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


SRGB_PROFILE = _srgb_profile()


def to_srgb(colour: Image.Image, icc: bytes | None, notes: list[Note]) -> Image.Image:
    """colour: mode L, RGB, CMYK or LAB. Returns mode RGB, relative colorimetric with black point compensation."""
    if icc == SRGB_PROFILE and colour.mode in ("L", "RGB"):
        return colour.convert("RGB")
    if icc:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            space = profile.profile.xcolor_space.strip()  # type: ignore[union-attr]
            # A grey PNG may carry an RGB profile.
            fitting = colour.convert("RGB") if (space, colour.mode) == ("RGB", "L") else colour
            if _PROFILE_MODES.get(space) == fitting.mode:
                return _convert_profile(fitting, profile)
            notes.append(
                Note(f"its ICC profile is for {space}, its pixels are {colour.mode}: profile ignored")
            )
        except (OSError, ValueError, ImageCms.PyCMSError) as error:
            notes.append(Note(f"its ICC profile is damaged ({error}): profile ignored"))
    if colour.mode == "LAB":
        return _convert_profile(colour, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if colour.mode == "CMYK":
        notes.append(Note("CMYK without a profile: its colours are approximate"))
    return colour.convert("RGB")


def _convert_profile(colour: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    converted = ImageCms.profileToProfile(
        colour, profile, ImageCms.ImageCmsProfile(io.BytesIO(SRGB_PROFILE)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip
    assert converted is not None  # None only when it converts in place
    return converted
