"""Finds what a gallery needs so that strangers get no name: `lookout calibrate`."""
