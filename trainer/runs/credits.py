"""What is known of several pictures, as one small TOML file: a table for each, by the name of its file."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError


def read_credits(path: Path | None, pictures: Sequence[Path]) -> list[Style]:
    """A style for each picture, as the file tells of it, named like the picture's file where it tells no name.

    path:   None tells nothing
    raises: LivebrushError when it cannot be read, tells of a picture that is not there, or sets what no style has
    """
    told = _tables(path) if path else {}
    if unknown := sorted(set(told) - {picture.name for picture in pictures}):
        raise LivebrushError(
            f"{path} tells of {unknown[0]}, which is none of the pictures: "
            f"{', '.join(picture.name for picture in pictures)}",
            code="not_found",
        )
    return [Style(**{"name": picture.stem, **told.get(picture.name, {})}) for picture in pictures]


def _tables(path: Path) -> dict[str, dict[str, str | int]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LivebrushError(f"the credits {path} cannot be read: {error}", code="unreadable") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LivebrushError(f"the credits {path} are not TOML: {error}", code="unreadable") from error
    known = list(Style.__dataclass_fields__)
    for picture, table in tables.items():
        if not isinstance(table, dict):
            raise LivebrushError(
                f'{path} sets {picture!r}, expected tables such as ["wave.jpg"]', code="invalid"
            )
        for name, value in table.items():
            if name not in known or not isinstance(value, (str, int) if name == "year" else str):
                raise LivebrushError(
                    f"{path} sets {name!r} of {picture} to {value!r}: texts may be set of {', '.join(known)}",
                    code="invalid",
                )
    return tables
