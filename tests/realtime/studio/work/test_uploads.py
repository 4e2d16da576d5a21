"""Uploads: what is taken, and what is refused without harm."""

import io
import os
import shutil
import socket
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.realtime.studio.work.studio import OWNER, Client, Studio, opened, wait_for
from tests.realtime.video.clips import Clip, make_clip

if TYPE_CHECKING:
    from livebrush.realtime.studio.work.settings import Settings

MB = 10**6


def send(client: Client, name: str, content: bytes) -> tuple[int, dict[str, Any]]:
    answer = client.http.post("/api/files", files={"file": (name, content)})
    return answer.status_code, answer.json()


def left_behind(studio: Studio) -> list[Path]:
    folder = studio.work.settings.folder
    return [path for name in ("incoming", "blobs") for path in (folder / name).rglob("*") if path.is_file()]


def test_a_picture_and_a_video(idle_studio: Studio, photo: Path, clip: Path) -> None:
    files = [("a", (path.name, path.read_bytes())) for path in (photo, clip)]
    told = idle_studio.client.http.post("/api/files", files=files).json()
    assert told["refused"] == []
    picture, video = told["files"]
    assert picture == {
        "id": picture["id"], "name": "holiday.png", "kind": "picture", "width": 64, "height": 48, "seconds": 0,
        "bytes": photo.stat().st_size,
    }  # fmt: skip
    assert video == {
        "id": video["id"], "name": "beach.mp4", "kind": "video", "width": 64, "height": 48, "seconds": 1.0,
        "bytes": clip.stat().st_size,
    }  # fmt: skip
    assert idle_studio.client.http.get("/api/files").json() == {"files": [video, picture]}
    assert sorted(path.read_bytes() for path in left_behind(idle_studio)) == sorted(
        [photo.read_bytes(), clip.read_bytes()]
    )


def test_sizes_as_they_are_shown(idle_studio: Studio, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 48)).save(tmp_path / "turned.jpg", exif=exif)
    make_clip(tmp_path / "turned.mp4", Clip(rotation=90))
    for name in ("turned.jpg", "turned.mp4"):
        _, told = send(idle_studio.client, name, (tmp_path / name).read_bytes())
        assert (told["files"][0]["width"], told["files"][0]["height"]) == (48, 64)


def test_a_gif_is_a_video_where_it_moves(idle_studio: Studio) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    for count, kind in ((1, "picture"), (3, "video")):
        content = io.BytesIO()
        frames[0].save(content, "GIF", save_all=True, append_images=frames[1:count], duration=100)
        _, told = send(idle_studio.client, "a.gif", content.getvalue())
        assert told["files"][0]["kind"] == kind


def test_kinds_of_pictures(studio: Studio) -> None:
    """Under names that say nothing; each is painted, too."""
    heif = pytest.importorskip("pillow_heif", reason="the heif extra is not installed")
    heif.register_heif_opener()
    files = []
    for kind in ("JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"):
        content = io.BytesIO()
        Image.new("RGB", (64, 48), "navy").save(content, kind)
        files.append(("file", (kind, content.getvalue())))
    told = studio.client.http.post("/api/files", files=files).json()
    assert told["refused"] == []
    assert [(file["kind"], file["width"]) for file in told["files"]] == [("picture", 64)] * 7
    job = studio.client.order([file["id"] for file in told["files"]], ["invert"])["id"]
    done = studio.client.until(job)
    assert (done["state"], len(done["results"])) == ("done", 7)


def test_names_are_never_paths(idle_studio: Studio, photo: Path, tmp_path: Path) -> None:
    for name in ("../../../escaped.png", "..\\..\\escaped.png", "/etc/escaped.png", "C:\\escaped.png"):
        status, told = send(idle_studio.client, name, photo.read_bytes())
        assert (status, told["files"][0]["name"]) == (201, "escaped.png")
    assert not list(tmp_path.rglob("*escaped*"))


def bomb() -> bytes:
    """A PNG of 30000x30000 pixels in three megabytes, whose size is told."""
    return png(30_000, 30_000, zlib.compress(bytes(30_000 * 3 + 1) * 300, 9))


