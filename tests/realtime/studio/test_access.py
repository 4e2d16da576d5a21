"""Who may come in, before anything is asked."""

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.studio.access import access_for, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    assert access_for(host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "studio.example.org"])
def test_others_need_one(host: str) -> None:
    with pytest.raises(LivebrushError, match="must know a token") as caught:
        access_for(host)
    assert caught.value.remedy == "token"


def test_a_short_token_is_refused() -> None:
    with pytest.raises(LivebrushError, match="has 5 characters"):
        access_for("0.0.0.0", token="12345")


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost", "LOCALHOST:1", "[::1]:8420"])
def test_on_this_machine_it_answers_to_its_own_names(host: str) -> None:
    assert access_for("127.0.0.1").answers_to(host)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:8420", "127.0.0.1.evil.example", "10.0.0.1", "[::2]"]
)
def test_and_to_no_others(host: str) -> None:
    assert not access_for("127.0.0.1").answers_to(host)


def test_in_a_network_it_answers_to_addresses_and_to_names_that_were_given() -> None:
    access = access_for("0.0.0.0", ("Studio.example.org",), "a long token it is")
    assert access.answers_to("192.168.1.5:8420")
    assert access.answers_to("studio.example.org")
    assert not access.answers_to("evil.example")


def test_the_cookie_is_not_the_token() -> None:
    access = access_for("0.0.0.0", token="a long token it is")
    assert access.is_token("a long token it is")
    assert not access.is_token("a long token it iz")
    assert not access.is_token("é")
    assert access.is_cookie(access.cookie)
    assert not access.is_cookie("a long token it is")
    assert "token" not in access.cookie
