"""Any maker's GPU on Windows, by DirectML."""

from livebrush.realtime.engine.execution_provider import ExecutionProviderDevice


class Device(ExecutionProviderDevice):
    execution_provider = "DmlExecutionProvider"
    title = "DirectML"
    package = "onnxruntime-directml in place of onnxruntime, on Windows"
