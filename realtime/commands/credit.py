"""Options that say which picture a style was made from, and under which licences."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from livebrush.models.contract import Style


@dataclass(frozen=True)
class Credit:
    """What is known of a style and of the picture that it was made from; anything may be empty.

    looks_like: of the style, a few words; licence: of the picture; weights_licence: of the style model
    """

    title: str
    artist: str
    year: str
    licence: str
    source: str
    weights_licence: str
    looks_like: str

    def style(self, name: str) -> "Style":
        from livebrush.models.contract import Style

        year = int(self.year) if re.fullmatch(r"\d{1,9}", self.year) else (self.year or None)
        name = name.encode(
            "utf-8", "replace"
        ).decode()  # a file's name need not be UTF-8, what ONNX stores must be
        return Style(name, self.title, self.artist, year, self.licence, self.source, self.looks_like)


def credit_options(picture: str, licence: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a command whose function takes what they tell as `credit`.

    picture: "painting" or "photo"; licence: an example of one
    """
    options = [
        click.option("--title", default="", help=f"Title of the {picture}, written into the style model."),
        click.option("--artist", default="", help=f"Who made the {picture}."),
        click.option("--year", default="", help=f"When the {picture} was made."),
        click.option(
            "--licence", "--license", default="", help=f"Licence of the {picture}, such as '{licence}'."
        ),
        click.option("--source", default="", help=f"Where the {picture} comes from."),
        click.option("--looks-like", default="", help="A few words on the style, for the list of styles."),
        click.option("--weights-licence", default="", help="Licence of the style model itself."),
    ]

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def credited(
            *arguments: Any, title: str, artist: str, year: str, licence: str, source: str, weights_licence: str,
            looks_like: str, **others: Any,
        ) -> None:  # fmt: skip
            credit = Credit(title, artist, year, licence, source, weights_licence, looks_like)
            command(*arguments, credit=credit, **others)

        return functools.reduce(lambda function, option: option(function), reversed(options), credited)

    return with_options
