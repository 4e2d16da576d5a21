"""Apple's GPUs and neural engines by CoreML."""

from typing import Any

from livebrush.realtime.engine.execution_provider import ExecutionProviderDevice


class Device(ExecutionProviderDevice):
    execution_provider = "CoreMLExecutionProvider"
    title = "CoreML"
    package = "onnxruntime on macOS"

    def options(self, size: tuple[int, int] | None) -> dict[str, Any]:
        return {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}
