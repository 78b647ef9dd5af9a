"""Runs ONNX graphs on whatever this machine has; nothing here knows what the graphs mean."""
