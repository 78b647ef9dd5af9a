"""The threshold that lets a stated share of impostors pass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TINY = float(np.finfo(np.float64).tiny)
"""The least that lies below 0 on every processor: where denormals are flushed (as our runtimes ask
for), the number next to 0 is 0 again, and one impostor too many would pass."""


def threshold_at(impostors: Numbers, rate: float) -> float:
    """The largest threshold at which at most `rate` of the impostors pass (value ≤ threshold).

    impostors: (N,) float64, smaller being nearer: distances of different people's pairs for a FAR,
    distances or chances of strangers for an FPIR; infinite where there can be no match. Infinite if
    all of them may pass.
    """
    ordered = np.sort(impostors)
    allowed = int(np.floor(rate * len(ordered) + 1e-9))
    if allowed >= len(ordered):
        return float("inf")
    if ordered[allowed] == 0:
        return -TINY
    return float(np.nextafter(ordered[allowed], -np.inf))
