"""Files as answers, also of what is gone when it is asked for."""

from pathlib import Path

import pytest

from livebrush.realtime.studio.work.refused import Refused
from livebrush.realtime.studio.work.sent_file import sent_file, sent_picture


def test_a_picture_is_whole_when_its_file_goes_before_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "newest.jpg"
    path.write_bytes(b"a picture")
    answer = sent_picture(path)
    path.unlink()
    assert (answer.body, answer.media_type) == (b"a picture", "image/jpeg")
    assert answer.headers["cache-control"] == "private, no-cache"


def test_what_is_gone_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(Refused) as picture:
        sent_picture(tmp_path / "newest.jpg")
    with pytest.raises(Refused) as file:
        sent_file(tmp_path / "film.mp4", "film.mp4")
    assert picture.value.status == file.value.status == 404
