"""Weights that Keras has saved, as ONNX graphs. Keras is not needed, its file format is read."""
