"""Every Python example in the README and on the pages of the site runs as it stands."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from tests.realtime.video.clips import Clip, make_clip

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def examples() -> Iterator[CodeType]:
    """Compiled with the lines that they have on their pages, so that a traceback points there."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            lines_before = "\n" * text.count("\n", 0, block.start(1))
            yield compile(lines_before + block[1], str(page), "exec")


EXAMPLES = list(examples())


def name(code: CodeType) -> str:
    """The page and the line on it."""
    return f"{Path(code.co_filename).stem}:{next(line for *_, line in code.co_lines() if line)}"


def test_the_page_has_examples() -> None:
    assert sum(Path(code.co_filename).name == "python.md" for code in EXAMPLES) >= 8


@pytest.mark.parametrize("code", EXAMPLES, ids=name)
def test_it_runs(code: CodeType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clip(tmp_path / "clip.mp4", Clip(pts=range(8)))
    shutil.copy(ROOT / "examples" / "photos" / "face.jpg", tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec(code, {"__name__": "__main__"})
