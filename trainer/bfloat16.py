"""Whether this hardware trains faster in bfloat16."""

import functools
import math
import time

import torch
import torch.nn.functional as F

_GAIN = 0.8
"""of float32's time, or less, is worth bfloat16's coarser numbers"""


def faster_arithmetic(device: torch.device, allowed: bool = True) -> torch.autocast:
    """Nets within multiply in bfloat16 where that is safe, and faster here."""
    return torch.autocast(device.type, torch.bfloat16, enabled=allowed and gains_by_bfloat16(device))


def gains_by_bfloat16(device: torch.device) -> bool:
    """Whether the hardware is faster in bfloat16 than in float32."""
    return torch.cuda.is_bf16_supported() if device.type == "cuda" else _processor_gains_by_bfloat16()


@functools.cache
def _processor_gains_by_bfloat16() -> bool:
    """Measured, in a tenth of a second: some processors have its instructions and take twice float32's time by them."""
    capabilities = torch.cpu.get_capabilities()
    if not (capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")):
        return False
    features = torch.ones(1, 64, 64, 64).contiguous(memory_format=torch.channels_last)
    weights = torch.ones(64, 64, 3, 3).contiguous(memory_format=torch.channels_last)
    fastest = {torch.float32: math.inf, torch.bfloat16: math.inf}
    with torch.inference_mode():
        for _ in range(6):  # in turn, so that what else runs slows down both
            for precision in fastest:
                given = features.to(precision), weights.to(precision)
                begun = time.perf_counter()
                F.conv2d(*given, padding=1)
                fastest[precision] = min(fastest[precision], time.perf_counter() - begun)
    return fastest[torch.bfloat16] < _GAIN * fastest[torch.float32]
