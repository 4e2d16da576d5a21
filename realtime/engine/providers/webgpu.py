"""Any maker's GPU by WebGPU."""

from livebrush.realtime.engine.execution_provider import ExecutionProviderDevice


class Device(ExecutionProviderDevice):
    execution_provider = "WebGpuExecutionProvider"
    title = "WebGPU"
    package = "an ONNX Runtime that is built with WebGPU"
