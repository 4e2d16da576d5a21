"""The files of the page: small, all there, nothing from elsewhere, nothing that the content policy forbids."""

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from livebrush.realtime.live.commands import COMMANDS

PAGE = Path(__file__).parents[3] / "realtime" / "studio" / "page"
FILES = sorted(path for path in PAGE.rglob("*") if path.is_file())
TEXTS = [path for path in FILES if path.suffix in (".html", ".css", ".js", ".svg")]
MOST_BYTES = 300_000


def name(path: Path) -> str:
    return path.relative_to(PAGE).as_posix()


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, str]] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.inside.append((self._open, data))


def test_the_wheel_has_every_file() -> None:
    """As many levels as package-data names."""
    packaged = tomllib.loads((PAGE.parents[2] / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"][
        "package-data"
    ]
    found = {path for pattern in packaged["livebrush.realtime.studio"] for path in PAGE.parent.glob(pattern)}
    assert set(FILES) <= found


def test_the_page_is_light() -> None:
    assert sum(path.stat().st_size for path in FILES) < MOST_BYTES


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text)
    assert "@import" not in text and "eval(" not in text and "innerHTML" not in text


@pytest.mark.parametrize("path", [path for path in TEXTS if path.suffix == ".html"], ids=name)
def test_nothing_is_written_into_the_page_itself(path: Path) -> None:
    page = Tags(path.read_text("utf-8"))
    for tag, attributes in page.tags:
        assert "style" not in attributes and not any(key.startswith("on") for key in attributes), tag
        assert tag != "style" and (tag != "script" or attributes.get("src"))
    assert not [text for tag, text in page.inside if tag in ("script", "style")]


@pytest.mark.parametrize("path", [path for path in TEXTS if path.suffix == ".html"], ids=name)
def test_ids_are_unique_and_labels_find_their_fields(path: Path) -> None:
    tags = Tags(path.read_text("utf-8")).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in tags:
        for key in ("for", "aria-labelledby"):
            assert attributes.get(key) is None or attributes[key] in ids


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_every_file_that_is_named_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    named = re.findall(r"/page/([\w./-]+\.\w+)", text)
    assert all((PAGE / one).is_file() for one in named)
    imported = re.findall(r"""(?:from|import\()\s*"(\.[^"]+)\"""", text)
    assert all((path.parent / one).is_file() for one in imported)
    symbols = re.findall(r'<symbol id="([\w-]+)"', (PAGE / "icons" / "icons.svg").read_text("utf-8"))
    assert set(re.findall(r"icons\.svg#([\w-]+)", text)) <= set(symbols)


def test_what_the_page_does_itself_are_commands_of_the_table() -> None:
    script = (PAGE / "scripts" / "live" / "live.js").read_text("utf-8")
    table = re.search(r"const HERE = \{(.*?)\n\};", script, re.DOTALL)
    assert table
    assert set(re.findall(r"^  (\w+):", table[1], re.MULTILINE)) <= set(COMMANDS)


def test_the_page_asks_for_what_the_window_has() -> None:
    """Each switch of the panel is the name of a command."""
    switches = re.search(
        r"const SWITCHES = (\[.*?\]);", (PAGE / "scripts" / "live" / "panel.js").read_text("utf-8")
    )
    assert switches
    assert set(json.loads(switches[1])) <= set(COMMANDS)
