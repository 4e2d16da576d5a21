"""The comparison of a batch with a loop of the shell."""

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows does not tell the processor time of ended processes", allow_module_level=True)

from livebrush.realtime.benchmark.batch_overhead import CONTENDERS, Cost, in_turns, runs_of, table
from tests.realtime.video.clips import Clip, make_clip


def test_all_paint_the_same_films() -> None:
    films = [Path("/f/a.mp4"), Path("/f/b.mp4")]
    runs = {name: runs_of(name, films, Path("/p"), "wave") for name in CONTENDERS}
    assert len(runs["loop"]) == 2 and all(len(runs[name]) == 1 for name in CONTENDERS[1:])
    assert runs["loop"][1][:4] == ["video", "/f/b.mp4", "-s", "wave"]
    assert runs["batch 2x1"][0][-4:] == ["--workers", "2", "--threads", "1"]
    assert "--engine" in runs["ray 2x1"][0] and "--engine" not in runs["batch"][0]


def test_a_turn_is_measured_and_leaves_nothing(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "footage").mkdir()
    films = [make_clip(tmp_path / "footage" / "a.mp4", Clip(pts=range(8)))]
    told: list[str] = []
    costs = in_turns(["batch"], films, str(tiny_model), 1, told.append)
    assert costs["batch"][0].wall_s > 0 and costs["batch"][0].cpu_s > 0.1
    assert told[0].startswith("round 1, batch: ") and not (tmp_path / "painted").exists()


def test_the_quickest_round_counts() -> None:
    said = table({"loop": [Cost(10, 20), Cost(12, 16)], "batch": [Cost(9, 9), Cost(5, 8)]})
    assert said.splitlines()[1].split() == ["loop", "10.0", "1.000", "16.0", "1.000"]
    assert said.splitlines()[2].split() == ["batch", "5.0", "0.500", "8.0", "0.500"]
