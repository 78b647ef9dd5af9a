"""Finds what a gallery needs so that strangers get no name: `python -m faces.calibrate`."""
