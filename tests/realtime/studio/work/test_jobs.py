"""Jobs: ordered, painted by the public commands, looked at, downloaded, cancelled; for their owner alone."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.realtime.studio.work.studio import Client, Studio, opened, wait_for
from tests.realtime.video.clips import Clip, make_clip
from tests.tiny_models import write_endless_model, write_shrinking_model, write_tiny_model

if TYPE_CHECKING:
    from livebrush.realtime.studio.work.settings import Settings


def fetched(client: Client, result: dict[str, Any]) -> bytes:
    return client.http.get(result["url"]).raise_for_status().content


def test_a_photo_and_a_video_in_two_styles(studio: Studio, photo: Path, clip: Path, tmp_path: Path) -> None:
    client = studio.client
    picture, video = client.upload(photo, clip)
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "sunset.png")
    (style,) = client.upload(tmp_path / "sunset.png")
    ordered = client.order([picture, video], ["invert", style])
    assert (ordered["state"], ordered["position"], ordered["of"]) == ("queued", 1, 2 * (1 + 25))
    job = client.until(ordered["id"])
    assert (job["state"], job["done"], job["error"]) == ("done", job["of"], None)
    assert [(result["name"], result["kind"]) for result in job["results"]] == [
        ("holiday_invert.png", "picture"), ("beach_invert.mp4", "video"),
        ("holiday_sunset.png", "picture"), ("beach_sunset.mp4", "video"),
    ]  # fmt: skip
    inverted, film, orange, _ = (fetched(client, result) for result in job["results"])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(inverted))), 255 - np.asarray(Image.open(photo)))
    assert Image.open(io.BytesIO(orange)).size == (64, 48)
    with av.open(io.BytesIO(film), "r") as container:
        assert sum(1 for _ in container.decode(video=0)) == 25
    assert [len(content) for content in (inverted, film, orange)] == [
        result["bytes"] for result in job["results"][:3]
    ]
    assert list((studio.work.settings.folder / "jobs").iterdir()) == []


def test_results_are_shown_downloaded_and_sought_in(studio: Studio, clip: Path) -> None:
    client = studio.client
    job = client.until(client.order(client.upload(clip), ["invert"])["id"])
    (result,) = job["results"]
    whole = client.http.get(result["url"])
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-disposition"].startswith("inline")
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.http.get(result["url"], headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    saved = client.http.get(result["url"] + "&download=true")
    assert saved.headers["content-disposition"] == 'attachment; filename="beach_invert.mp4"'


def test_all_results_as_a_zip(studio: Studio, photo: Path) -> None:
    client = studio.client
    same_names = client.upload(photo, photo)
    job = client.until(client.order(same_names, ["invert"])["id"])
    answer = studio.anybody.http.get(f"/api/jobs/{job['id']}/zip?key={job['key']}")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["holiday_invert.png", "holiday_invert 2.png"]
        assert archive.read("holiday_invert.png") == fetched(client, job["results"][0])


def test_events(studio: Studio, photo: Path, clip: Path) -> None:
    client = studio.client
    ordered = client.order(client.upload(photo, clip), ["invert"])
    address = f"/api/jobs/{ordered['id']}/events?key={ordered['key']}"
    with studio.anybody.http.stream("GET", address) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    told = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert [told[0]["state"], told[-1]["state"]] == ["queued", "done"]
    assert [job["done"] for job in told] == sorted(job["done"] for job in told)
    assert told[-1] == client.job(ordered["id"])
    assert len(told) > 2


def test_a_preview_while_it_is_painted(studio: Studio, photo: Path, invert: Path) -> None:
    client = studio.client
    write_endless_model(invert.with_name("endless.onnx"))
    job = client.order(client.upload(photo), ["invert", "endless"])["id"]
    told = wait_for(lambda: told if (told := client.job(job))["preview"] else None, "there is no preview")
    picture = studio.anybody.http.get(told["preview"])
    assert Image.open(io.BytesIO(picture.content)).size == (64, 48)
    assert (told["state"], told["done"], told["of"]) == ("running", 1, 2)


def test_a_film_shows_its_newest_frame_while_it_is_painted(studio: Studio, tmp_path: Path) -> None:
    client = studio.client
    film = make_clip(tmp_path / "film.mp4", Clip(pts=tuple(range(4000))))
    job = client.order(client.upload(film), ["invert"])["id"]
    first = wait_for(lambda: told if (told := client.job(job))["preview"] else None, "there is no preview")
    assert first["state"] == "running"
    answer = studio.anybody.http.get(first["preview"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (64, 48)
    client.http.delete(f"/api/jobs/{job}").raise_for_status()
    told = client.until(job)
    assert (told["state"], told["preview"]) == ("cancelled", None)


def test_what_belongs_to_others_is_not_there(studio: Studio, photo: Path) -> None:
    client, other = studio.client, studio.other
    (file,) = client.upload(photo)
    job = client.until(client.order([file], ["invert"])["id"])
    result = job["results"][0]
    for address in (
        f"/api/jobs/{job['id']}", f"/api/jobs/{job['id']}/events", f"/api/jobs/{job['id']}/zip",
        f"/api/jobs/{job['id']}/preview", f"/api/results/{result['id']}/{result['name']}",
    ):  # fmt: skip
        for asker in (other, studio.anybody):
            for key in ("", "?key=", "?key=guessed"):
                answer = asker.http.get(address + key)
                assert answer.status_code == 404, address
                assert set(answer.json()) == {"error"}
    assert studio.anybody.http.get(f"/api/jobs/{job['id']}?key={job['key']}").json() == job
    assert other.jobs() == []
    for asker in (other, studio.anybody):
        answer = asker.http.delete(f"/api/jobs/{job['id']}?key={job['key']}")
        assert answer.status_code in (401, 404)
    for files, styles in (([file], ["invert"]), ([], [file])):
        body = {"kind": "paint", "files": files or [file], "styles": styles}
        assert other.http.post("/api/jobs", json=body).status_code == 404
    assert client.job(job["id"]) == job


BAD_ORDERS: list[tuple[dict[str, Any], int, str]] = [
    ({"options": {"strength": 2}}, 422, "options.strength: input should be less than or equal to 1."),
    ({"options": {"strngth": 1}}, 422, "options.strngth: extra inputs are not permitted."),
    ({"options": {"only": "dogs"}}, 422, "options.only: input should be 'person' or 'other'."),
    ({"styles": []}, 422, "styles: list should have at least 1 item after validation, not 0."),
    ({"styles": ["/etc/passwd"]}, 404, "There is no such style, or it is not yours."),
    ({"styles": ["../invert.onnx"]}, 404, "There is no such style, or it is not yours."),
    ({"styles": ["invert:0.5,night:0.5"]}, 404, "There is no such style, or it is not yours."),
    ({"files": ["nothing"]}, 404, "There is no such file, or it is not yours."),
    ({"files": ["x"] * 21}, 422, "A job takes at most 20 files, got 21."),
    ({"kind": "still"}, 422, "The style of a still is an uploaded picture, got a name."),
    ({"kind": "train", "files": []}, 422, "This studio trains no styles:"),
    ({"email": "me@example.org"}, 422, "This studio sends no mail: leave the address out."),
    ({"email": "me@example.org\nBcc: all@example.org"}, 422, "email: string should match pattern"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "sentence"), BAD_ORDERS)
def test_orders_that_are_refused(
    idle_studio: Studio, photo: Path, changes: dict[str, Any], status: int, sentence: str
) -> None:
    files = idle_studio.client.upload(photo)
    order = {"kind": "paint", "files": files, "styles": ["invert"], **changes}
    answer = idle_studio.client.http.post("/api/jobs", json=order)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(sentence)
    assert idle_studio.client.jobs() == []


def test_an_order_that_is_no_json(idle_studio: Studio) -> None:
    for body, status in ((b"{", 422), (b"[]", 422), (b'{"kind": "paint"}', 422), (b" " * 10**6, 413)):
        for content in (body, iter([body])):  # whose size is told, and is not
            answer = idle_studio.client.http.post(
                "/api/jobs", content=content, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == status, answer.text
            assert set(answer.json()) == {"error"}


def test_a_video_is_no_style(idle_studio: Studio, photo: Path, clip: Path) -> None:
    picture, video = idle_studio.client.upload(photo, clip)
    body = {"kind": "paint", "files": [picture], "styles": [video]}
    answer = idle_studio.client.http.post("/api/jobs", json=body)
    assert answer.json() == {"error": "A style is taken from a picture, got the video beach.mp4."}


def test_a_job_that_fails_is_tried_twice_and_says_why(studio: Studio, photo: Path, invert: Path) -> None:
    """A good style beside it: what it painted stays."""
    client = studio.client
    write_shrinking_model(invert.with_name("small.onnx"))
    job = client.until(client.order(client.upload(photo), ["invert", "small"])["id"])
    assert job["state"] == "failed"
    assert "small" in job["error"]
    assert str(studio.work.settings.folder) not in job["error"]
    assert "in/0.png" not in job["error"]
    assert [result["name"] for result in job["results"]] == ["holiday_invert.png"]
    with studio.work.parts.database.reading() as connection:
        assert connection.execute("SELECT failures FROM jobs").fetchone()[0] == 1


def test_a_job_that_failed_once_is_done_the_second_time(studio: Studio, photo: Path, invert: Path) -> None:
    client = studio.client
    write_shrinking_model(path := invert.with_name("mended.onnx"))
    job = client.order(client.upload(photo), ["mended"])["id"]

    def failed() -> bool:
        with studio.work.parts.database.reading() as connection:
            return connection.execute("SELECT failures FROM jobs").fetchone()[0] == 1

    wait_for(failed, "it does not fail")
    write_tiny_model(path)
    assert client.until(job)["state"] == "done"


def test_cancelling_what_waits_and_what_runs(studio: Studio, photo: Path, invert: Path) -> None:
    client = studio.client
    write_endless_model(invert.with_name("endless.onnx"))
    files = client.upload(photo)
    runs, waits = client.order(files, ["invert", "endless"])["id"], client.order(files, ["invert"])["id"]
    wait_for(lambda: client.job(runs)["done"] == 1, "it paints nothing")
    assert client.job(waits)["position"] == 1
    told = client.http.delete(f"/api/jobs/{waits}").json()
    assert (told["state"], told["position"]) == ("cancelled", None)
    assert client.http.delete(f"/api/jobs/{runs}").json()["state"] == "running"
    told = client.until(runs)
    assert told["state"] == "cancelled"
    assert [result["name"] for result in told["results"]] == ["holiday_invert.png"]
    wait_for(
        lambda: not any((studio.work.settings.folder / "jobs").iterdir()), "folders of cancelled jobs stay"
    )


def test_a_video_that_is_cancelled_is_shorter_and_plays(studio: Studio, tmp_path: Path) -> None:
    client = studio.client
    film = make_clip(tmp_path / "film.mp4", Clip(pts=tuple(range(4000))))
    job = client.order(client.upload(film), ["invert"])["id"]
    wait_for(lambda: client.job(job)["done"] > 0, "it does not begin")
    client.http.delete(f"/api/jobs/{job}").raise_for_status()
    told = client.until(job)
    assert (told["state"], [result["name"] for result in told["results"]]) == (
        "cancelled",
        ["film_invert.mp4"],
    )
    with av.open(io.BytesIO(fetched(client, told["results"][0])), "r") as container:
        assert 0 < sum(1 for _ in container.decode(video=0)) < 4000


def test_a_finished_job_is_removed_with_its_results(studio: Studio, photo: Path) -> None:
    client = studio.client
    (file,) = client.upload(photo)
    job = client.until(client.order([file], ["invert"])["id"])
    client.http.delete(f"/api/files/{file}").raise_for_status()
    assert client.http.delete(f"/api/jobs/{job['id']}").status_code == 204
    assert client.http.get(job["results"][0]["url"]).status_code == 404
    assert client.jobs() == []
    assert [path for path in (studio.work.settings.folder / "blobs").rglob("*") if path.is_file()] == []


def test_a_job_keeps_what_it_was_ordered_with(idle_studio: Studio, settings: "Settings", photo: Path) -> None:
    (file,) = idle_studio.client.upload(photo)
    job = idle_studio.client.order([file], ["invert"])["id"]
    idle_studio.client.http.delete(f"/api/files/{file}").raise_for_status()
    idle_studio.work.start()
    assert idle_studio.client.until(job)["state"] == "done"


def test_the_line_is_fair(idle_studio: Studio, photo: Path) -> None:
    """Everybody's first before anybody's second."""
    client, other = idle_studio.client, idle_studio.other
    files, theirs = client.upload(photo), other.upload(photo)
    first, second, third = (client.order(files, ["invert"])["id"] for _ in range(3))
    late = other.order(theirs, ["invert"])["id"]
    assert [client.job(job)["position"] for job in (first, second, third)] == [1, 3, 4]
    assert other.job(late)["position"] == 2
    claimed = [idle_studio.work.parts.jobs.claim("nowhere 1 1.0") for _ in range(5)]
    assert [row and row["id"] for row in claimed] == [first, late, second, third, None]


def test_too_many_jobs(settings: "Settings", photo: Path) -> None:
    few = replace(settings.limits, jobs=2, all_jobs=3)
    with opened(replace(settings, limits=few), start=False) as studio:
        answers = []
        for client in (studio.client, studio.other):
            files = client.upload(photo)
            for _ in range(3):
                body = {"kind": "paint", "files": files, "styles": ["invert"]}
                answers.append(client.http.post("/api/jobs", json=body))
    assert [answer.status_code for answer in answers] == [201, 201, 429, 201, 429, 429]
    assert answers[2].json()["error"].startswith("2 of your jobs are not finished")
    assert answers[4].json()["error"].startswith("3 jobs are waiting")


def test_a_job_that_takes_too_long(settings: "Settings", photo: Path, invert: Path) -> None:
    write_endless_model(invert.with_name("endless.onnx"))
    hurried = replace(settings, limits=replace(settings.limits, job_s=3.0))
    with opened(hurried) as studio:
        job = studio.client.until(studio.client.order(studio.client.upload(photo), ["endless"])["id"])
    assert (job["state"], job["error"]) == (
        "failed",
        "It took longer than the 3 seconds that a job may take.",
    )
