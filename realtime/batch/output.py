"""Where the paintings of a batch go: a folder, or a URL; and where the batch keeps what it knows of them."""

import hashlib
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.user_data import user_data_folder
from livebrush.models.writing import require_writable
from livebrush.realtime.batch.footage import Shard
from livebrush.realtime.batch.remote import is_remote, sizes_under


class Output:
    """The output of a batch.

    name: a folder, which is made where only its parent exists, or a URL
    raises: LivebrushError where it cannot be written to

    manifest: the file of its manifest; report: that of its report. They lie hidden in the folder itself. A bucket
        cannot hold a table that changes: for URLs they lie in the user's data folder of this machine.
    """

    def __init__(self, name: str, shard: Shard | None = None) -> None:
        self.is_remote = is_remote(name)
        self.name = name.rstrip("/") if self.is_remote else str(Path(name).absolute())
        part = f"batch-{shard.number}-of-{shard.of}" if shard else "batch"
        self.manifest = self._state_folder() / f"{part}.sqlite"
        self.report = self.manifest.with_suffix(".json")
        self._sizes: dict[str, int] = {}

    def prepare(self) -> None:
        """Makes the folder. raises: LivebrushError where it cannot be written to"""
        if self.is_remote:
            return
        folder = Path(self.name)
        if folder.exists():
            require_writable(folder)
            return
        require_writable(folder.parent)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise LivebrushError(f"{folder}: cannot be made ({error.strerror})", code="unwritable") from error

    def place(self, target: str) -> str:
        """The path or URL of a painting. target: its name below the output"""
        return f"{self.name}/{target}" if self.is_remote else str(Path(self.name, target))

    def look(self) -> None:
        """Lists what is under a URL, which is asked once and not for each painting.

        raises: LivebrushError where it cannot be reached
        """
        if self.is_remote:
            self._sizes = sizes_under(self.name)

    def size_of(self, target: str) -> int | None:
        """Bytes of a painting that is there; None where it is not. Of a URL when it was last looked at."""
        if self.is_remote:
            return self._sizes.get(target)
        try:
            return Path(self.name, target).stat().st_size
        except OSError:
            return None

    def _state_folder(self) -> Path:
        if self.is_remote:
            return user_data_folder() / "batch" / hashlib.sha256(self.name.encode()).hexdigest()[:16]
        return Path(self.name, ".livebrush")
