"""The list of styles: every style model in the user's folder and in the packaged one."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL
from livebrush.models.user_data import user_data_folder


@dataclass(frozen=True)
class Entry:
    """One style model of the catalogue.

    name:    of the file, without its suffix
    model:   None if the file breaks the contract
    problem: what is wrong with the file, or ""
    shadows: files of the same name that are not used, because this one comes first
    """

    name: str
    path: Path
    model: StyleModel | None
    problem: str = ""
    shadows: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A style that a user asked for.

    model:   the file that holds it
    style:   its place among the styles of that file, from 0
    picture: what to paint after, for a model that takes a picture
    """

    model: StyleModel
    style: int = 0
    picture: Path | None = None

    @property
    def name(self) -> str:
        if self.picture:
            return f"{self.model.name}_{self.picture.stem}"
        styles = self.model.metadata.styles
        return self.model.name if len(styles) == 1 else f"{self.model.name}_{styles[self.style].name}"

    @property
    def parts(self) -> tuple[tuple[str, "Choice"], ...]:
        """What it paints, a word of `livebrush.models.regions.PAINTED`, and itself: like `Assignment.parts`."""
        return ((ALL, self),)


def packaged_folder() -> Path:
    return Path(__file__).parent


def user_folder() -> Path:
    """The folder for a user's own style models."""
    return user_data_folder() / "styles"


def catalogue() -> list[Entry]:
    """All style models, sorted by name. A user's file replaces a packaged one of the same name."""
    files: dict[str, list[Path]] = {}
    for folder in (user_folder(), packaged_folder()):
        for path in sorted(folder.glob("*.onnx")):
            files.setdefault(path.stem, []).append(path)
    return [_entry(name, paths) for name, paths in sorted(files.items())]


def ready_models() -> list[StyleModel]:
    """Those of the catalogue that can be run, and need no picture to paint after."""
    return [entry.model for entry in catalogue() if entry.model and not entry.model.takes_picture]


def style_names() -> list[str]:
    """The names of all usable styles, as `load` and `find_style` take them.

    Models that paint after any picture are left out: they are named with one, as any_style:wave.jpg.
    """
    names: list[str] = []
    for model in ready_models():
        styles = model.metadata.styles
        names += [model.name] if len(styles) == 1 else [f"{model.name}:{style.name}" for style in styles]
    return names


def style_names_beginning(begun: str) -> list[str]:
    """Names of styles for who types one: from the files' names alone; those inside a file once its name is there."""
    file, colon, _ = begun.rpartition(":")
    if colon and (path := _locate(file)) is not None:
        try:
            names = [f"{file}:{style.name}" for style in read_style_model(path).metadata.styles]
        except LivebrushError:
            return []
    else:
        names = sorted(
            {path.stem for folder in (user_folder(), packaged_folder()) for path in folder.glob("*.onnx")}
        )
    return [name for name in names if name.startswith(begun)]


def _entry(name: str, paths: list[Path]) -> Entry:
    first, shadows = paths[0], tuple(paths[1:])
    try:
        return Entry(name, first, read_style_model(first), shadows=shadows)
    except LivebrushError as error:
        return Entry(name, first, None, str(error), shadows)


def find_style(text: str) -> Choice:
    """Find a style by its name.

    text:   a name, the path of an .onnx file, file:style, or file:picture for a model that paints after any picture
    raises: LivebrushError for an unknown name (the message suggests close ones) or a file that breaks the contract
    """
    path = _locate(text)
    if path is not None:
        return Choice(read_style_model(path))
    for colon in reversed([place for place, letter in enumerate(text) if letter == ":"]):
        if (path := _locate(text[:colon])) is not None:
            return _inside(read_style_model(path), text[colon + 1 :])
    if Path(text).is_file():
        raise LivebrushError(
            f"{text} is not a style model (.onnx)",
            code="unsupported",
            remedy="style_of_picture",
            picture=text,
        )
    if Path(text).suffix == ".onnx" or os.sep in text:
        raise LivebrushError(f"the style model {text} does not exist", code="not_found")
    names = [entry.name for entry in catalogue()]
    close = difflib.get_close_matches(text.lower(), names, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names) or 'none'}"
    raise LivebrushError(f"no style is called {text!r}: {hint}", code="not_found", remedy="list_styles")


def _inside(model: StyleModel, wanted: str) -> Choice:
    """raises: LivebrushError where a model has no such style, and for a picture that is not there"""
    names = [style.name for style in model.metadata.styles]
    if model.takes_picture:
        if not Path(wanted).is_file():
            raise LivebrushError(
                f"{model.path.name} paints after a picture, and {wanted or 'an empty name'} is none",
                code="not_found",
            )
        return Choice(model, picture=Path(wanted))
    if wanted not in names:
        raise LivebrushError(
            f"{model.path.name} has no style {wanted!r}: it holds {', '.join(names)}", code="not_found"
        )
    return Choice(model, names.index(wanted))


def _locate(text: str) -> Path | None:
    """A style model's file, from a path or a name."""
    if not text:
        return None
    if Path(text).suffix == ".onnx":
        return Path(text) if Path(text).is_file() else None
    for folder in (user_folder(), packaged_folder()):
        path = folder / f"{text}.onnx"
        if path.is_file() and path.parent == folder:
            return path
    return None
