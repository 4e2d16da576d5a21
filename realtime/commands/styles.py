"""`livebrush styles`: which styles there are."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.options import json_option

if TYPE_CHECKING:
    from livebrush.models.catalogue import Entry
    from livebrush.models.contract import StyleModel


@click.command()
@click.argument("name", required=False)
@json_option
def styles(name: str | None, as_json: bool) -> None:
    """List the styles, or show one and how it was trained.

    NAME is a style's name or an .onnx file. Your own styles are .onnx files in the folder that the list
    ends with. A file there replaces a packaged one of the same name.
    """
    from livebrush.models.catalogue import catalogue, find_style, user_folder

    if name:
        model = find_style(name).model
        click.echo(json.dumps(_details(model), ensure_ascii=False) if as_json else _sheet(model))
        return
    entries = catalogue()
    if as_json:
        rows = [
            {"name": e.name, "problem": e.problem, **(_details(e.model) if e.model else {})} for e in entries
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.name:{width}}  {_row(entry)}")
    click.echo(f"\nyour own styles: {user_folder()}")


def _row(entry: "Entry") -> str:
    if entry.model is None:
        return f"not usable: {entry.problem}"
    metadata = entry.model.metadata
    credits = "; ".join(style.credit() for style in metadata.styles)
    shadowed = f"  [instead of {', '.join(map(str, entry.shadows))}]" if entry.shadows else ""
    return f"{metadata.kind:8}  {metadata.net:7}  {credits}{shadowed}"


def _details(model: "StyleModel") -> dict[str, Any]:
    return {"path": str(model.path), "bytes": model.path.stat().st_size, **asdict(model.metadata)}


def _sheet(model: "StyleModel") -> str:
    metadata = model.metadata
    size = model.path.stat().st_size
    readable = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    lines = [f"{model.name}  ({model.path}, {readable})"]
    for style in metadata.styles:
        prefix = f"{model.path.stem}:{style.name}  " if len(metadata.styles) > 1 else ""
        source = f"; {style.source}" if style.source else ""
        lines.append(f"  {'style':12} {prefix}{style.credit()}{source}")
    facts = {
        "kind": metadata.kind,
        "net": f"{metadata.net} (sizes divide by {metadata.multiple}, margin {metadata.margin} pixels)",
        "weights": metadata.weights_licence or "licence not stated",
        "trained on": metadata.trained_on or "not stated",
        "recipe": _flat(metadata.recipe) or "not stated",
    }
    return "\n".join([*lines, *(f"  {key:12} {value}" for key, value in facts.items())])


def _flat(recipe: Mapping[str, Any]) -> str:
    """A recipe in a line; one inside another, that of the net it started from, in brackets."""
    return ", ".join(f"{k} ({_flat(v)})" if isinstance(v, Mapping) else f"{k} {v}" for k, v in recipe.items())
