"""Cameras: which there are, their newest pictures, and those that the server fetches itself."""
