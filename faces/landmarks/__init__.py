"""The points of a face."""
