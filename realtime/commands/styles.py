"""`livebrush styles`: which styles there are."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.realtime.commands.completion import styles_for
from livebrush.realtime.commands.options import device_option, json_option, overwrite_option

if TYPE_CHECKING:
    from livebrush.models.catalogue import Choice, Entry
    from livebrush.models.contract import StyleModel


@click.command()
@click.argument("name", required=False, shell_complete=styles_for)
@json_option
@click.option(
    "--on", "photo", type=click.Path(path_type=Path), help="Paint this picture in every style, on one sheet."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The sheet.  [default: PICTURE_styles.png beside it]",
)
@device_option
@overwrite_option("Replace the sheet if it exists.")
def styles(
    name: str | None, as_json: bool, photo: Path | None, output: Path | None, device: str, overwrite: bool
) -> None:
    """List the styles, or show one and how it was trained.

    NAME is a style's name or an .onnx file; with --on, a file of several styles is painted in each of them. Your own
    styles are .onnx files, and pictures to paint after, in the folder that the list ends with. A file there replaces a
    packaged one of the same name.

    \b
    livebrush styles
    livebrush styles great_wave
    livebrush styles --on photo.jpg -o sheet.png
    """
    from livebrush.models.catalogue import catalogue

    if photo:
        if as_json:
            raise click.UsageError("--on paints, --json lists: one at a time")
        _paint_sheet(photo, output, name, device, overwrite)
    elif output:
        raise click.UsageError("-o names the sheet of --on PICTURE")
    elif name:
        choice = _named(name)
        if choice.picture:
            facts = _picture_facts(choice.picture)
            click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _picture_sheet(facts))
        else:
            model = choice.model
            click.echo(json.dumps(_details(model), ensure_ascii=False) if as_json else _sheet(model))
    elif as_json:
        rows = [{"name": e.name, "problem": e.problem, **_entry_details(e)} for e in catalogue()]
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        _list(catalogue())


def _named(text: str) -> "Choice":
    """A style by its name; a blend is made."""
    from livebrush.models.catalogue import find_style
    from livebrush.realtime.made.asked import find_choice, is_blend

    return find_choice(text) if is_blend(text) else find_style(text)


def _paint_sheet(photo: Path, output: Path | None, name: str | None, device: str, overwrite: bool) -> None:
    from livebrush.realtime.commands.progress import reader
    from livebrush.realtime.style_sheet import paint_style_sheet

    with reader("bar") as read:
        sheet = paint_style_sheet(
            photo,
            output,
            _on_sheet(name),
            device=device,
            overwrite=overwrite,
            on_event=read,
        )
    click.echo(sheet)


def _on_sheet(name: str | None) -> list[str]:
    """All styles of a file of several; without a name those of all files, none of them twice."""
    from livebrush.models.catalogue import catalogue, style_names

    if name:
        return [known for known in style_names() if known.startswith(f"{name}:")] or [name]
    twice = {entry.name for entry in catalogue() if entry.repeats_others}
    return [known for known in style_names() if known.partition(":")[0] not in twice]


def _list(entries: "Sequence[Entry]") -> None:
    """The styles under headings, each with what it looks like and whose picture it is of."""
    from livebrush.models.catalogue import user_folder

    groups: dict[str, list[Entry]] = {heading: [] for heading in (_PAINTINGS, _LOOKS, _OWN)}
    for entry in entries:
        is_painting = entry.model is not None and entry.model.metadata.kind == "painting"
        own = entry.path.parent == user_folder()
        groups[_OWN if own else _PAINTINGS if is_painting else _LOOKS].append(entry)
    width = max((len(name) for entry in entries for name, _ in _rows(entry)), default=0)
    for heading, group in groups.items():
        if group:
            click.echo(f"{heading}\n")
        for entry in group:
            for name, lines in _rows(entry):
                for label, line in zip([name, *[""] * len(lines)], lines, strict=False):
                    click.echo(f"  {label:{width}}  {line}")
        if group:
            click.echo()
    click.echo(f"your own styles: {user_folder()}")


_PAINTINGS = "Paintings: strokes, texture and colours of a picture"
_LOOKS = "Looks: the colours and light of a photo"
_OWN = "Your own"


def _rows(entry: "Entry") -> list[tuple[str, list[str]]]:
    """What is listed under each name that a file's styles have."""
    from livebrush.models.catalogue import is_any_picture_net

    if entry.model is None:
        return [(entry.name, [f"not usable: {entry.problem}"])]
    if entry.is_picture:
        return [(entry.name, [f"picture: {entry.path.name}"])]
    if entry.model.takes_picture:
        named = "PICTURE" if is_any_picture_net(entry.model) else f"{entry.name}:PICTURE"
        return [(entry.name, [f"paints after any picture: -s {named}"])]
    styles = entry.model.metadata.styles
    if entry.repeats_others:
        return [(entry.name, [f"all {len(styles)} paintings in one file: -s {entry.name}:{styles[0].name}"])]
    shadowed = [f"[instead of {', '.join(map(str, entry.shadows))}]"] if entry.shadows else []
    return [
        (
            entry.name if len(styles) == 1 else f"{entry.name}:{style.name}",
            [*([style.looks_like] if style.looks_like else []), style.credit(), *shadowed],
        )
        for style in styles
    ]


