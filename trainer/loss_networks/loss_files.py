"""Which loss network a command works with: the one that ships, the published VGG19, or a person's own files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from livebrush.models.events import OnEvent, Progress, Started

SHIPPED = "loss_network.safetensors"


def loss_network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --loss-net and --download to a command: `loss_networks`, a tuple, and `download`."""
    for option in (
        click.option(
            "--download", is_flag=True,
            help="Fetch VGG19 (548 MB) from PyTorch's model zoo if it is not here yet.",
        ),
        click.option(
            "--loss-net", "loss_networks", multiple=True, default=("builtin",), show_default=True,
            help="builtin, vgg19 (the published network), or a weight file; several fill in each other's missing "
            "layers.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def find_loss_files(names: Sequence[str]) -> list[Path]:
    """The weight files that names stand for.

    raises: LivebrushError when "vgg19" is not here; files are checked when they are read
    """
    from livebrush.models.catalogue import packaged_folder
    from livebrush.trainer.loss_networks.vgg19_file import require_vgg19

    def find(name: str) -> Path:
        if name == "builtin":
            return packaged_folder() / SHIPPED
        return require_vgg19() if name == "vgg19" else Path(name)

    return [find(name) for name in names]


def fetch_loss_files(names: Sequence[str], on_event: OnEvent) -> None:
    """Download what of them can be and is not here: VGG19.

    on_event: told of the start, where there is something to download, and of bytes
    raises:   LivebrushError
    """
    from livebrush.trainer.loss_networks.vgg19_file import fetch_vgg19, vgg19_file

    if "vgg19" in names and not vgg19_file().is_file():
        on_event(Started("vgg19", "B"))
        fetch_vgg19(lambda done, total: on_event(Progress(done, total or None)))
