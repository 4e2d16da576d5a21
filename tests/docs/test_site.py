"""How the site is made: what its own extensions of Sphinx do."""

from pathlib import Path

from docs.extensions.docstrings import restructured
from docs.extensions.local_files_only import remote_files


def test_arguments_become_definitions() -> None:
    docstring = ["frame:   (H, W, 3) uint8,", "         of any size", "returns: the `same` shape"]
    assert restructured(docstring) == [
        "``frame``", "    (H, W, 3) uint8,", "    of any size", "*returns*", "    the ``same`` shape", "",
    ]  # fmt: skip


def test_code_and_columns_stay_as_they_are() -> None:
    assert restructured(["Do:", "", "    a = b * c"])[2:] == [
        ".. code-block:: python",
        "",
        "    a = b * c",
        "",
    ]
    table = ["input   frames  uint8", "output  stylized  uint8"]
    assert restructured(table) == [".. code-block:: text", "", *(f"    {line}" for line in table), ""]


def test_what_would_be_markup_is_escaped() -> None:
    assert restructured(["|M| of *.jpg, name_ and a_b, `x_ | y`"]) == [
        r"\|M\| of \*.jpg, name\_ and a_b, ``x_ | y``", ""
    ]  # fmt: skip


def test_files_of_other_hosts_are_found_and_links_are_not(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<a href="https://example.org">a link</a><img src="own.png"><script src="//example.org/a.js"></script>'
        '<link rel="stylesheet" href="https://example.org/a.css">'
    )
    (tmp_path / "own.css").write_text(
        "a{background:url(own.png)} b{src:url('https://example.org/font.woff2')}"
    )
    assert sorted(remote_files(tmp_path)) == [
        "own.css: url('https://example.org/font.woff2",
        "page.html: //example.org/a.js",
        "page.html: https://example.org/a.css",
    ]
