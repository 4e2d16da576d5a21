"""The mail that tells of a job's end: a link to its page, and the results where they are small."""

import mimetypes
import smtplib
import sqlite3
import ssl
from email.message import EmailMessage

from livebrush.realtime.studio.work.blobs import Blobs
from livebrush.realtime.studio.work.database import Database
from livebrush.realtime.studio.work.settings import Smtp

TIMEOUT_S = 30.0
TRIES = 3
_SUBJECTS = {
    "done": "Your painting is ready",
    "failed": "Your painting could not be made",
    "cancelled": "Your painting was cancelled",
}


class Post:
    """Sends what is to be sent, by up to three tries; a worker that is killed just after sending sends it again."""

    def __init__(self, database: Database, blobs: Blobs, smtp: Smtp | None) -> None:
        self._database, self._blobs, self._smtp = database, blobs, smtp

    def send_next(self) -> bool:
        """The oldest that waits. False: none does."""
        with self._database.writing() as connection:
            job = connection.execute(
                "UPDATE jobs SET mail = 'sending' WHERE id = (SELECT id FROM jobs"
                " WHERE mail = 'wanted' AND state NOT IN ('queued', 'running') ORDER BY finished_s LIMIT 1) RETURNING *"
            ).fetchone()
            if job is None:
                return False
            results = connection.execute(
                "SELECT * FROM results WHERE job = ? ORDER BY place", (job["id"],)
            ).fetchall()
        self._end(job, self._sent(job, results))
        return True

    def take_up(self) -> None:
        """What was being sent by a worker that is no more waits again."""
        with self._database.writing() as connection:
            connection.execute("UPDATE jobs SET mail = 'wanted' WHERE mail = 'sending'")

    def _sent(self, job: sqlite3.Row, results: list[sqlite3.Row]) -> bool:
        if self._smtp is None:
            return False
        message = self._message(self._smtp, job, results)
        for _ in range(TRIES):
            try:
                _send(self._smtp, message)
                return True
            except (OSError, smtplib.SMTPException):
                continue
        return False

    def _end(self, job: sqlite3.Row, sent: bool) -> None:
        """The address is forgotten."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET mail = ?, email = NULL WHERE id = ?",
                ("sent" if sent else "failed", job["id"]),
            )

    def _message(self, smtp: Smtp, job: sqlite3.Row, results: list[sqlite3.Row]) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = smtp.sender, job["email"]
        message["Subject"] = _SUBJECTS[job["state"]]
        lines = [f"{_SUBJECTS[job['state']]}.", *([job["error"]] if job["error"] else [])]
        message.set_content("\n\n".join([*lines, smtp.link.format(job=job["id"], key=job["key"]), ""]))
        if sum(result["bytes"] for result in results) <= smtp.attach_bytes:
            for result in results:
                kind = mimetypes.guess_type(result["name"])[0] or "application/octet-stream"
                main, sub = kind.split("/")
                content = self._blobs.path(result["sha256"]).read_bytes()
                message.add_attachment(content, maintype=main, subtype=sub, filename=result["name"])
        return message


def _send(smtp: Smtp, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    if smtp.security == "tls":
        server = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT_S)
    with server:
        if smtp.security == "starttls":
            server.starttls(context=context)
        if smtp.user:
            server.login(smtp.user, smtp.password)
        server.send_message(message)
