"""Names that strangers gave."""

import pytest


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("holiday.png", "holiday.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("..", "file"),
        ("", "file"),
        ("a\r\nSet-Cookie: b.png", "a Set-Cookie  b.png"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("o\u0308l.png", "öl.png"),
        ("a" * 300 + ".png", "a" * 76 + ".png"),
        ("<img src=x onerror=alert(1)>.png", "img src=x onerror=alert(1) .png"),
    ],
)
def test_names(given: str, shown: str) -> None:
    from livebrush.realtime.studio.work.names import shown_name

    assert shown_name(given) == shown


def test_no_two_alike() -> None:
    from livebrush.realtime.studio.work.names import different

    names = ["a.png", "A.png", "a.png", "b", "b", "a 2.png"]
    assert different(names) == ["a.png", "A 2.png", "a 3.png", "b", "b 2", "a 2 2.png"]
