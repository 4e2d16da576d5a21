"""Requests from other sites, under other names, without the token, or too many of them: nobody is let in."""

import pytest

from tests.realtime.studio.conftest import Studio
from tests.realtime.studio.pages import HOST, LIVE, ORIGIN

TOKEN = "an exhibition of 2026"
ELSEWHERE = "http://evil.example"


def test_the_page_is_there_with_its_headers(studio: Studio) -> None:
    answer = studio().get("/")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "data:" not in policy and "http" not in policy
    assert f"connect-src 'self' ws://{HOST}" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_refusals_have_the_headers_too(studio: Studio) -> None:
    answer = studio().get("/", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "evil.example" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "192.168.1.5:8420"]
)
def test_under_another_name_it_does_not_answer(studio: Studio, host: str) -> None:
    answer = studio().get("/api/commands", headers={"host": host, "origin": f"http://{host}"})
    assert answer.status_code == 421


@pytest.mark.parametrize("path", ["/", "/api/commands", "/page/base.css", "/api/live/x/styles"])
@pytest.mark.parametrize(
    "origin", [ELSEWHERE, "null", "https://127.0.0.1:8420", "http://127.0.0.1:9999", "http://localhost:8420"]
)
def test_no_other_origin_gets_anything(studio: Studio, path: str, origin: str) -> None:
    client = studio()
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        answer = client.request(method, path, headers={"origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_pictures_and_scripts_are_not_for_other_sites(studio: Studio) -> None:
    client = studio()
    del client.headers["origin"]
    of_another_page = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert client.get("/page/sample.jpg", headers=of_another_page).status_code == 403
    a_link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=a_link).status_code == 200
    assert client.post("/sign-in", headers=a_link).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": "none"}).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"origin": ELSEWHERE}, {"origin": "null"}, {"host": "evil.example", "origin": ELSEWHERE}]
)
def test_a_websocket_from_another_site_is_not_opened(studio: Studio, headers: dict[str, str]) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), studio().websocket_connect(LIVE, headers=headers):
        pass


def test_a_websocket_says_where_it_comes_from(studio: Studio) -> None:
    from starlette.websockets import WebSocketDisconnect

    client = studio()
    del client.headers["origin"]
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(LIVE):
        pass
    with client.websocket_connect(LIVE, headers={"origin": ORIGIN}):
        pass


def test_without_the_token_there_is_nothing(studio: Studio) -> None:
    from starlette.websockets import WebSocketDisconnect

    client = studio("0.0.0.0", TOKEN)
    assert client.get("/").headers["location"] == "/sign-in"
    for path in ("/api/commands", "/api/openapi.json", "/api/jobs", "/api/gallery", "/docs"):
        assert client.get(path).status_code == 401, path
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(LIVE):
        pass
    assert client.get("/page/base.css").status_code == 200
    assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", TOKEN, "é"])
def test_no_made_up_cookie_opens_it(studio: Studio, cookie: str) -> None:
    client = studio("0.0.0.0", TOKEN)
    answer = client.get("/api/commands", headers={b"cookie": f"livebrush_studio={cookie}".encode()})
    assert answer.status_code == 401


def test_the_token_opens_it_and_the_browser_keeps_a_cookie(studio: Studio) -> None:
    client = studio("0.0.0.0", TOKEN)
    answer = client.post("/sign-in", content=f" {TOKEN}\n")
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and TOKEN not in cookie
    assert client.get("/api/commands").status_code == 200
    with client.websocket_connect(LIVE):
        pass


def test_a_script_says_the_token_in_a_header(studio: Studio) -> None:
    client = studio("0.0.0.0", TOKEN)
    assert client.get("/api/commands", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get("/api/commands", headers={"authorization": "Bearer nonsense"}).status_code == 401


def test_guessing_is_slow(studio: Studio) -> None:
    client = studio("0.0.0.0", TOKEN)
    assert [client.post("/sign-in", content=f"guess {n}").status_code for n in range(6)] == [401] * 5 + [429]
    answer = client.post("/sign-in", content=TOKEN)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_a_long_token_is_not_read(studio: Studio) -> None:
    assert studio("0.0.0.0", TOKEN).post("/sign-in", content=b"x" * 2000).status_code == 413


def test_a_flood_is_slowed_down(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livebrush.realtime.studio.gate._REQUESTS_HZ", 0.01)
    monkeypatch.setattr("livebrush.realtime.studio.gate._REQUESTS_AT_ONCE", 5)
    client = studio()
    assert [client.get("/nothing").status_code for _ in range(7)] == [404] * 5 + [429] * 2


def test_files_of_the_machine_are_not_served(studio: Studio) -> None:
    client = studio()
    for path in (
        "/page/../app.py",
        "/page/%2e%2e/app.py",
        "/page//etc/passwd",
        "/page/..%2fapp.py",
        "/page/scripts/",
    ):
        assert client.get(path).status_code == 404, path
