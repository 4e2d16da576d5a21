"""The starts that ship: nets that already paint, from which a new style is learnt in a fraction of the time.

python -m trainer.starts runs/NAME/last.safetensors models/starts/live.safetensors
"""

import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from models.catalogue import packaged_folder
from trainer.checkpoint import read_run_state


def shipped_start(net: str) -> Path | None:
    """The checkpoint that a training of this kind of net starts from; None where none ships."""
    path = packaged_folder() / "starts" / f"{net}.safetensors"
    return path if path.is_file() else None


def write_start(checkpoint: Path, target: Path) -> None:
    """Keep of a checkpoint what a new run starts with: the net, in half precision, and what it says of its run.

    raises: LivebrushError when the file is no checkpoint
    """
    read_run_state(checkpoint)
    with safe_open(checkpoint, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith("net.")]  # noqa: SIM118
        tensors = {name: file.get_tensor(name) for name in names}
        metadata = file.metadata()
    halved = {k: v.to(torch.float16) if v.dtype == torch.float32 else v for k, v in tensors.items()}
    save_file(halved, target, metadata)


if __name__ == "__main__":
    write_start(Path(sys.argv[1]), Path(sys.argv[2]))
