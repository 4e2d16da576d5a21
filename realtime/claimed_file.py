"""A name that nobody else has: the empty file under which something will be written."""

from pathlib import Path

from livebrush.models.errors import LivebrushError


def claim(path: Path, wanted: Path | None = None) -> None:
    """Create the empty file.

    wanted: what the error names, where the person asked for another name than `path`

    raises: FileExistsError when there is one; LivebrushError when none can be created there
    """
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        raise
    except OSError as error:
        raise LivebrushError(
            f"{wanted or path}: cannot be written ({error.strerror}); choose another folder",
            code="unwritable",
        ) from error
