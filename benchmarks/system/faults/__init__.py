"""The viewer's picture while servers, cables, cameras, disks and galleries fail.

Real processes, `python -m server` and `python -m edge` with the demo camera and its astronaut
enrolled, are killed, stopped, cut off, lied to and starved, one fault after the other. A viewer
reads the page's own `/video_feed` and `/status` all the while; every figure is taken from what it
saw.
"""
