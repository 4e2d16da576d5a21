"""The small pictures of results and of their originals: made once, seen by those who may, gone with what they show."""

import io
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.realtime.studio.work.studio import Client, Studio
from tests.realtime.video.clips import make_clip

CORNER = (250, 40, 10)


def turned_photo(path: Path) -> Path:
    """1600x1200 as it is shown, stored on its side; its upper left quarter has the colour of CORNER."""
    pixels = np.full((1200, 1600, 3), 90, np.uint8)
    pixels[:600, :800] = CORNER
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.fromarray(np.rot90(pixels)).save(path, quality=95, exif=exif)
    return path


def picture(client: Client, told: dict[str, Any] | None) -> np.ndarray:
    assert told
    answer = client.http.get(told["url"])
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (told["width"], told["height"])
        return np.asarray(image.convert("RGB")).astype(int)


def is_like(pixels: np.ndarray, colour: tuple[int, ...] | np.ndarray) -> bool:
    return bool(np.abs(pixels - np.asarray(colour)).max() < 24)  # JPEG and WebP keep colours about so well


def test_a_photo_and_its_painting_are_kept_small_and_upright(studio: Studio, tmp_path: Path) -> None:
    client = studio.client
    job = client.order(client.upload(turned_photo(tmp_path / "turned.jpg")), ["invert"])["id"]
    (result,) = client.until(job)["results"]
    original, thumbnail = (picture(client, result[role]) for role in ("original", "thumbnail"))
    assert original.shape == (960, 1280, 3) and thumbnail.shape == (360, 480, 3)
    assert is_like(original[20:400, 20:600], CORNER) and is_like(original[500:, 700:], (90,) * 3)
    assert is_like(thumbnail[20:160, 20:220], 255 - np.array(CORNER))
    assert result["poster"] is None
    without = result["original"]["url"].partition("?")[0]
    assert studio.anybody.http.get(result["original"]["url"]).status_code == 200  # whoever has the link
    for asker in (studio.anybody, studio.other):
        assert asker.http.get(without).status_code == 404
    assert client.http.get(without).status_code == 200
    assert client.http.get(without.replace("original", "../../../studio.db")).status_code == 404


def test_of_a_film_the_same_frame_is_kept_twice(studio: Studio, clip: Path) -> None:
    client = studio.client
    told = client.until(client.order(client.upload(clip), ["invert"])["id"])
    (result,) = told["results"]
    original, poster = (picture(client, result[role]) for role in ("original", "poster"))
    assert original.shape == poster.shape == (48, 64, 3)
    assert np.abs(255 - poster - original).mean() < 12
    assert picture(client, result["thumbnail"]).shape == (48, 64, 3)


def test_the_original_is_published_only_where_its_owner_wants_it(studio: Studio, photo: Path) -> None:
    client, everybody = studio.client, studio.anybody
    (result,) = client.until(client.order(client.upload(photo), ["invert"])["id"])["results"]
    body = {"result": result["id"], "title": "A sea"}
    hidden = client.http.post("/api/gallery", json=body).json()
    shown = client.http.post("/api/gallery", json={**body, "original": True}).json()
    assert hidden["original"] is None
    guessed = f"/api/gallery/{hidden['id']}/renditions/original"
    assert everybody.http.get(guessed).status_code == client.http.get(guessed).status_code == 404
    assert np.array_equal(picture(everybody, shown["original"]), picture(client, result["original"]))
    job = client.jobs()[0]["id"]
    client.http.delete(f"/api/jobs/{job}").raise_for_status()
    studio.work.tidy()
    assert everybody.http.get(result["original"]["url"]).status_code == 404
    picture(everybody, hidden["thumbnail"])
    picture(everybody, shown["original"])
    for item in (hidden, shown):
        client.http.delete(f"/api/gallery/{item['id']}").raise_for_status()
    kept = list(studio.work.parts.blobs.folder.glob("??/*"))
    assert len(kept) == 1  # the upload


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    from livebrush.realtime.studio.work.renditions import Wanted, make_renditions

    (tmp_path / "broken.png").write_bytes(b"no picture")
    Image.new("RGB", (64, 48)).save(tmp_path / "good.png")
    make_clip(tmp_path / "good.mp4")
    wanted = [
        Wanted("broken.png", "good.png", "picture"),
        Wanted("good.png", "broken.png", "picture"),
        Wanted("good.mp4", "", "video"),
    ]
    made = make_renditions(tmp_path, wanted, lambda: True)
    assert [(one.result, one.role) for one in made] == [
        ("good.png", "thumbnail"), ("good.mp4", "thumbnail"), ("good.mp4", "poster"),
    ]  # fmt: skip
    assert make_renditions(tmp_path, wanted, lambda: False) == []


def test_a_studio_of_before_is_taken_over(tmp_path: Path) -> None:
    from livebrush.realtime.studio.work.database import Database

    path = tmp_path / "studio.db"
    Database(path)
    with sqlite3.connect(path) as old:
        old.executescript(
            "DROP VIEW kept; DROP TRIGGER results_go; DROP TRIGGER publications_go; DROP TABLE renditions;"
            "CREATE VIEW kept AS SELECT sha256, bytes FROM files; PRAGMA user_version = 0;"
            "INSERT INTO publications VALUES ('p', 'o', 'A sea', 'sea.png', 'picture', 'abc', 7, 0);"
        )
    old.close()
    for _ in range(2):
        with Database(path).writing() as connection:
            connection.execute("INSERT OR IGNORE INTO renditions VALUES ('p', 'thumbnail', 'def', 1, 2, 3)")
            kept = {tuple(row) for row in connection.execute("SELECT sha256, bytes FROM kept")}
        assert kept == {("abc", 7), ("def", 1)}
