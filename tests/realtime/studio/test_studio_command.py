"""`livebrush studio` as a program: it says where it is, refuses what is not safe, and ends when it is told."""

import json
import socket
import struct
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

from livebrush.realtime.cli import run
from tests.realtime.studio.running import running
from tests.tiny_models import write_tiny_model

pytest.importorskip("fastapi", reason="the studio extra is not installed")


def refusal(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> str:
    assert run(["studio", "--no-browser", *arguments]) != 0
    said = capsys.readouterr().err.strip()
    assert "Traceback" not in said
    return said


def test_a_taken_port_is_said_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(capsys, ["--port", str(port)])
    assert (
        said.startswith(f"livebrush: 127.0.0.1:{port} cannot be used") and "take another with --port" in said
    )
    assert "\n" not in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--host", "0.0.0.0"], "they must know a token: give one with --token"),
        (["--host", "0.0.0.0", "--token", "short"], "has 5 characters"),
        (["--host", "no.such.host.invalid", "--token", "a long token it is"], "there is no host"),
        (["--host", "203.0.113.9", "--token", "a long token it is"], "cannot be used"),
        (["--smtp", "mail.example.org"], "--smtp expects"),
    ],
)
def test_what_is_not_safe_or_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert why in refusal(capsys, ["--port", "0", *arguments])


def test_a_certificate_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("nothing")
    assert "cert.pem and cert.pem are no certificate and its key" in refusal(
        capsys, ["--tls", str(file), str(file)]
    )


def test_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    sync = pytest.importorskip("websockets.sync.client", reason="the studio extra is not installed")
    style = tmp_path / "invert.onnx"
    write_tiny_model(style)
    with running(tmp_path / "home", "-s", str(style), "--only-these", "--live-only") as (address, program):
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200 and "server" not in answer.headers
        with urllib.request.urlopen(f"{address}api/commands") as answer:
            assert json.load(answer)
        where = f"ws://{address.split('/')[2]}/api/live"
        with sync.connect(where, origin=address.rstrip("/"), compression="deflate") as live:
            assert "sec-websocket-extensions" not in live.response.headers
            while json.loads(live.recv())["event"] != "hello":
                pass
            # Of a message too big only its head is sent: with the rest of it unread, a refusal may never arrive.
            live.socket.sendall(struct.pack("!BBQ4x", 0x82, 0xFF, 3_000_000))
            with pytest.raises(Exception, match=r"1009|too big"):
                for _ in range(1000):
                    live.recv(timeout=30)
    assert program.returncode == 130
    assert (tmp_path / "home" / "studio.log").read_text().rstrip().endswith("livebrush: stopped")


@pytest.mark.parametrize(
    ("options", "trains"), [([], False), (["--train"], True), (["--content", "."], True)]
)
def test_visitors_train_styles_where_the_owner_says_so(
    tmp_path: Path, options: list[str], trains: bool
) -> None:
    pytest.importorskip("huey", reason="the studio extra is not installed")
    style = tmp_path / "invert.onnx"
    write_tiny_model(style)
    with (
        running(tmp_path / "home", "-s", str(style), "--only-these", *options) as (address, _),
        urllib.request.urlopen(f"{address}api/limits") as answer,
    ):
        assert json.load(answer)["trains"] is trains


def test_a_folder_that_another_studio_works_in_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("huey", reason="the studio extra is not installed")
    from livebrush.realtime.studio.work.settings import Settings
    from livebrush.realtime.studio.work.work import Work

    folder = tmp_path / "kept"
    work = Work(Settings(folder), "the studio at http://127.0.0.1:8420/")
    try:
        said = refusal(capsys, ["--port", "0", "--folder", str(folder)])
    finally:
        work.close()
    assert said.startswith(f"livebrush: {folder} is in use by the studio at http://127.0.0.1:8420/, process ")
    assert said.endswith("end that one, or take another folder") and "\n" not in said
    Work(Settings(folder)).close()


def test_others_are_told_where_to_find_it() -> None:
    from livebrush.realtime.studio.access import access_for
    from livebrush.realtime.studio.server import address_of, addresses_for_others, first_address

    access = access_for("0.0.0.0", token="a token & more")
    for address in addresses_for_others(access, "0.0.0.0", 8420):
        assert address.startswith("http://") and address.endswith(":8420/") and "//127." not in address
    assert addresses_for_others(access, "192.168.1.5", 8420) == []
    assert (
        first_address(access, "http://10.0.0.7:1/")
        == "http://10.0.0.7:1/sign-in#token=a%20token%20%26%20more"
    )
    assert address_of(access, "::", 8420) == "http://[::1]:8420/"


def test_a_token_is_made_and_brought_along_where_only_browsers_see_it(tmp_path: Path) -> None:
    style = tmp_path / "invert.onnx"
    write_tiny_model(style)
    options = ("--host", "127.0.0.2", "--token", "-s", str(style), "--only-these", "--live-only")
    with running(tmp_path / "home", *options) as (address, _):
        where, _, token = address.partition("#token=")
        assert where.endswith("/sign-in") and len(token) >= 16
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(where.replace("/sign-in", "/api/commands"))
        request = urllib.request.Request(where, data=token.encode())
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 204 and "HttpOnly" in answer.headers["set-cookie"]
