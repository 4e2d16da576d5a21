"""What workers gain on a film: every way paints it, held to its cores."""

import json
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from livebrush.realtime.benchmark.film_in_pieces import main
from tests.realtime.video.clips import Clip, make_clip

pytestmark = pytest.mark.skipif(
    not hasattr(psutil.Process, "cpu_affinity"), reason="macOS holds nothing to cores"
)


@pytest.mark.skipif(len(getattr(psutil.Process(), "cpu_affinity", list)()) < 2, reason="needs two cores")
def test_all_ways_are_measured(tmp_path: Path, tiny_model: Path) -> None:
    film = make_clip(tmp_path / "in.mkv", Clip(pts=range(0, 600, 10), options={"g": "10"}))
    result = CliRunner().invoke(
        main, [str(film), "-s", str(tiny_model), "--device", "cpu", "--rounds", "1", "--json"]
    )
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    assert [row["cores"] for row in rows] == [1, 2, 2] and rows[0]["gain"] == 1
    assert all(row["wall_s"] > 0 and row["cpu_s"] > 0 for row in rows)


def test_what_goes_wrong_is_told(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "in.mkv")
    result = CliRunner().invoke(main, [str(film), "-s", "no_such_style", "--rounds", "1"])
    assert result.exit_code and "no_such_style" in result.output
