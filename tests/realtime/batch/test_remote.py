"""Films and paintings in a bucket, on an S3 server of this machine."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.realtime.batch import remote
from livebrush.realtime.batch.report import BatchFailed
from tests.realtime.batch.conftest import FRAMES
from tests.realtime.video.clips import frames
from tests.realtime.workers.here import Here

s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed")
server = pytest.importorskip("moto.server", reason="moto's server is not installed")

# botocore 1.43 and aiobotocore tell of their own calls; none of ours is among them
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:botocore", "ignore::DeprecationWarning:aiobotocore"
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, footage: Path) -> Any:
    """s3fs, with the footage under bucket/footage."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem()
    if fs.exists("bucket"):
        fs.rm("bucket", recursive=True)
    fs.mkdir("bucket")
    for path in footage.rglob("*.m*"):
        fs.put_file(str(path), f"bucket/footage/{path.relative_to(footage).as_posix()}")
    return fs


def painted(fs: Any) -> list[str]:
    fs.invalidate_cache()
    return sorted(path.removeprefix("bucket/painted/") for path in fs.find("bucket/painted"))


def test_films_of_a_bucket_are_painted_into_it(
    bucket: Any, tiny_model: Path, tmp_path: Path, here: Callable[..., Here], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = livebrush.Batch("s3://bucket/footage/", "s3://bucket/painted/", str(tiny_model), device="cpu")
    assert len(made.paint().painted) == 3
    targets = ["a_invert.mp4", "b_invert.mp4", "day2/c_mkv_invert.mp4"]
    assert painted(bucket) == targets
    for target in targets:
        bucket.get_file(f"bucket/painted/{target}", str(tmp_path / "got.mp4"))
        assert len(frames(tmp_path / "got.mp4")) == FRAMES
    assert list(tmp_path.glob("livebrush-batch-*")) == []
    here()
    again = livebrush.Batch("s3://bucket/footage/", "s3://bucket/painted/", str(tiny_model), device="cpu")
    assert again.paint().done == 3


def test_on_another_machine_what_is_there_is_left_alone(
    bucket: Any, footage: Path, tiny_model: Path, own_user_folder: Path, monkeypatch: pytest.MonkeyPatch,
    here: Callable[..., Here],
) -> None:  # fmt: skip
    """The manifest is on the machine that painted; the paintings say what is done."""
    livebrush.Batch(footage / "a.mp4", "s3://bucket/painted/", str(tiny_model), device="cpu").paint()
    monkeypatch.setenv("LIVEBRUSH_HOME", str(own_user_folder.with_name("another")))
    here()
    told = livebrush.Batch(footage, "s3://bucket/painted/", str(tiny_model), device="cpu").paint()
    assert told.kept == ["a_invert.mp4"] and len(told.painted) == 2


def test_paintings_below_the_films_are_no_films(
    bucket: Any, tiny_model: Path, here: Callable[..., Here]
) -> None:
    other = tiny_model.with_name("other.onnx")
    shutil.copy(tiny_model, other)
    for output in ("/painted", ""):
        for style in (tiny_model, other):
            here()
            made = livebrush.Batch(
                "s3://bucket/footage", f"s3://bucket/footage{output}", str(style), device="cpu"
            )
            assert len(made.paint().painted) == 3
        if output:
            bucket.rm("bucket/footage/painted", recursive=True)


def test_an_estimate_of_a_bucket_asks_three_films(
    bucket: Any, footage: Path, tiny_model: Path, here: Callable[..., Here]
) -> None:
    found = livebrush.Batch(
        "s3://bucket/footage/", "s3://bucket/painted/", str(tiny_model), device="cpu"
    ).estimate()
    assert (found.paintings, found.frames) == (3, 3 * FRAMES) and found.bytes > 0 and found.seconds > 0


def test_errors_name_the_film_by_its_url(bucket: Any, tiny_model: Path) -> None:
    bucket.pipe_file("bucket/footage/a.mp4", b"no video")
    made = livebrush.Batch("s3://bucket/footage/", "s3://bucket/painted/", str(tiny_model), device="cpu")
    with pytest.raises(BatchFailed, match=r"a_invert.mp4: s3://bucket/footage/a.mp4: .*not a video"):
        made.paint()


def test_a_bucket_that_is_not_there_is_told(bucket: Any, footage: Path, tiny_model: Path) -> None:
    with pytest.raises(LivebrushError, match=r"s3://nowhere/footage"):
        livebrush.Batch("s3://nowhere/footage/", footage.parent / "p", str(tiny_model)).paint()
    with pytest.raises(LivebrushError, match="package for nosuch is missing") as told:
        livebrush.Batch("nosuch://x/footage/", footage.parent / "p", str(tiny_model)).paint()
    assert told.value.remedy == "scale_extra"


def test_what_a_killed_worker_had_fetched_goes_when_the_next_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"livebrush-batch-{2**22 + 1}-x").mkdir()  # no process has such a number
    with remote._temporary_folder() as folder:
        assert list(tmp_path.glob("livebrush-batch-*")) == [folder]
