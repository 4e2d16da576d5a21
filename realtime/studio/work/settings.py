"""What the owner of a studio decides about its work; handed to the worker processes as JSON."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

MEGABYTE = 10**6
DAY_S = 86400.0


@dataclass(frozen=True)
class Limits:
    """What is taken from strangers.

    file_bytes:      of one upload
    files:           in one request, and in one job
    picture_pixels:  of an uploaded picture; video_pixels: of a frame of an uploaded video
    seconds:         of an uploaded video
    jobs:            of one owner that are not finished; all_jobs: of all owners together
    styles:          in one job
    decoder_bytes:   memory that looking at an upload may take beside the program itself
    decoder_s:       time that it may take
    job_s:           time that one command of a job may take
    """

    file_bytes: int = 128 * MEGABYTE
    files: int = 20
    picture_pixels: int = 40 * MEGABYTE
    video_pixels: int = 3840 * 2160
    seconds: float = 180.0
    jobs: int = 100
    all_jobs: int = 1000
    styles: int = 20
    decoder_bytes: int = 1000 * MEGABYTE
    decoder_s: float = 30.0
    job_s: float = DAY_S


@dataclass(frozen=True)
class Keep:
    """How long and how much is kept.

    uploads_s:   after an upload; results_s: after the end of a job. What is published stays until its owner deletes it
    quota_bytes: of all uploads, results and publications; the oldest unpublished results go first
    spare_bytes: of the disk that uploads leave free
    """

    uploads_s: float = DAY_S
    results_s: float = 30 * DAY_S
    quota_bytes: int = 20_000 * MEGABYTE
    spare_bytes: int = 500 * MEGABYTE


@dataclass(frozen=True)
class Smtp:
    """The server that takes mail.

    security:     "starttls", "tls" or "none"
    link:         of a job's page, with {job} and {key} in it: https://example.org/jobs/{job}?key={key}
    attach_bytes: results up to this sum are attached
    """

    host: str
    sender: str
    link: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    attach_bytes: int = 10 * MEGABYTE


@dataclass(frozen=True)
class Settings:
    """A studio's work.

    folder:       where everything is kept
    queue:        "sqlite" in the folder, or an address: redis://host:6379/0
    jobs_at_once: worker processes
    trains:       whether visitors may have styles trained
    content:      a folder of photos to train them on; None: those that ship
    device:       what nets run on, as `--device` of the commands
    smtp:         None: no mail is sent
    """

    folder: Path
    limits: Limits = Limits()
    keep: Keep = Keep()
    queue: str = "sqlite"
    jobs_at_once: int = 1
    trains: bool = False
    content: Path | None = None
    device: str = "auto"
    smtp: Smtp | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        told: dict[str, Any] = json.loads(text)
        return cls(
            **{
                **told,
                "folder": Path(told["folder"]),
                "limits": Limits(**told["limits"]),
                "keep": Keep(**told["keep"]),
                "content": Path(told["content"]) if told["content"] else None,
                "smtp": Smtp(**told["smtp"]) if told["smtp"] else None,
            }
        )
