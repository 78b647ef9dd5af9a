"""The largest values inside dlib's encoder, over real faces: the ranges of its 8-bit form.

Measured by `python -m benchmarks.ranges` over one chip each of 199 people of LFW; statistics of the
network, from which no face can be made again. The first is that of the pixels.
"""

from __future__ import annotations

RESNET_LIMITS: tuple[float, ...] = (
    255.0, 9.44, 9.821, 10.94, 9.059, 15.69, 8.27, 21.84, 8.926, 14.84,
    7.14, 14.6, 5.896, 18.55, 6.424, 18.45, 6.476, 9.879, 4.405, 9.249,
    5.683, 9.312, 7.381, 20.63, 5.497, 17.63, 3.329, 16.18, 5.659,
)  # fmt: skip
