"""A few looks at a face that stand for all of them."""

from __future__ import annotations

import numpy as np

from lookout.faces.detections import Floats


def diverse(encodings: Floats, most: int, apart: float) -> Floats:
    """At most `most` of the looks (N, D) at one face that stand for all of them: (M, D), M > 0.

    First the one in the middle (the medoid), then always the one farthest from those taken, until
    all others are nearer than `apart` to one of them. Raises ValueError if there is none.
    """
    if not len(encodings):
        raise ValueError("there is no look at this face yet")
    between = np.linalg.norm(encodings[:, None] - encodings[None], axis=2)
    taken = [int(between.sum(axis=1).argmin())]
    while len(taken) < most:
        farthest = int(between[taken].min(axis=0).argmax())
        if between[taken, farthest].min() < apart or farthest in taken:
            break
        taken.append(farthest)
    return np.asarray(encodings[taken], np.float32)
