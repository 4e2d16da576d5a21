"""NVIDIA GPUs by TensorRT: minutes to prepare a size for the first time, then it is kept."""

from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.user_data import user_data_folder
from livebrush.realtime.engine.execution_provider import ExecutionProviderDevice
from livebrush.realtime.engine.nvidia_driver import has_nvidia_driver


class Device(ExecutionProviderDevice):
    execution_provider = "TensorrtExecutionProvider"
    title = "TensorRT"
    package = "NVIDIA's driver, TensorRT's libraries and livebrush's 'cuda' extra"

    def problem(self) -> LivebrushError | None:
        if not (problem := super().problem()) and not has_nvidia_driver():
            said = "no NVIDIA driver is installed on this machine"
            problem = LivebrushError(said, code="unavailable", remedy="package_or_cpu", package=self.package)
        return problem

    def options(self, size: tuple[int, int] | None) -> dict[str, Any]:
        kept = user_data_folder() / "tensorrt"
        return {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(kept)}
