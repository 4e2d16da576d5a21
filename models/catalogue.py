"""The list of styles: every style model in the user's folder and in the packaged one, and the user's pictures."""

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path

from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.models.regions import ALL
from livebrush.models.user_data import user_data_folder

PICTURES = frozenset({
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff",
    ".webp",
})  # fmt: skip
"""suffixes of pictures that are styles in the user's folder"""


@dataclass(frozen=True)
class Entry:
    """One file of the catalogue: a style model, or a picture to paint after.

    name:    of the file, without its suffix
    model:   None if the file breaks the contract; of a picture, the net that paints after any
    problem: what is wrong with the file, or ""
    shadows: files of the same name that are not used, because this one comes first
    """

    name: str
    path: Path
    model: StyleModel | None
    problem: str = ""
    shadows: tuple[Path, ...] = ()

    @property
    def is_picture(self) -> bool:
        return self.path.suffix != ".onnx"

    @property
    def repeats_others(self) -> bool:
        """Whether it ships and holds, in one file, styles that ship one by one, too."""
        return self.path.parent == packaged_folder() and len(self.choices) > 1

    @property
    def choices(self) -> tuple["Choice", ...]:
        """What can be painted with; nothing for a model that has to be named with a picture."""
        if self.model is None:
            return ()
        if self.is_picture:
            return (Choice(self.model, picture=self.path),)
        if self.model.takes_picture:
            return ()
        return tuple(Choice(self.model, style) for style in range(len(self.model.metadata.styles)))


@dataclass(frozen=True)
class Choice:
    """A style that a user asked for.

    model:   the file that holds it
    style:   its place among the styles of that file, from 0
    picture: what to paint after, for a model that takes a picture
    made_of: the picture that the model was made to paint after, by the net for any picture
    notes:   what there is to say of the pictures that the model was made of, such as that one is cut short
    """

    model: StyleModel
    style: int = 0
    picture: Path | None = None
    made_of: Path | None = None
    notes: tuple[Note, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        if self.picture:
            before = "" if is_any_picture_net(self.model) else f"{self.model.name}_"
            return before + self.picture.stem
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


def any_picture_path() -> Path:
    """The style model that ships and paints after any picture."""
    return packaged_folder() / "any_picture.onnx"


def is_any_picture_net(model: StyleModel) -> bool:
    """Whether it is that one: its paintings have the names of their pictures, and may be learnt."""
    return model.path == any_picture_path()


def style_files_in(folder: Path) -> list[Path]:
    """Style models, then pictures, which are styles in the user's folder."""
    models = sorted(folder.glob("*.onnx"))
    if folder == packaged_folder():
        return models
    return [*models, *sorted(path for path in folder.glob("*") if path.suffix.lower() in PICTURES)]


def catalogue() -> list[Entry]:
    """All styles, sorted by name. A user's file replaces a packaged one of the same name."""
    files: dict[str, list[Path]] = {}
    for folder in (user_folder(), packaged_folder()):
        for path in style_files_in(folder):
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
    for entry in catalogue():
        if len(entry.choices) == 1:
            names.append(entry.name)
        elif entry.model:
            names += [
                f"{entry.name}:{entry.model.metadata.styles[choice.style].name}" for choice in entry.choices
            ]
    return names


def style_names_beginning(begun: str) -> list[str]:
    """Names of styles for who types one: from the files' names alone; those inside a file once its name is there."""
    file, colon, _ = begun.rpartition(":")
    if colon and (path := _model_named(file)) is not None:
        try:
            names = [f"{file}:{style.name}" for style in read_style_model(path).metadata.styles]
        except LivebrushError:
            return []
    else:
        names = sorted(
            {path.stem for folder in (user_folder(), packaged_folder()) for path in style_files_in(folder)}
        )
    return [name for name in names if name.startswith(begun)]


def _entry(name: str, paths: list[Path]) -> Entry:
    first, shadows = paths[0], tuple(paths[1:])
    try:
        model = read_style_model(first if first.suffix == ".onnx" else any_picture_path())
        return Entry(name, first, model, shadows=shadows)
    except LivebrushError as error:
        return Entry(name, first, None, str(error), shadows)


def find_style(text: str) -> Choice:
    """Find a style by its name.

    text:   a name, the path of an .onnx file or of a picture, file:style, or file:picture for another model that paints
            after any
    raises: LivebrushError for an unknown name (the message suggests close ones) or a file that breaks the contract
    """
    if (picture := picture_named(text)) is not None:
        return Choice(read_style_model(any_picture_path()), picture=picture)
    path = _model_named(text)
    if path is not None:
        return Choice(read_style_model(path))
    for colon in reversed([place for place, letter in enumerate(text) if letter == ":"]):
        if (path := _model_named(text[:colon])) is not None:
            return _inside(read_style_model(path), text[colon + 1 :])
    raise _unknown(text)


def _unknown(text: str) -> LivebrushError:
    """Why no style is found by this text."""
    path = Path(text)
    if text and path.is_dir():
        return LivebrushError(f"{text} is a folder, expected a style model or a picture", code="not_found")
    if path.suffix == ".onnx" or os.sep in text:
        what = "picture" if path.suffix.lower() in PICTURES else "style model"
        return LivebrushError(f"the {what} {text} does not exist", code="not_found")
    if path.suffix.lower() in PICTURES:
        return LivebrushError(f"the picture {text} does not exist here", code="not_found")
    names = [entry.name for entry in catalogue()]
    close = difflib.get_close_matches(text.lower(), names, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names) or 'none'}"
    return LivebrushError(f"no style is called {text!r}: {hint}", code="not_found", remedy="list_styles")


