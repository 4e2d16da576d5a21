"""The log of a run: what a resumed one keeps of it."""

import subprocess
import sys
from pathlib import Path

from livebrush.trainer.runs.run_log import RunLog

TERMS = ("content", "style")
VALUES = {"total": 3.0, "content": 1.0, "style": 2.0, "learning_rate": 1e-3, "images_per_s": 2.0}


def rows(folder: Path) -> list[str]:
    return (folder / "log.csv").read_text(encoding="utf-8").splitlines()


def test_a_resumed_run_drops_the_rows_that_it_makes_again(tmp_path: Path) -> None:
    with RunLog(tmp_path, 0, TERMS) as log:
        for step in (1, 10, 20, 30):
            log.trained(step, VALUES)
    before = rows(tmp_path)
    with RunLog(tmp_path, 20, TERMS) as log:
        log.trained(30, VALUES)
    assert rows(tmp_path) == before and len(before) == 5


def test_a_damaged_log_keeps_nobody_from_going_on(tmp_path: Path) -> None:
    with RunLog(tmp_path, 0, TERMS) as log:
        log.trained(10, VALUES)
    good = (tmp_path / "log.csv").read_bytes()
    damage = (
        b"\x00\xff\xfe,,\n10\nx,train,1\n5,train,1,2,3,4,5,6,7,8,9,10,11,12,13\n9999999999999999999999,a\n"
    )
    (tmp_path / "log.csv").write_bytes(good + damage + b"9" * 5000 + b",train\n" + b"x" * 200_000)
    with RunLog(tmp_path, 20, TERMS) as log:
        log.trained(30, VALUES)
    steps = [row.split(",")[0] for row in rows(tmp_path)]
    assert steps == ["step", "10", "10", "5", "30"]


def test_what_a_kill_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    with RunLog(tmp_path, 0, TERMS) as log:
        log.trained(10, VALUES)
    before = rows(tmp_path)
    code = f"""if True:
        import os
        from pathlib import Path
        from livebrush.models.writing import whole_file
        with whole_file(Path({str(tmp_path / "last.safetensors")!r})) as partial:
            partial.write_bytes(b"half")
            os._exit(9)
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert list(tmp_path.rglob(".*/last.safetensors"))
    RunLog(tmp_path, 10, TERMS).__exit__()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "tensorboard"]
    assert rows(tmp_path) == before
