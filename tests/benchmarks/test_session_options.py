"""The benchmark of session options runs, on a model that costs nothing."""

from pathlib import Path

from click.testing import CliRunner

from tests.benchmarks.session_options import main, variants


def test_a_row_for_every_variant(tiny_model: Path) -> None:
    options = ["--style", str(tiny_model), "--size", "16x8", "--rounds", "1", "--frames", "2"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    rows = [line for line in result.output.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == ["ms a frame", *variants()]
    assert all(row.count("|") == 8 for row in rows)
