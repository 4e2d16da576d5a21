"""How pictures can be painted otherwise than by a net: by the stills' recipes, pixel by pixel."""

from pathlib import Path
from typing import TYPE_CHECKING

from livebrush.models.assignment import is_assignment
from livebrush.models.catalogue import picture_named
from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent, tell
from livebrush.models.regions import ALL

if TYPE_CHECKING:
    from livebrush.realtime.engine.finish import Finish
    from livebrush.realtime.pictures.jobs import Plan

METHODS = ("net", "adain", "wct", "swap", "neighbours", "gatys")


def check_method(method: str, only: str, masks: object, device: str) -> None:
    """raises: LivebrushError for an unknown method, and for what methods other than "net" cannot do"""
    if method not in METHODS:
        raise LivebrushError(
            f"no method is called {method!r}: choose one of {', '.join(METHODS)}", code="invalid"
        )
    if only != ALL:
        raise LivebrushError(
            f"{method} paints whole pictures: only nets paint persons apart", code="conflict"
        )
    if masks is not None:
        raise LivebrushError(f"{method} takes no regions", code="conflict", remedy="leave_out", field="masks")
    if device not in ("auto", "cpu", "cuda"):
        raise LivebrushError(
            f"{method} runs on PyTorch, on cpu or cuda, not on {device}", code="conflict", remedy="leave_out",
            field="device",
        )  # fmt: skip


def painting_named(text: str, method: str) -> Path:
    """The picture of a painting that a method paints after.

    raises: LivebrushError where that is none, or cannot carry a style
    """
    from livebrush.realtime.made.asked import find_choice
    from livebrush.realtime.pictures.style_picture import read_style_picture

    if picture := picture_named(text):
        read_style_picture(picture)
        return picture
    if is_assignment(text):
        what = "names styles of parts"
    else:
        find_choice(text)  # or it is nothing at all
        what = "is no picture"
    raise LivebrushError(
        f"{method} paints after the picture of a painting, and {text} {what}: name a picture file as the style",
        code="invalid",
    )


def paint_slowly(
    plan: "Plan", painting: Path, method: str, finish: "Finish", device: str, threads: int | None,
    on_event: OnEvent | None,
) -> None:  # fmt: skip
    """Paint a plan by a method other than "net". raises: LivebrushError, also where one of its packages is missing"""
    try:
        from livebrush.trainer.stills.pictures import paint_by_recipe
    except ModuleNotFoundError as error:
        raise LivebrushError(
            f"the method {method} needs the package {error.name}, which is not installed",
            code="not_installed",
            remedy="train_extra",
        ) from error
    if plan:
        paint_by_recipe(plan, painting, method, finish, device, threads, lambda event: tell(event, on_event))
