"""Which loss network a command works with: the one that ships, the published VGG19, or a person's own files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

SHIPPED = "loss_network.safetensors"


def loss_network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --loss-net and --download to a command: `loss_names`, a tuple, and `download`."""
    for option in (
        click.option(
            "--download", is_flag=True,
            help="Fetch VGG19 (548 MB) from PyTorch's model zoo if it is not here yet.",
        ),
        click.option(
            "--loss-net", "loss_names", multiple=True, default=("builtin",), show_default=True,
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


def fetch_vgg19_with_bar() -> None:
    """Download VGG19 unless it is here, with a progress bar. raises: LivebrushError"""
    from livebrush.realtime.commands.progress import tqdm_bar
    from livebrush.trainer.loss_networks.vgg19_file import fetch_vgg19

    with tqdm_bar(desc="vgg19", unit="B", unit_scale=True) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        fetch_vgg19(progress)
