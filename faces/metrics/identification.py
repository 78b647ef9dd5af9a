"""Open-set identification: rank-k, FPIR and DIR, from distances to everybody who is enrolled.

Definitions: NIST's FRVT Part 2 (identification); P. Grother, R. Micheals and P. J. Phillips, "Face
Recognition Vendor Test 2002 performance metrics", AVBPA 2003. Distances may be infinite: a face
that was not found is like nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.metrics.threshold import Numbers, threshold_at


@dataclass(frozen=True, slots=True)
class IdentificationRates:
    """The answers of one rule, as shares of the probes (0..1).

    named_right, named_wrong: of the probes of enrolled people; the rest were called unknown.
    strangers_named: of the probes of strangers (FPIR).
    """

    named_right: float
    named_wrong: float
    strangers_named: float


def rank_share(distance: Numbers, truth: npt.NDArray[np.intp], rank: int) -> float:
    """The share of probes whose own person is among the `rank` nearest (rank-k, CMC).

    distance: (probes, people) float64; truth: (probes,) the right person's column, -1 if that
    person is not enrolled. A tie counts against the right person; an infinite distance is never a
    match.
    """
    known = np.flatnonzero(truth >= 0)
    hit = np.zeros(len(truth), bool)
    own = distance[known, truth[known]]
    nearer = (distance[known] <= own[:, None]).sum(axis=1)
    hit[known] = (nearer <= rank) & np.isfinite(own)
    return float(hit.mean())


def nearest_within(
    mated: Numbers, truth: npt.NDArray[np.intp], strangers: Numbers, threshold: float
) -> IdentificationRates:
    """The rates of a rule that names the nearest person at most `threshold` away.

    mated: (M, people) float64, probes of enrolled people; truth: (M,) each one's own column;
    strangers: (S, people) float64.
    """
    nearest = mated.argmin(axis=1)
    named = mated.min(axis=1) <= threshold
    right = named & (nearest == truth)
    return IdentificationRates(
        float(right.mean()),
        float((named & ~right).mean()),
        float((strangers.min(axis=1) <= threshold).mean()),
    )


def rates_at_fpir(
    mated: Numbers, truth: npt.NDArray[np.intp], strangers: Numbers, fpir: float
) -> tuple[IdentificationRates, float]:
    """`nearest_within` the threshold that names at most `fpir` of the strangers; the threshold.

    `named_right` is then DIR, the detection and identification rate at rank 1. Shapes as there.
    """
    threshold = threshold_at(strangers.min(axis=1), fpir)
    return nearest_within(mated, truth, strangers, threshold), threshold
