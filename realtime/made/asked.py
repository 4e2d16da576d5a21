"""What a user means by the text of --style: a style that there is, a picture, or a blend."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from livebrush.models.assignment import Styles, assigned_styles, is_assignment
from livebrush.models.catalogue import PICTURES, Choice, find_style, is_any_picture_net
from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.models.regions import ALL
from livebrush.realtime.engine.engine import Engine

_PART = re.compile(r"\s*(.+?)\s*:\s*(\d+(?:\.\d*)?|\.\d+)\s*(?:,|$)")


def find_styles(text: str, region: str = ALL) -> Styles:
    """Find a style, or the styles of parts, by name; those of pictures and blends are made.

    text:   a name, an .onnx file, file:style, a picture, a blend such as "starry_night:0.7,wave.jpg:0.3", or
            "person=starry_night,other=great_wave", of which either may be left out; in a blend what follows a style of
            a file of several is looked for in that file first: "palette:noon:0.5,night:0.5"
    region: what is painted of that, a word of `livebrush.models.regions.PAINTED`
    raises: LivebrushError for an unknown name or region, a picture that cannot carry a style, styles that cannot be
            mixed, and where nothing would be painted
    """
    return assigned_styles(text, region, find_choice)


def find_choice(text: str) -> Choice:
    """The same for a text that names no regions."""
    if shares := _blend(text):
        return _blended(text, shares)
    try:
        return made(find_style(text))
    except LivebrushError as error:
        if error.code == "not_found" and "," in text:
            raise _no_share(text.partition(",")[0]) from None
        raise


def notes_on(styles: Styles, engines: Sequence[Engine]) -> list[Note]:
    """What a user may not know of what was asked for: how style pictures were read, and which would paint better, once
    learnt; what the device does otherwise."""
    of_devices = dict.fromkeys(engine.note for engine in engines if engine.note)
    return [*notes_on_pictures(styles), *_better_once_learnt(styles), *map(Note, of_devices)]


def notes_on_pictures(styles: Styles) -> list[Note]:
    """What there is to say of style pictures as they were read."""
    return [note for _, choice in styles.parts for note in choice.notes]


def _better_once_learnt(styles: Styles) -> list[Note]:
    return [
        Note(
            f"{choice.name} paints at once, and better once it is learnt",
            "paints_at_once",
            "learn",
            {"picture": shlex.quote(str(choice.made_of))},
        )
        for _, choice in styles.parts
        if choice.made_of and "picture_sha256" in choice.model.metadata.recipe
    ]


def is_blend(text: str) -> bool:
    """raises: LivebrushError for a blend of which some parts have no share"""
    return bool(_blend(text))


def is_made(text: str) -> bool:
    """Whether that is a picture, a blend or a style of a file of several, which a style has to be made of.

    raises: LivebrushError for styles of regions, which are no one style, and for a blend without shares
    """
    if is_assignment(text):
        raise LivebrushError(f"{text} names styles of regions: name one style", code="invalid")
    if _blend(text) or (Path(text).suffix.lower() in PICTURES and Path(text).is_file()):
        return True
    try:
        return ":" in text and _is_one_of_several(find_style(text))
    except LivebrushError:
        return False


def made(choice: Choice) -> Choice:
    """An ordinary style of one that paints after a picture, or is one of several that share kernels; others as they
    are.

    raises: LivebrushError for a picture that cannot carry a style
    """
    if choice.picture is not None:
        return _painting_after(choice)
    if _is_one_of_several(choice):
        from livebrush.realtime.made.one_of_several import style_alone

        return Choice(style_alone(choice.model, choice.style, choice.name))
    return choice


def _painting_after(choice: Choice) -> Choice:
    if choice.picture is None:
        return choice
    from livebrush.realtime.made.picture_style import looked_at, style_of_picture
    from livebrush.realtime.pictures.style_picture import read_style_picture

    picture = read_style_picture(choice.picture)
    made_of = choice.picture if is_any_picture_net(choice.model) else None
    model = style_of_picture(choice.model, looked_at(picture.pixels), choice.name)
    return Choice(model, made_of=made_of, notes=tuple(picture.notes))


def _is_one_of_several(choice: Choice) -> bool:
    if "style" not in choice.model.ports:
        return False
    from livebrush.realtime.made.one_of_several import is_faster_alone

    return is_faster_alone(choice.model)


def _blend(text: str) -> list[tuple[str, float]]:
    """Names, which may hold commas, and shares; nothing for a text that is no blend.

    raises: LivebrushError where some parts have shares and others have none
    """
    if Path(text).is_file():
        return []
    parts: list[tuple[str, float]] = []
    rest = text
    while part := _PART.match(rest):
        parts.append((part[1], float(part[2])))
        rest = rest[part.end() :]
    if parts and (rest.strip() or text.rstrip().endswith(",")):
        raise _no_share(rest.strip() or "what follows the last comma")
    return parts


def _no_share(part: str) -> LivebrushError:
    return LivebrushError(
        f"{part} has no share: each style of a mixture is named with one, a number of 0 or more, as in "
        "starry_night:0.7,udnie:0.3",
        code="invalid",
    )


def _blended(text: str, parts: list[tuple[str, float]]) -> Choice:
    from livebrush.realtime.made.blend import blend

    total = sum(share for _, share in parts)
    if not total:
        raise LivebrushError(f"{text!r} gives every style a share of 0: one must have more", code="invalid")
    found: list[tuple[Choice, float]] = []
    for name, share in parts:
        before = found[-1][0].model if found else None
        found.append((_beside(name, before) or _painting_after(_part_named(name)), share / total))
    found = [(choice, share) for choice, share in found if share]
    if len(found) == 1:
        return made(found[0][0])
    name = "_".join(f"{choice.name}{round(100 * share)}" for choice, share in found)
    model = blend([(choice.model, choice.style, share) for choice, share in found], name)
    return Choice(model, notes=tuple(note for choice, _ in found for note in choice.notes))


def _part_named(name: str) -> Choice:
    """raises: LivebrushError also for a style that cannot be mixed as it is named"""
    try:
        choice = find_style(name)
    except LivebrushError:
        if "," in name:  # "great_wave:-1,udnie": of a part before the comma no share was understood
            raise _no_share(name.partition(",")[0]) from None
        raise
    if choice.model.takes_picture and not choice.picture:
        raise LivebrushError(
            f"{name} paints after a picture: name the picture itself, as in wave.jpg:0.5,udnie:0.5",
            code="invalid",
        )
    return choice


def _beside(name: str, model: StyleModel | None) -> Choice | None:
    """The style of this name in the same file of several."""
    names = [style.name for style in model.metadata.styles] if model and "style" in model.ports else []
    return Choice(model, names.index(name)) if model and name in names else None
