"""Options that say whose picture a style was made of, and who may use what came of it."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from livebrush.models.contract import Style


@dataclass(frozen=True)
class Credit:
    """What is told of a style and its picture; anything may be empty.

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

        year = int(self.year) if self.year.isdigit() else (self.year or None)
        name = name.encode(
            "utf-8", "replace"
        ).decode()  # a file's name need not be UTF-8, what ONNX stores must be
        return Style(name, self.title, self.artist, year, self.licence, self.source, self.looks_like)


def credit_options(picture: str, licence: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a command whose function takes what they tell as `credit`.

    picture: "painting" or "photo"; licence: an example of one
    """
    options = [
        click.option(
            "--title", default="", help=f"Of the {picture}; kept in the style model, like the next."
        ),
        click.option("--artist", default="", help=f"Who made the {picture}."),
        click.option("--year", default=""),
        click.option("--licence", "--license", default="", help=f"Of the {picture}, say '{licence}'."),
        click.option("--source", default="", help=f"Where the {picture} comes from."),
        click.option("--looks-like", default="", help="A few words on the style, for the list of styles."),
        click.option("--weights-licence", default="", help="Under which others may use the style model."),
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
