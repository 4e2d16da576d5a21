"""Options that commands share."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from PIL import Image

from livebrush.realtime import cli

SHARED = ["strength", "keep_colours", "stroke", "steady", "device", "threads", "overwrite", "progress"]


def option(command: str, name: str) -> click.Option | None:
    found: Any = cli.cli.get_command(click.Context(cli.cli), command)
    return next((option for option in found.params if option.name == name), None)


@pytest.mark.parametrize("name", SHARED)
def test_an_option_is_the_same_wherever_it_is(name: str) -> None:
    found = [
        one
        for command in ("image", "video", "batch", "live", "look", "masks")
        if (one := option(command, name))
    ]
    said = {str((one.opts, one.secondary_opts, one.type.to_info_dict(), one.default)) for one in found}
    assert len(found) > 1 and len(said) == 1


def test_pictures_are_told_of_as_json(
    capsys: pytest.CaptureFixture[str], tiny_model: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (20, 10), (10, 20, 30)).save(tmp_path / "a.png")
    paths = [str(tmp_path / "a.png"), "-o", str(tmp_path / "b.jpg")]
    assert cli.run(["image", *paths, "-s", str(tiny_model), "--progress", "json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["started", "preview", "progress", "finished"]
    assert events[2]["picture"] == 1 and events[3]["path"] == str(tmp_path / "b.jpg")
