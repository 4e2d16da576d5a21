"""What there is to compute on: kinds of device, and how many processor cores."""

import os

DEVICES = ("auto", "cpu", "openvino", "cuda")
"""cpu: ONNX Runtime on the CPU, openvino: OpenVINO on the CPU, cuda: an NVIDIA GPU, auto: the
fastest of these that is here"""


def usable_cores() -> int:
    """Cores that this process may run on: containers and taskset count."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
