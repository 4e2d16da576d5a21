"""What to install, for an import that failed."""

import pytest

from livebrush.realtime.missing_library import missing_library


@pytest.mark.parametrize("name", ["fastapi", "uvicorn", "websockets", "huey", "huey.api", "python_multipart"])
def test_the_studio_names_its_extra(name: str) -> None:
    error = ModuleNotFoundError(f"No module named {name!r}", name=name)
    assert missing_library(error).endswith("pip install -c constraints.txt -e '.[studio]'")


def test_training_names_its_extra() -> None:
    assert "'.[train]'" in missing_library(ModuleNotFoundError("No module named 'torch'", name="torch"))


def test_anything_else_asks_to_install_again() -> None:
    assert "install livebrush again" in missing_library(ImportError("cannot import name 'x'", name="numpy"))