def png(width: int, height: int, data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    told = [(b"IHDR", header), *chunks, (b"IDAT", data), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in told
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def zip_of_death() -> bytes:
    content = bytes(10 * MB)
    for _ in range(3):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(10):
                archive.writestr(str(number), content)
        content = packed.getvalue()
    return content


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
NOISE = np.random.default_rng(0).bytes(5000)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("bomb.png", bomb(), 413),
        ("death.zip", zip_of_death(), 415),
        ("death.png", zip_of_death(), 415),
        ("list.m3u8", PLAYLIST, 415),
        ("list.mp4", PLAYLIST, 415),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", 415),
        ("drawing.svg", SVG, 415),
        ("page.ps", b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n", 415),
        ("text.png", b"no picture", 415),
        ("empty.png", b"", 415),
        ("noise.mp4", b"\0\0\0\x20ftypisom" + NOISE, 422),
        ("noise.png", b"\x89PNG\r\n\x1a\n" + NOISE, 415),
    ],
)  # fmt: skip
def test_what_is_refused(idle_studio: Studio, name: str, content: bytes, status: int) -> None:
    got, told = send(idle_studio.client, name, content)
    assert got == status, told
    assert told["error"].startswith(f"{name}: it ")
    assert told["error"].endswith(".")
    assert left_behind(idle_studio) == []


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "mp4", "mkv"])
def test_files_cut_short(idle_studio: Studio, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"whole.{suffix}"
    if suffix in ("mp4", "mkv"):
        make_clip(path)
        cut = 300
    else:
        pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        cut = path.stat().st_size // 2
    status, told = send(idle_studio.client, path.name, path.read_bytes()[:cut])
    assert status in (415, 422), told
    assert left_behind(idle_studio) == []


def test_a_decoder_has_a_bounded_memory(settings: "Settings") -> None:
    """A bomb within the limit of pixels: the process that decodes it ends, and no other."""
    if not hasattr(os, "fork") or not Path("/proc").exists():
        pytest.skip("memory is bounded on Linux only")
    wide = replace(settings.limits, picture_pixels=10**10, decoder_bytes=200 * MB)
    with opened(replace(settings, limits=wide), start=False) as studio:
        status, told = send(studio.client, "bomb.png", bomb())
        assert status in (413, 422)
        assert "memory" in told["error"]
        assert left_behind(studio) == []


def test_texts_of_a_picture_are_bounded(idle_studio: Studio) -> None:
    """A text of 500 MB packed into half of one."""
    text = (b"zTXt", b"title\0\0" + zlib.compress(bytes(500 * MB), 9))
    status, told = send(idle_studio.client, "text.png", png(1, 1, zlib.compress(b"\0\0\0\0"), text))
    assert (status, left_behind(idle_studio)) == (422, []), told


def test_limits_of_videos(settings: "Settings", tmp_path: Path) -> None:
    long = make_clip(tmp_path / "long.mp4", Clip(pts=tuple(range(0, 100, 4)), time_base=Fraction(1, 25)))
    large = make_clip(tmp_path / "large.mp4", Clip(width=128, height=96))
    short = replace(settings.limits, seconds=2.0, video_pixels=100 * 100)
    with opened(replace(settings, limits=short), start=False) as studio:
        for path, sentence in (
            (long, "long.mp4: it is longer than the 2 seconds that are taken: cut it."),
            (large, "large.mp4: it has 128x96 pixels, at most 0.01 million are taken: scale it down."),
        ):
            assert send(studio.client, path.name, path.read_bytes()) == (
                413,
                {
                    "error": sentence,
                    "refused": [{"name": path.name, "error": sentence, "status": 413}],
                },
            )


def pieces(size: int) -> Iterator[bytes]:
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="large.mp4"\r\n\r\n'
    yield head
    for _ in range(size // MB):
        yield bytes(MB)
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("told", [True, False])
def test_200_megabytes(idle_studio: Studio, told: bool) -> None:
    """Refused with a sentence that arrives, whether or not the size is told before, and never in memory."""
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    if told:
        headers["Content-Length"] = str(sum(map(len, pieces(200 * MB))))
    before = psutil.Process().memory_info().rss
    answer = idle_studio.client.http.post("/api/files", content=pieces(200 * MB), headers=headers)
    assert answer.status_code == 413
    assert answer.json() == {"error": "large.mp4 is larger than the 128 MB that are taken."}
    assert psutil.Process().memory_info().rss - before < 60 * MB
    assert left_behind(idle_studio) == []


def test_a_body_that_tells_too_much_is_not_stored(settings: "Settings") -> None:
    small = replace(settings.limits, file_bytes=1 * MB, files=1)
    with opened(replace(settings, limits=small), start=False) as studio:
        headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(5 * MB + 100)}
        headers["Content-Length"] = str(sum(map(len, pieces(5 * MB))))
        answer = studio.client.http.post("/api/files", content=pieces(5 * MB), headers=headers)
        assert (answer.status_code, left_behind(studio)) == (413, [])


def test_too_many_files(settings: "Settings", photo: Path) -> None:
    with opened(replace(settings, limits=replace(settings.limits, files=2)), start=False) as studio:
        files = [("f", ("a.png", photo.read_bytes()))] * 3
        answer = studio.client.http.post("/api/files", files=files)
        assert (answer.status_code, answer.json()) == (
            413,
            {"error": "More than 2 files at once: send fewer."},
        )
        assert left_behind(studio) == []


def test_an_upload_that_is_left(idle_studio: Studio) -> None:
    incoming = idle_studio.work.settings.folder / "incoming"
    with socket.create_connection(("127.0.0.1", idle_studio.port)) as connection:
        connection.sendall(
            b"POST /api/files HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b"X-Livebrush-Owner: " + OWNER.encode() + b"\r\nContent-Length: 1000000\r\n\r\n"
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n' + bytes(100_000)
        )
        wait_for(lambda: any(incoming.iterdir()), "nothing arrives")
    wait_for(lambda: not any(incoming.iterdir()), "half of a file is left")
    assert left_behind(idle_studio) == []
    assert idle_studio.client.http.get("/api/files").json() == {"files": []}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"nonsense", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n", "multipart/form-data; boundary=b", 400),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n\r\n", "multipart/form-data", 415),
        (b"{}", "application/json", 415),
    ],
)
def test_bodies_that_are_no_upload(idle_studio: Studio, body: bytes, kind: str, status: int) -> None:
    answer = idle_studio.client.http.post("/api/files", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}


