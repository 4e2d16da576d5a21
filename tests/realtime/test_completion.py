"""Completion as shells ask for it: through the command itself, with the line in the environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from livebrush.models.catalogue import user_folder
from livebrush.realtime import cli
from tests.tiny_models import INVERTED, write_blend_model, write_tiny_model

HEAVY = "{'torch', 'onnxruntime', 'onnx', 'cv2', 'av', 'numpy', 'PIL'}"


def completed(line: str) -> list[str]:
    """What fish is offered behind a line, as KIND,NAME; the last word is what was begun."""
    words = line.split(" ")
    asked = {"_LIVEBRUSH_COMPLETE": "fish_complete", "COMP_WORDS": line, "COMP_CWORD": words[-1]}
    code = (
        "import sys; from livebrush.realtime.cli import run\n"
        "try: run([])\n"
        f"finally: print('HEAVY', sorted({HEAVY} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    if ":" not in words[-1]:
        assert done.stderr.strip() == "HEAVY []"
    return [answer.split("\t")[0] for answer in done.stdout.splitlines()]


def test_commands_and_options_are_finished() -> None:
    assert completed("livebrush vi") == ["plain,video"]
    assert "plain,--keep-colours" in completed("livebrush image --keep")


def test_styles_are_finished_without_reading_a_model() -> None:
    user_folder().mkdir(parents=True)
    write_tiny_model(user_folder() / "great_mine.onnx", INVERTED)
    write_blend_model(user_folder() / "two.onnx", "dark", "light")
    assert completed("livebrush video a.mp4 -s great") == [
        "file,great",
        "plain,great_mine",
        "plain,great_wave",
    ]
    assert completed("livebrush live -s two:l") == ["file,two:l", "plain,two:light"]
    assert "plain,starry_night" in completed("livebrush styles ")


@pytest.mark.parametrize("line", ["livebrush video cl", "livebrush image cl", "livebrush video a.mp4 -o cl"])
def test_files_are_left_to_the_shell(line: str) -> None:
    assert completed(line) == ["file,cl"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(
    shell: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["completion", shell]) == 0
    script = capfd.readouterr().out
    assert f"_LIVEBRUSH_COMPLETE={shell}_complete" in script and f"livebrush completion {shell} >" in script
    if shell == "zsh":
        assert script.startswith("#compdef livebrush\n")  # or zsh does not load it
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


def test_bash_offers_the_styles(tmp_path: Path) -> None:
    if not shutil.which("bash"):
        pytest.skip("no bash here")
    command = tmp_path / "livebrush"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m livebrush "$@"\n')
    command.chmod(0o755)
    script = (
        'eval "$(livebrush completion bash)"; compopt() { :; }\n'
        "COMP_WORDS=(livebrush video -s great); COMP_CWORD=3; _livebrush_completion livebrush\n"
        'echo "${COMPREPLY[@]}"'
    )
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=os.environ | path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["great_wave"]


def test_a_shell_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["completion", "cmd"]) == 2
    assert "bash" in capsys.readouterr().err
