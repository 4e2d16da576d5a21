"""The wheel: one name among the installed packages, and it paints beside programs with names of their own."""

import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.realtime.video.clips import Clip, make_clip, times

ROOT = Path(__file__).parents[2]
ROOMS = ("livebrush", "realtime", "trainer", "converters", "models")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing that an earlier build left gets into it."""
    if find_spec("setuptools") is None or int(metadata.version("setuptools").split(".")[0]) < 77:
        pytest.skip("setuptools 77 or newer, which builds the wheel, is not installed")
    source = tmp_path_factory.mktemp("source")
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            target,
            source,
        ],
        check=True,
    )
    return next(target.glob("livebrush-*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it; what the wheel needs is that of the environment of the tests."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    needed = [path for path in sys.path if Path(path).name == packages.name]
    (packages / "needed.pth").write_text("\n".join(needed), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel],
        check=True,
    )
    assert {path.name.split("-")[0] for path in packages.iterdir()} == {"livebrush", "needed.pth"}
    return python


def test_it_holds_the_package_and_what_ships(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"livebrush"}
    for file in ("py.typed", "models/starry_night.onnx", "models/starts/live.safetensors", "realtime/cli.py"):
        assert f"livebrush/{file}" in names
    for room in ROOMS[1:]:
        modules = {f"livebrush/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / room).rglob("*.py")}
        assert {name for name in modules if "/recipes/" not in name} <= set(names)
    assert not any("/recipes/" in name for name in names)


def test_it_paints_beside_modules_that_have_the_rooms_names(python: Path, tmp_path: Path) -> None:
    for name in ("models", "realtime", "trainer", "converters"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')", encoding="utf-8")
    make_clip(tmp_path / "clip.mkv", Clip(pts=range(5)))
    asked = [
        python,
        "-m",
        "livebrush",
        "video",
        "clip.mkv",
        "-s",
        "starry_night",
        "-o",
        "painted.mkv",
        "--device",
        "cpu",
    ]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(times(tmp_path / "painted.mkv")) == 5
    code = (
        "import livebrush, numpy; print(livebrush.load('great_wave')(numpy.zeros((8, 9, 3), 'uint8')).shape)"
    )
    done = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "(8, 9, 3)", done.stderr
