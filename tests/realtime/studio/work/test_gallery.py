"""The gallery: for everybody to look at, for its owners to change."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realtime.studio.work.studio import Studio, opened

PAGE = Path(__file__).parents[4] / "realtime" / "studio" / "page"

if TYPE_CHECKING:
    from livebrush.realtime.studio.work.settings import Settings


def painted(studio: Studio, photo: Path) -> dict:
    client = studio.client
    return client.until(client.order(client.upload(photo), ["invert"])["id"])["results"][0]


def test_publishing_and_deleting(studio: Studio, photo: Path) -> None:
    result = painted(studio, photo)
    for asker, status in ((studio.anybody, 401), (studio.other, 404)):
        answer = asker.http.post("/api/gallery", json={"result": result["id"], "title": "Mine"})
        assert answer.status_code == status
    body = {"result": result["id"], "title": "  <b>Sea</b>\r\n at night \u202e"}
    answer = studio.client.http.post("/api/gallery", json=body)
    assert answer.status_code == 201
    item = answer.json()
    assert (item["title"], item["kind"], item["mine"]) == ("<b>Sea</b> at night", "picture", True)
    page = studio.anybody.http.get("/api/gallery").json()
    assert page == {"page": 1, "pages": 1, "items": [{**item, "mine": False}]}
    assert item["thumbnail"] and item["original"] is None
    picture = studio.client.http.get(result["url"]).content
    assert studio.anybody.http.get(item["url"]).content == picture
    assert studio.other.http.delete(f"/api/gallery/{item['id']}").status_code == 404
    assert studio.client.http.delete(f"/api/gallery/{item['id']}").status_code == 204
    assert studio.anybody.http.get("/api/gallery").json()["items"] == []
    assert studio.anybody.http.get(item["url"]).status_code == 404


def test_what_is_published_stays_when_its_job_is_removed(studio: Studio, photo: Path) -> None:
    result = painted(studio, photo)
    item = studio.client.http.post("/api/gallery", json={"result": result["id"], "title": ""}).json()
    assert item["title"] == "holiday_invert"
    picture = studio.client.http.get(result["url"]).content
    (job,) = studio.client.jobs()
    studio.client.http.delete(f"/api/jobs/{job['id']}").raise_for_status()
    studio.work.tidy()
    assert studio.anybody.http.get(item["url"]).content == picture


def test_pages(studio: Studio, photo: Path) -> None:
    result = painted(studio, photo)
    for number in range(25):
        studio.client.http.post("/api/gallery", json={"result": result["id"], "title": str(number)})
    pages = [studio.anybody.http.get(f"/api/gallery?page={number}").json() for number in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [24, 1, 0]
    assert {page["pages"] for page in pages} == {2}
    told = studio.anybody.http.get("/api/gallery").content
    files = (path for path in PAGE.rglob("*") if path.is_file())
    assert len(told) + sum(path.stat().st_size for path in files) < 300_000  # beside the 24 thumbnails
    assert all(item["thumbnail"]["url"] != item["url"] for item in pages[0]["items"])
    titles = [item["title"] for page in pages for item in page["items"]]
    assert titles == [str(number) for number in reversed(range(25))]
    for number in ("0", "-1", "x"):
        assert studio.anybody.http.get(f"/api/gallery?page={number}").status_code == 422


def test_time_takes_what_is_not_published(settings: "Settings", photo: Path) -> None:
    """Results past their time go, and say so; uploads, too; the gallery stays."""
    with opened(settings) as studio:
        result = painted(studio, photo)
        item = studio.client.http.post("/api/gallery", json={"result": result["id"], "title": "Kept"}).json()
    short = replace(settings, keep=replace(settings.keep, uploads_s=0.0, results_s=0.0))
    with opened(short) as studio:
        (job,) = studio.client.jobs()
        assert (job["state"], job["results"], job["expired"]) == ("done", [], True)
        assert studio.client.http.get(result["url"]).status_code == 404
        assert studio.client.http.get("/api/files").json() == {"files": []}
        assert studio.anybody.http.get(item["url"]).status_code == 200


def test_the_quota_takes_the_oldest_first(settings: "Settings", photo: Path, tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    paths = []
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path := tmp_path / f"{number}.png")
        paths.append(path)
    size = paths[0].stat().st_size
    # each upload is deleted once it is painted: there is room for three paintings, each of which has small pictures
    # of nearly its own size, and an upload
    tight = replace(settings, keep=replace(settings.keep, quota_bytes=int(7 * size)))
    with opened(tight) as studio:
        client, jobs = studio.client, []
        for path in paths:
            (file,) = client.upload(path)
            jobs.append(client.order([file], ["invert"])["id"])
            told = client.until(jobs[-1])
            if path == paths[0]:
                body = {"result": told["results"][0]["id"], "title": "Kept"}
                client.http.post("/api/gallery", json=body).raise_for_status()
            client.http.delete(f"/api/files/{file}").raise_for_status()
        client.upload(photo.rename(tmp_path / "one.png"))
        assert [client.job(job)["expired"] for job in jobs] == [False, True, False, False]
        noise = np.random.default_rng(9).integers(0, 256, (480, 640, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "huge.png")
        files = {"f": ("huge.png", (tmp_path / "huge.png").read_bytes())}
        answer = client.http.post("/api/files", files=files)
        assert (answer.status_code, answer.json()["error"][:40]) == (
            507,
            "huge.png: the studio's storage is full: ",
        )