def test_a_full_disk(idle_studio: Studio, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    from livebrush.realtime.studio.work import incoming

    with monkeypatch.context() as patch:
        patch.setattr(incoming.Incoming, "write", full)
        status, told = send(idle_studio.client, "a.png", photo.read_bytes())
        assert (status, told["error"][:29]) == (507, "The studio's storage is full:")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
        assert send(idle_studio.client, "a.png", photo.read_bytes())[0] == 507
        status, told = send(
            idle_studio.client, "a.png", bytes(20 * MB)
        )  # more than fits into buffers on the way
        assert (status, set(told)) == (507, {"error"})
    assert left_behind(idle_studio) == []
    assert send(idle_studio.client, "a.png", photo.read_bytes())[0] == 201


def test_files_of_others(idle_studio: Studio, photo: Path) -> None:
    (file,) = idle_studio.client.upload(photo)
    assert idle_studio.other.http.get("/api/files").json() == {"files": []}
    assert idle_studio.other.http.delete(f"/api/files/{file}").status_code == 404
    assert idle_studio.anybody.http.get("/api/files").status_code == 401
    assert idle_studio.client.http.delete(f"/api/files/{file}").status_code == 204
    assert idle_studio.client.http.delete(f"/api/files/{file}").status_code == 404
    assert left_behind(idle_studio) == []


def test_a_secret_that_could_be_guessed(idle_studio: Studio) -> None:
    answer = idle_studio.anybody.http.get("/api/files", headers={"X-Livebrush-Owner": "me"})
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "X-Livebrush-Owner has 2 characters, expected 20 to 200."},
    )
