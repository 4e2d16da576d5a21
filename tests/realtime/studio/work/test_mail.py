"""The mail at the end of a job."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realtime.studio.work.stub_smtp import smtp_server
from tests.realtime.studio.work.studio import opened, wait_for
from tests.tiny_models import write_shrinking_model

if TYPE_CHECKING:
    from livebrush.realtime.studio.work.settings import Settings

LINK = "https://example.org/jobs/{job}?key={key}"


def mailing(settings: "Settings", port: int, attach_bytes: int = 10**7) -> "Settings":
    from livebrush.realtime.studio.work.settings import Smtp

    smtp = Smtp(
        "127.0.0.1", "studio@example.org", LINK, port=port, security="none", attach_bytes=attach_bytes
    )
    return replace(settings, smtp=smtp)


def test_a_link_and_the_result(settings: "Settings", photo: Path) -> None:
    """The server turns the first try away."""
    with smtp_server() as server, opened(mailing(settings, server.port)) as studio:
        server.refuse = 1
        client = studio.client
        job = client.order(client.upload(photo), ["invert"], email="me@example.org")
        wait_for(lambda: client.job(job["id"])["mail"] == "sent", "no mail is sent")
        (message,) = server.messages
        result = client.http.get(client.job(job["id"])["results"][0]["url"]).content
    assert (message["From"], message["To"]) == ("studio@example.org", "me@example.org")
    assert message["Subject"] == "Your painting is ready"
    body = message.get_body()
    assert body is not None
    assert LINK.format(job=job["id"], key=job["key"]) in body.get_content()
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("holiday_invert.png", "image/png")
    assert attached.get_content() == result


def test_large_results_are_not_attached(settings: "Settings", photo: Path) -> None:
    with smtp_server() as server, opened(mailing(settings, server.port, attach_bytes=100)) as studio:
        studio.client.order(studio.client.upload(photo), ["invert"], email="me@example.org")
        wait_for(lambda: server.messages, "no mail is sent")
    assert list(server.messages[0].iter_attachments()) == []


def test_a_failure_is_told(settings: "Settings", photo: Path, invert: Path) -> None:
    write_shrinking_model(invert.with_name("small.onnx"))
    with smtp_server() as server, opened(mailing(settings, server.port)) as studio:
        client = studio.client
        job = client.order(client.upload(photo), ["small"], email="me@example.org")["id"]
        wait_for(lambda: server.messages, "no mail is sent")
        error = client.job(job)["error"]
    assert server.messages[0]["Subject"] == "Your painting could not be made"
    assert error in " ".join(server.messages[0].get_content().split())


def test_a_server_that_is_away(settings: "Settings", photo: Path) -> None:
    """The painting is there all the same, and the address is forgotten."""
    with smtp_server() as server:
        port = server.port
    with opened(mailing(settings, port)) as studio:
        client = studio.client
        job = client.order(client.upload(photo), ["invert"], email="me@example.org")["id"]
        told = wait_for(lambda: t if (t := client.job(job))["mail"] == "failed" else None, "it is still sent")
        with studio.work.parts.database.reading() as connection:
            assert connection.execute("SELECT email FROM jobs").fetchone()[0] is None
    assert (told["state"], len(told["results"])) == ("done", 1)
