"""Weight files shaped like VGG19's, a few channels wide."""

from pathlib import Path

import numpy as np
import torch

from livebrush.trainer.loss_networks.loss_network import CONVOLUTIONS, ZOO_INDICES


def weights(last: str = "4_2", width: int = 8, seed: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """name -> (weight OIHW, bias), from 1_1 to `last`."""
    random, inputs, found = np.random.default_rng(seed), 3, {}
    for name in CONVOLUTIONS[: CONVOLUTIONS.index(last) + 1]:
        weight = random.normal(0, (2 / (9 * inputs)) ** 0.5, (width, inputs, 3, 3)).astype(np.float32)
        found[name] = (weight, random.normal(0, 0.05, width).astype(np.float32))
        inputs = width
    return found


def write_npz(path: Path, last: str = "4_2") -> Path:
    """Oxford's layout: "conv1_1.weight" and so on."""
    arrays = {}
    for name, (weight, bias) in weights(last).items():
        arrays |= {f"conv{name}.weight": weight / (70 if name == "1_1" else 1), f"conv{name}.bias": bias}
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]
    return path


def write_zoo(path: Path, last: str = "5_4") -> Path:
    """The layout of PyTorch's zoo: "features.0.weight" and so on, with a classifier that is not needed."""
    tensors = {"classifier.0.weight": torch.zeros(2, 2)}
    for index, (weight, bias) in zip(ZOO_INDICES, weights(last).values(), strict=False):
        tensors |= {
            f"features.{index}.weight": torch.tensor(weight),
            f"features.{index}.bias": torch.tensor(bias),
        }
    torch.save(tensors, path)
    return path


def write_distilled(path: Path, width: int = 6) -> Path:
    torch.manual_seed(0)
    inputs, tensors = 3, {"conv0.weight": torch.eye(3)[:, :, None, None], "conv0.bias": torch.zeros(3)}
    for name in CONVOLUTIONS[: CONVOLUTIONS.index("5_1") + 1]:
        key = f"conv{name.replace('_', '')}"
        tensors |= {f"{key}.weight": torch.randn(width, inputs, 3, 3) / 5, f"{key}.bias": torch.zeros(width)}
        if name.endswith("_1"):
            tensors |= {f"{key}_aux.weight": torch.randn(10, width, 1, 1), f"{key}_aux.bias": torch.zeros(10)}
        inputs = width
    torch.save({"epoch": 1, "model": tensors}, path)
    return path