def _inside(model: StyleModel, wanted: str) -> Choice:
    """raises: LivebrushError where a model has no such style, and for a picture that is not there"""
    names = [style.name for style in model.metadata.styles]
    if model.takes_picture:
        if not Path(wanted).is_file():
            missing = f"{wanted} is none" if wanted else "none is named"
            raise LivebrushError(f"{model.name} paints after a picture, and {missing}", code="not_found")
        return Choice(model, picture=Path(wanted))
    if wanted not in names:
        holds = f"it holds {', '.join(names)}" if len(names) > 1 else f"{model.name} alone names all of it"
        raise LivebrushError(f"{model.path.name} has no style {wanted!r}: {holds}", code="not_found")
    return Choice(model, names.index(wanted))


def file_called(text: str) -> Path:
    """The file that a user means: a path that is there, or a style's or a picture's by its name.

    raises: LivebrushError for a bare name that nothing has; other paths that are not there are given back
    """
    path = Path(text)
    if path.exists() or path.with_name(f"{path.name}.index").is_file():  # checkpoints are called by a prefix
        return path
    if found := picture_named(text) or _model_named(text):
        return found
    if path.suffix or path.name != text:
        return path
    try:
        return find_style(text).model.path
    except LivebrushError as error:
        raise error.reworded(f"{text} does not exist, and {error}") from None


def picture_named(text: str) -> Path | None:
    """A picture's file, from a path or the name of one in the user's folder; None for other texts."""
    path = Path(text) if Path(text).is_file() else _named(text)
    return None if path is None or path.suffix == ".onnx" else path


def _model_named(text: str) -> Path | None:
    """A style model's file, from a path or a name."""
    if Path(text).suffix == ".onnx":
        return Path(text) if Path(text).is_file() else None
    path = _named(text)
    return path if path and path.suffix == ".onnx" else None


def _named(name: str) -> Path | None:
    """What the catalogue has under a name: the user's before what ships, a style model before a picture."""
    files = (path for folder in (user_folder(), packaged_folder()) for path in style_files_in(folder))
    return next((path for path in files if path.stem == name), None)
