"""Paint frames, video files and photos in the style of a picture.

    import livebrush

    style = livebrush.load("starry_night")
    painted = style(frame)                        # uint8 RGB, (H, W, 3) or (N, H, W, 3)
    livebrush.stylize_video("clip.mp4", "painted.mp4", style="great_wave", on_event=print)
    livebrush.stylize_videos(["a.mp4", "clips/"], "painted/", style="minotaur")
    livebrush.Batch("footage/", "painted/", ["great_wave", "minotaur"]).paint()
    livebrush.stylize_images("photo.jpg", "painted.png", style="metzinger")
    livebrush.convert("mosaic.pth", "mosaic.onnx")

What a name needs is imported when the name is first used, so `import livebrush` loads neither ONNX Runtime nor torch.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livebrush.converters.convert import convert as convert
    from livebrush.converters.inspection import inspect as inspect
    from livebrush.models.catalogue import style_names as style_names
    from livebrush.models.errors import LivebrushError as LivebrushError
    from livebrush.realtime.batch.batch import Batch as Batch
    from livebrush.realtime.engine.engine import Engine as Engine
    from livebrush.realtime.engine.stream import Stream as Stream
    from livebrush.realtime.live.play import live as live
    from livebrush.realtime.loaded_style import LoadedStyle as LoadedStyle
    from livebrush.realtime.loaded_style import load as load
    from livebrush.realtime.stylize import stylize_images as stylize_images
    from livebrush.realtime.stylize import stylize_video as stylize_video
    from livebrush.realtime.stylize import stylize_videos as stylize_videos
    from livebrush.realtime.textures.painting import paint_texture as paint_texture
    from livebrush.trainer.learning import learn as learn
    from livebrush.trainer.stills.still import paint_still as paint_still
    from livebrush.trainer.training import train_painting as train_painting
    from livebrush.trainer.training import train_palette as train_palette
    from livebrush.trainer.training import train_photo as train_photo
    from livebrush.trainer.training import train_texture as train_texture

# ONNX Runtime 1.31 keeps a device id in the user's cache and looks up a host, unless told so before it is imported
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "Batch": "livebrush.realtime.batch.batch",
    "Engine": "livebrush.realtime.engine.engine",
    "LivebrushError": "livebrush.models.errors",
    "LoadedStyle": "livebrush.realtime.loaded_style",
    "Stream": "livebrush.realtime.engine.stream",
    "paint_still": "livebrush.trainer.stills.still",
    "paint_texture": "livebrush.realtime.textures.painting",
    "train_painting": "livebrush.trainer.training",
    "train_palette": "livebrush.trainer.training",
    "train_photo": "livebrush.trainer.training",
    "train_texture": "livebrush.trainer.training",
    "convert": "livebrush.converters.convert",
    "inspect": "livebrush.converters.inspection",
    "learn": "livebrush.trainer.learning",
    "live": "livebrush.realtime.live.play",
    "load": "livebrush.realtime.loaded_style",
    "style_names": "livebrush.models.catalogue",
    "stylize_images": "livebrush.realtime.stylize",
    "stylize_video": "livebrush.realtime.stylize",
    "stylize_videos": "livebrush.realtime.stylize",
}
__all__ = [
    "Batch",
    "Engine",
    "LivebrushError",
    "LoadedStyle",
    "Stream",
    "convert",
    "inspect",
    "learn",
    "live",
    "load",
    "paint_still",
    "paint_texture",
    "style_names",
    "stylize_images",
    "stylize_video",
    "stylize_videos",
    "train_painting",
    "train_palette",
    "train_photo",
    "train_texture",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'livebrush' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
