"""What a training is told: its files and folders, which are checked before hours of it, and all else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.writing import require_writable
from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.runs.recipe import Recipe

LEAST_PHOTOS = 50


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps what it makes: checkpoint, log, previews, TensorBoard events.

    every_steps: from one preview and checkpoint to the next
    """

    path: Path
    every_steps: int = 250

    @property
    def checkpoint(self) -> Path:
        return self.path / "last.safetensors"


@dataclass(frozen=True)
class Places:
    """The files and folders of a training of a style model, or of a texture net.

    styles:     the picture, or several for a palette; content: a folder of photos, None: those that ship, if any are
                needed; output: an .onnx file
    run_folder: for checkpoint, log and previews
    held_out:   a text file of photo names that are judged by, and never trained on
    starts:     the checkpoint or style model whose weights a painting net starts with, one for each picture; none:
                random weights
    masks:      a picture of a style photo's regions; None: they are found
    """

    styles: tuple[Path, ...]
    content: Path | None
    output: Path
    run_folder: Path
    held_out: Path | None = None
    starts: tuple[Path, ...] = ()
    masks: Path | None = None

    @property
    def style(self) -> Path:
        """The picture, where there is one."""
        return self.styles[0]

    @property
    def start_from(self) -> Path | None:
        return self.starts[0] if self.starts else None

    def check(self, *, resume: bool, overwrite: bool) -> None:
        """raises: LivebrushError for what is missing, cannot be written, or would be replaced unasked"""
        self._check_inputs()
        require_writable(self.output.absolute().parent)
        if self.output.is_dir():
            raise LivebrushError(f"the output {self.output} is a folder: name a file", code="unwritable")
        self._check_run_folder(resume)
        if self.output.exists() and not (overwrite or resume):
            raise LivebrushError(f"{self.output} exists", code="exists", remedy="overwrite")
        if self.output.suffix != ".onnx":
            raise LivebrushError(f"the output {self.output.name} must be named .onnx", code="invalid")

    def _check_inputs(self) -> None:
        if self.held_out and self.content is None:
            raise LivebrushError(
                "there is no folder of photos to hold any out of",
                code="conflict", remedy="leave_out", field="held_out",
            )  # fmt: skip
        named = {
            "style picture": self.styles,
            "checkpoint": self.starts,
            "picture of masks": (self.masks,) if self.masks else (),
        }
        for what, paths in named.items():
            for path in paths:
                if not path.is_file():
                    raise LivebrushError(f"the {what} {path} does not exist", code="not_found")
        for style in self.styles:
            read_picture(style)

    def _check_run_folder(self, resume: bool) -> None:
        folder = self.run_folder
        if folder.exists() and not folder.is_dir():
            raise LivebrushError(f"the run folder {folder} is a file: name a folder", code="unwritable")
        while not folder.exists():
            folder = folder.absolute().parent
        require_writable(folder)
        checkpoint = RunFolder(self.run_folder).checkpoint
        if resume and not checkpoint.is_file():
            raise LivebrushError(
                f"there is no checkpoint {checkpoint} to resume from",
                code="not_found", remedy="leave_out", field="resume",
            )  # fmt: skip
        if not resume and checkpoint.exists():
            raise LivebrushError(
                f"{checkpoint} holds an earlier run", code="exists", remedy="resume_or_another_run"
            )


@dataclass(frozen=True)
class Job:
    """Everything that a training of a style model was told.

    styles:        what the style model says of its pictures; their names are the styles'
    loss_networks: "builtin", "vgg19" or weight files; several fill in each other's missing layers
    download:      whether VGG19 is fetched where it is asked for and not here
    preview_every: steps from one preview and checkpoint to the next
    overwrite:     whether the style model may be replaced
    device:        "auto", "cpu" or "cuda"
    least_photos:  with fewer it is refused
    """

    recipe: Recipe
    styles: tuple[Style, ...]
    places: Places
    loss_networks: Sequence[str] = ("builtin",)
    weights_licence: str = ""
    download: bool = False
    preview_every: int = 250
    resume: bool = False
    overwrite: bool = False
    device: str = "auto"
    least_photos: int = LEAST_PHOTOS

    @property
    def title(self) -> str:
        return self.styles[0].name if len(self.styles) == 1 else self.places.output.stem
