"""What the server and its workers share of a studio's folder."""

from pathlib import Path

from livebrush.realtime.studio.work.blobs import Blobs
from livebrush.realtime.studio.work.database import Database
from livebrush.realtime.studio.work.jobs import Jobs
from livebrush.realtime.studio.work.mail import Post
from livebrush.realtime.studio.work.settings import Settings


class Parts:
    """The folder holds the tables, the files by their content, and a folder for each job that is not finished."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.folder.mkdir(parents=True, exist_ok=True)
        self.database = Database(settings.folder / "studio.db")
        self.blobs = Blobs(settings.folder / "blobs")
        self.jobs = Jobs(self.database, self.blobs, settings.limits, settings.keep.quota_bytes)
        self.post = Post(self.database, self.blobs, settings.smtp)
        self.job_folders = settings.folder / "jobs"
        self.job_folders.mkdir(exist_ok=True)

    def job_folder(self, job: str) -> Path:
        return self.job_folders / job
