"""Paint moving pictures in the style of one picture."""

import os

# ONNX Runtime 1.31 keeps a device id in the user's cache and looks up a host, unless told so before it is imported
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
