"""The camera's data in a picture file: read without what the file alone needs, and written true to the painting."""

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import TiffImageFile

from livebrush.models.events import Note
from livebrush.realtime.orientation import Orientation

ORIENTATIONS = {
    2: Orientation(False, True, False), 3: Orientation(False, True, True), 4: Orientation(False, False, True),
    5: Orientation(True, False, False), 6: Orientation(True, True, False), 7: Orientation(True, True, True),
    8: Orientation(True, False, True),
}  # fmt: skip
"""by EXIF's number; 1 is upright"""
# Of a TIFF only these: its other tags describe how the source's pixels are stored, not the photo.
_PHOTO_TAGS = {
    ExifTags.Base.ImageDescription, ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Software,
    ExifTags.Base.DateTime, ExifTags.Base.Artist, ExifTags.Base.Copyright, ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo,
}  # fmt: skip


def read_exif(image: Image.Image, notes: list[Note]) -> tuple[bytes | None, int]:
    """The camera's data with orientation 1, None where there is none, and the orientation that it had."""
    try:
        exif = image.getexif()
        orientation = exif.pop(ExifTags.Base.Orientation, 1)
        if isinstance(image, TiffImageFile):
            for tag in set(exif) - _PHOTO_TAGS:
                del exif[tag]
        if not exif:
            return None, orientation
        exif[ExifTags.Base.Orientation] = 1
        return exif.tobytes(), orientation
    except Exception as error:  # damaged EXIF must not cost the picture
        notes.append(Note(f"its EXIF data is damaged ({error}): left out"))
        return None, 1


def exif_of_size(data: bytes, height: int, width: int) -> bytes:
    """EXIF corrected to this size and to sRGB, where it states a size and a colour space."""
    exif = Image.Exif()
    exif.load(data)
    photo = exif.get_ifd(ExifTags.IFD.Exif)
    true = {
        ExifTags.Base.ExifImageWidth: width,
        ExifTags.Base.ExifImageHeight: height,
        ExifTags.Base.ColorSpace: 1,
    }
    photo.update({tag: value for tag, value in true.items() if tag in photo})
    return exif.tobytes()
