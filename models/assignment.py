"""Which style paints the persons of a frame, and which all else."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from livebrush.models.catalogue import Choice
from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL, PAINTED, PERSON_GROUPS

_NEXT = re.compile(r",(?=\s*\w+=)")
_NAMED = re.compile(r"\s*(\w+)=(.*)")


@dataclass(frozen=True)
class Assignment:
    """Styles for parts of a frame; a part without one stays as it is.

    parts: region, of PERSON_GROUPS, and its style: one or two, of different regions
    """

    parts: tuple[tuple[str, Choice], ...]

    @property
    def name(self) -> str:
        """As the user would write it."""
        return ",".join(f"{region}={choice.name}" for region, choice in self.parts)

    def with_model(self, model: StyleModel) -> "Assignment":
        """The same with a file that was read anew, where that still holds the style."""
        return Assignment(tuple((region, _renewed(choice, model)) for region, choice in self.parts))


def _renewed(choice: Choice, model: StyleModel) -> Choice:
    same = choice.model.path == model.path and choice.style < len(model.metadata.styles)
    return replace(choice, model=model) if same else choice


Styles = Choice | Assignment
"""what a user asked for: one style for everything, or styles for parts; both have `name` and `parts`"""


def assigned_styles(text: str, region: str, find: Callable[[str], Choice]) -> Styles:
    """The style, or the styles of parts, that a text names.

    text:   as `find` takes it, or "person=starry_night,other=great_wave"; either may be left out
    region: what is painted of that, a word of PAINTED
    find:   finds one style by its name
    raises: LivebrushError as `find` does, for an unknown region, and where nothing would be painted
    """
    styles = _assignment(text, find) if is_assignment(text) else find(text)
    return restricted(styles, region)


def is_assignment(text: str) -> bool:
    """Whether a text names regions: not so where it is a file's path that has an equals sign too."""
    return _NAMED.match(text) is not None and not Path(text).is_file()


def restricted(styles: Styles, region: str) -> Styles:
    """What of styles paints a region; all else stays as it is.

    raises: LivebrushError for an unknown region, and where the styles leave it as it is
    """
    if region == ALL:
        return styles
    check_region(region)
    parts = tuple((region, choice) for painted, choice in styles.parts if painted in (ALL, region))
    if not parts:
        raise LivebrushError(
            f"nothing is left to paint: {styles.name} has no style for the region {region!r}", code="conflict"
        )
    return Assignment(parts)


def check_region(region: str, known: tuple[str, ...] = PAINTED) -> None:
    """raises: LivebrushError for a word that is none of `known`"""
    if region not in known:
        raise LivebrushError(
            f"no region is called {region!r}: there are {', '.join(known)}", code="not_found"
        )


def file_name_of(styles: Styles) -> str:
    """The name of styles as a part of a file's name: "person_starry_night_other_great_wave"."""
    return re.sub(r"[=,]", "_", styles.name)


def _assignment(text: str, find: Callable[[str], Choice]) -> Assignment:
    found: dict[str, Choice] = {}
    for part in _NEXT.split(text):
        named = _NAMED.match(part)
        assert named is not None
        region, style = named[1], named[2].strip()
        check_region(region, PERSON_GROUPS)
        if region in found:
            raise LivebrushError(f"{text!r} names the region {region!r} twice", code="conflict")
        if not style:
            raise LivebrushError(
                f"{text!r} names no style for the region {region!r}: leave out what is to stay as it is",
                code="invalid",
            )
        found[region] = find(style)
    first, *others = found.values()
    if first in others:
        raise LivebrushError(
            f"{text!r} names the style {first.name} twice: to paint everything in it, name it alone",
            code="conflict",
        )
    return Assignment(tuple((region, found[region]) for region in PERSON_GROUPS if region in found))
