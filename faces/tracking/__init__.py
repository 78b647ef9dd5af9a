"""Faces followed over frames: tracks, cuts, and searches where a face is expected."""
