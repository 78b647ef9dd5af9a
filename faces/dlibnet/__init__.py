"""dlib's own networks: read from their `.dat` files and rebuilt as ONNX graphs."""
