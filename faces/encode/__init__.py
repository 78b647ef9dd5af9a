"""Face encoders behind one protocol."""
