"""ONNX files of other projects: opened, modernised, made free of size, and wrapped as style models."""
