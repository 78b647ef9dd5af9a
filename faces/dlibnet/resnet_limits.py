"""The largest values inside dlib's encoder, over real faces: the ranges of its 8-bit form.

Measured by `python -m benchmarks.ranges` over one chip each of 199 people of LFW, and 1.3 times as
large as measured, because other faces reach further; statistics of the network, from which no face
can be made again. The first is that of the pixels.
"""

from __future__ import annotations

RESNET_LIMITS: tuple[float, ...] = (
    255.0, 12.27, 12.77, 14.22, 11.78, 20.4, 10.75, 28.39, 11.6, 19.29,
    9.282, 18.98, 7.665, 24.12, 8.351, 23.98, 8.419, 12.84, 5.727, 12.02,
    7.388, 12.11, 9.595, 26.82, 7.146, 22.92, 4.328, 21.03, 7.357,
)  # fmt: skip
