"""Farthest-point sampling: a few encodings of a face that stand for all of them."""

from __future__ import annotations

import numpy as np

from lookout.faces.detections import Floats


def farthest_points(encodings: Floats, max_count: int, min_distance: float) -> Floats:
    """At most `max_count` of the encodings (N, D) of one face that stand for all: (M, D), M > 0.

    The first is the medoid, and each next one the farthest from those chosen, until all others are
    nearer than `min_distance` to one of them. Raises ValueError without an encoding.
    """
    if not len(encodings):
        raise ValueError("there is no encoding of this face yet")
    distances = np.linalg.norm(encodings[:, None] - encodings[None], axis=2)
    chosen = [int(distances.sum(axis=1).argmin())]
    while len(chosen) < max_count:
        farthest = int(distances[chosen].min(axis=0).argmax())
        if distances[chosen, farthest].min() < min_distance or farthest in chosen:
            break
        chosen.append(farthest)
    return np.asarray(encodings[chosen], np.float32)
