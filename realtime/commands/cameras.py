"""`livebrush cameras`: which cameras there are."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from livebrush.realtime.commands.options import json_flag

if TYPE_CHECKING:
    from livebrush.realtime.live.sources.camera_list import Camera, Mode


@click.command()
@json_flag
@click.option(
    "--no-modes",
    is_flag=True,
    help="Do not open the cameras to ask for sizes and frame rates, so that their lights stay off.",
)
def cameras(as_json: bool, no_modes: bool) -> None:
    """List the cameras with their numbers, names, sizes and rates.

    A camera is chosen by its number or by a part of its name. The exit code is 1 when there is none.
    """
    from livebrush.realtime.live.sources.camera_list import list_cameras, no_camera

    rows = [(camera, *_ask(camera, no_modes)) for camera in list_cameras()]
    if as_json:
        listed = [
            {"index": camera.index, "name": camera.name, "path": camera.path, "problem": problem,
             "modes": None if modes is None else [asdict(mode) for mode in modes]}
            for camera, modes, problem in rows
        ]  # fmt: skip
        click.echo(json.dumps(listed, ensure_ascii=False))
    if not rows:
        raise no_camera()
    if as_json:
        return
    width = max(len(camera.name) for camera, _, _ in rows)
    for camera, modes, problem in rows:
        says = problem or ", ".join(map(_text, modes or []))
        click.echo(f"{camera.index:3}  {camera.name:{width}}  {says}".rstrip())


def _ask(camera: "Camera", no_modes: bool) -> "tuple[list[Mode] | None, str]":
    """The camera's modes, None where they are not to be had, and why not."""
    from livebrush.models.errors import LivebrushError
    from livebrush.realtime.live.sources.camera_list import modes

    if no_modes:
        return None, ""
    try:
        return modes(camera), ""
    except LivebrushError as error:
        return None, str(error)


def _text(mode: "Mode") -> str:
    return f"{mode.width}x{mode.height}" + (f" {mode.rate_hz:.4g}/s" if mode.rate_hz else "")
