"""How pixels are stored: what an encoder takes, and what of a source's is lost on the way."""

import av

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.codecs import Codec


def choose_pixel_format(codec: Codec, wanted: str | None, alpha: bool) -> str:
    """The wanted format, else the codec's usual one, with alpha where the source has it and the codec knows it.

    raises: LivebrushError for a format that the codec does not take
    """
    if wanted is None:
        return (codec.alpha_pixel_format if alpha else None) or codec.pixel_format
    known = [known.name for known in av.Codec(codec.encoder, "w").video_formats or []]
    if wanted not in known:
        raise LivebrushError(
            f"{codec.encoder} does not take {wanted[:40]!r}; it takes {', '.join(known)}", code="unsupported"
        )
    return wanted


def has_alpha(name: str) -> bool:
    """pal8, GIF's, has a colour that cannot be seen."""
    return name == "pal8" or any(component.is_alpha for component in av.VideoFormat(name).components)


def lost_precision(source: str, written: str) -> str:
    """What the written format cannot hold of the source's: "colour at half the resolution"; "" for nothing."""
    before, after = av.VideoFormat(source), av.VideoFormat(written)
    if source == "pal8" or written == "pal8":
        return ""
    coarser = [
        side
        for side, was, now in (
            ("width", before.chroma_width(64), after.chroma_width(64)),
            ("height", before.chroma_height(64), after.chroma_height(64)),
        )
        if now < was
    ]
    return f"colour at half the {' and the '.join(coarser)}" if coarser else ""
