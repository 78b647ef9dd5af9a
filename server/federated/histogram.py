"""Histograms of how near strangers and known people come, by the condition of the picture.

What is counted is the chance that the rule gives a distance (`StrangerModel.chance`): the distance
itself means something else in a gallery of ten than in one of a thousand, its chance does not, so
that sites of different sizes can be summed. Each person adds UNIT to one histogram, divided among
their probes: whoever comes or goes changes a site's counts by that, and by no more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lookout.faces.decision.cohort import CONDITIONS

Counts = npt.NDArray[np.int64]
"""(KINDS, BANDS, BINS)."""
Numbers = npt.NDArray[np.float64]

STRANGER, GENUINE = 0, 1
KINDS = ("stranger", "genuine")
BANDS = CONDITIONS
EDGES = np.geomspace(1e-5, 1.0, 31)
BINS = len(EDGES) + 1
"""Below the first edge, 30 between the edges, and probes that get no name whatever is allowed."""
SHAPE = (len(KINDS), len(BANDS), BINS)
UNIT = 256
LEAST_ALLOWED, LARGEST_ALLOWED = 1e-6, 0.1
"""As in `lookout calibrate`."""
LEAST_PEOPLE = 30
"""A band with fewer strangers says nothing of its own: the strangers of all bands stand for it."""


def count(
    chance: Numbers,
    subject: npt.NDArray[np.intp],
    band: npt.NDArray[np.intp],
) -> Counts:
    """(BANDS, BINS) of N probes of one kind.

    chance:  (N,) 0 to 1; infinite where there is no name anyway.
    subject: (N,) whose probe it is. band: (N,) 0 to BANDS − 1.
    """
    counts = np.zeros(SHAPE[1:], np.int64)
    bins = np.where(np.isfinite(chance), np.searchsorted(EDGES, chance), BINS - 1)
    for person in np.unique(subject):
        probes = np.flatnonzero(subject == person)
        upto = UNIT * np.arange(len(probes) + 1) // len(probes)
        np.add.at(counts, (band[probes], np.minimum(bins[probes], BINS - 1)), np.diff(upto))
    return counts


def people_in(counts: npt.NDArray[np.number]) -> float:
    """How many people (…, BINS) counts stand for, with noise in them: about how many."""
    return float(counts.sum()) / UNIT


def rising(counts: Numbers) -> Numbers:
    """(…, BINS) → (…, BINS − 1): the share of people at or below each edge, 0 to 1 and never
    falling, as noise would let it. Zeros where nobody was counted."""
    total = np.maximum(counts.sum(axis=-1, keepdims=True), 1e-9)
    shares = np.cumsum(counts, axis=-1)[..., :-1] / total
    flat = shares.reshape(-1, shares.shape[-1])
    return np.stack([_isotonic(row) for row in flat]).reshape(shares.shape).clip(0, 1)


def mixed(counts: Numbers, mix: Numbers) -> Numbers:
    """(BINS − 1,) the share of strangers at or below each edge at a site whose probes are of the
    bands in the proportions `mix`, from (BANDS, BINS) counts of everybody."""
    everybody = rising(counts.sum(axis=0))
    own = rising(counts)
    known = np.array([people_in(row) >= LEAST_PEOPLE for row in counts])
    weight = mix / max(mix.sum(), 1e-9) if mix.sum() > 0 else np.full(len(mix), 1 / len(mix))
    return np.asarray(weight @ np.where(known[:, None], own, everybody))


def allowed_for(shares: Numbers, target: float) -> float:
    """The largest chance to allow at which at most `target` of the strangers are named, by (BINS −
    1,) shares at the edges, straight between them on a logarithmic scale."""
    above = np.flatnonzero(shares > target)
    if not len(above):
        return LARGEST_ALLOWED
    first = int(above[0])
    if first == 0:
        return LEAST_ALLOWED
    low, high = shares[first - 1], shares[first]
    part = float((target - low) / (high - low))
    ratio = float(EDGES[first] / EDGES[first - 1])
    return min(float(EDGES[first - 1] * np.power(ratio, part)), LARGEST_ALLOWED)


def _isotonic(values: Numbers) -> Numbers:
    """The rising sequence nearest to `values`: pool adjacent violators (M. Ayer et al., 1955)."""
    levels: list[list[float]] = []
    for value in values:
        levels.append([float(value), 1.0])
        while len(levels) > 1 and levels[-2][0] > levels[-1][0]:
            value_b, size_b = levels.pop()
            value_a, size_a = levels.pop()
            size = size_a + size_b
            levels.append([(value_a * size_a + value_b * size_b) / size, size])
    return np.concatenate([np.full(int(size), value) for value, size in levels])
