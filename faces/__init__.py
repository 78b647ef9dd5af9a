"""Faces without I/O: detection, alignment, encoding, quality, the gallery and the decision."""