def _entry_details(entry: "Entry") -> dict[str, Any]:
    if entry.is_picture:
        return {"path": str(entry.path), "bytes": entry.path.stat().st_size, "kind": "picture"}
    return _details(entry.model) if entry.model else {}


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
        lines += [f"  {'looks like':12} {style.looks_like}"] if style.looks_like else []
    facts = {
        "kind": metadata.kind,
        "net": f"{metadata.net} (sizes divide by {metadata.multiple}, margin {metadata.margin} pixels)",
        "weights": metadata.weights_licence or "licence not stated",
        "trained on": metadata.trained_on or "not stated",
        "recipe": _flat(metadata.recipe) or "not stated",
    }
    return "\n".join([*lines, *(f"  {key:12} {value}" for key, value in facts.items())])


def _picture_facts(path: Path) -> dict[str, Any]:
    """raises: LivebrushError for a picture that cannot carry a style"""
    from livebrush.realtime.made.picture_style import is_learnt, learnt_file, looked_at, sha256_of_pixels
    from livebrush.realtime.pictures.style_picture import read_style_picture

    picture = read_style_picture(path)
    of_picture = sha256_of_pixels(looked_at(picture.pixels))
    height, width = picture.pixels.shape[:2]
    return {
        "name": path.stem, "path": str(path), "bytes": path.stat().st_size, "kind": "picture", "width": width,
        "height": height, "learnt": str(learnt_file(of_picture)) if is_learnt(of_picture) else None,
        "notes": [str(note) for note in picture.notes],
    }  # fmt: skip


def _picture_sheet(facts: Mapping[str, Any]) -> str:
    painted = f"the net learnt of it ({facts['learnt']})" if facts["learnt"] else "the net for any picture"
    lines = {"kind": f"picture of {facts['width']}x{facts['height']} pixels", "painted by": painted}
    if not facts["learnt"]:
        lines["better"] = f"livebrush learn {shlex.quote(facts['path'])} takes some minutes"
    notes = [f"  {'note':12} {note}" for note in facts["notes"]]
    head = f"{facts['name']}  ({facts['path']}, {facts['bytes'] / 1e3:.0f} kB)"
    return "\n".join([head, *(f"  {key:12} {value}" for key, value in lines.items()), *notes])


def _flat(recipe: Mapping[str, Any]) -> str:
    """A recipe in a line; one inside another, that of the net it started from, in brackets."""
    return ", ".join(f"{k} ({_flat(v)})" if isinstance(v, Mapping) else f"{k} {v}" for k, v in recipe.items())
