"""Johnson's net, ready to be timed against style models: by PyTorch, and as a style model.

Its weights are random: they make no difference to its speed.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from livebrush.converters.export import export_style_model
from livebrush.converters.frame_graph import FrameGraph
from livebrush.models.contract import Style, StyleMetadata
from livebrush.models.errors import LivebrushError
from livebrush.trainer.nets import make_net

SEED = 0


def johnson_in_torch(
    threads: int, device: str = "cpu", compiled: bool = False
) -> Callable[[np.ndarray], np.ndarray]:
    """The reference net as PyTorch runs it, eagerly unless compiled: frame in, painting out.

    threads:  that PyTorch uses on the CPU
    device:   "cpu" or "cuda"
    compiled: by `torch.compile`, at the first frame of each size
    returns:  a function from (H, W, 3) uint8 RGB to the same, H and W divisible by 4, back when the frame is done
    raises:   LivebrushError when PyTorch has no CUDA and is asked for it
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise LivebrushError(
            f"PyTorch {torch.__version__} reaches no NVIDIA GPU",
            code="unavailable",
            remedy="torch_cuda_or_cpu",
        )
    graph: Callable[[torch.Tensor], torch.Tensor] = FrameGraph(_johnson()).eval().to(device)
    if compiled:
        graph = torch.compile(graph)

    def paint(frame: np.ndarray) -> np.ndarray:
        torch.set_num_threads(threads)  # of the whole process: others may have set it since
        with torch.inference_mode():
            return graph(torch.from_numpy(frame)[None].to(device))[0].cpu().numpy()

    return paint


def export_johnson(path: Path) -> None:
    """Write the same net as a style model.

    raises: LivebrushError when the folder cannot be written to
    """
    net = _johnson()
    export_style_model(
        net, StyleMetadata("painting", "johnson", net.multiple, net.margin, (Style("johnson"),)), path
    )


def _johnson():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return make_net("johnson").eval()
