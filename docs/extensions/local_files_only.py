"""Ends the build with an error where a page would load anything from another host."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "link": "href"}
REMOTE = re.compile(r"(?i)^\s*(https?:)?//")
IN_STYLES = re.compile(r"(?i)(?:@import\s+|url\(\s*)[\"']?\s*(?:https?:)?//[^\s\"')]+")


class _Loads(HTMLParser):
    """Collects the addresses of what a browser loads with a page; links to follow are none of these."""

    def __init__(self) -> None:
        super().__init__()
        self.remote: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get(LOADED.get(tag, "")) or ""
        if REMOTE.match(address) and values.get("rel") not in ("canonical", "license"):
            self.remote.append(address)


def setup(app: "Sphinx") -> dict[str, bool]:
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True}


def _check(app: "Sphinx", exception: Exception | None) -> None:
    from sphinx.errors import ExtensionError

    found = [] if exception or app.builder.format != "html" else remote_files(Path(app.outdir))
    if found:
        raise ExtensionError("pages load files from other hosts: " + "; ".join(found))


def remote_files(folder: Path) -> list[str]:
    """What the pages and style sheets in a folder load from other hosts, as "page: address"."""
    found: list[str] = []
    for page in folder.rglob("*.html"):
        loads = _Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        found += [f"{page.name}: {address}" for address in loads.remote]
    for sheet in folder.rglob("*.css"):
        found += [f"{sheet.name}: {it}" for it in IN_STYLES.findall(sheet.read_text(encoding="utf-8"))]
    return found
