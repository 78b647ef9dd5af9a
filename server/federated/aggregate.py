"""Sums of groups to one calibration that no single site can bend far.

A secure sum hides what a site said, a median needs to see it: together they are possible only in
steps. So the sites are divided into groups, afresh for each round; within a group only the sum is
seen, and the curves of the groups are compared. A site that lies spoils the sum of its group, and
of several groups the median, or the mean without the extremes, does not follow one.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from lookout.server.federated.histogram import UNIT, Counts, Numbers, people_in, rising

TRIMMED = 1
"""So many groups at either end are left out of a trimmed mean."""
LEAST_GROUPS = 3
MOST_PEOPLE = 100_000
"""More people than this no group has: who says so miscounts or lies."""


class Aggregation(StrEnum):
    """How the groups become one: the sum (FedAvg by people), or one that withstands liars."""

    SUM = "sum"
    MEDIAN = "median"
    TRIMMED = "trimmed"


def groups_of(sites: Sequence[str], size: int, random: np.random.Generator) -> list[list[str]]:
    """The sites in groups of `size`, drawn at random; those left over join the last groups."""
    order = [sites[index] for index in random.permutation(len(sites))]
    number = max(1, len(order) // size)
    return [sorted(order[start::number]) for start in range(number)]


def is_plausible(counts: Counts, noise: float = 0.0) -> bool:
    """Whether a group's sum can be one of counts: no bin far below 0, no more people than there can
    be. `noise`: its standard deviation in people."""
    slack = (6 * noise + 1) * UNIT
    return bool(counts.min() >= -slack and people_in(counts) <= MOST_PEOPLE)


def combined(sums: Sequence[Counts], how: Aggregation) -> Numbers:
    """(KINDS, BANDS, BINS) float64 counts of everybody, from the sums of the groups.

    By sum each person counts the same, so a site counts by its people: FedAvg. Otherwise each
    band's curve is the median over the groups, or their mean without the extremes, and its people
    are the groups' median times the groups: a group that claims many people weighs no more.
    Raises ValueError for fewer than LEAST_GROUPS groups unless they are summed.
    """
    stacked = np.stack(sums).astype(np.float64)
    if how is Aggregation.SUM:
        return np.asarray(stacked.sum(axis=0))
    if len(sums) < LEAST_GROUPS:
        raise ValueError(f"{how} takes {LEAST_GROUPS} groups or more; there are {len(sums)}")
    result = np.zeros(stacked.shape[1:])
    for place in np.ndindex(stacked.shape[1:-1]):
        groups = stacked[(slice(None), *place)]
        people = np.array([people_in(row) for row in groups])
        here = groups[people >= 1]
        if len(here):
            shares = _middle(rising(here), how)
            total = float(np.median(people)) * len(groups) * UNIT
            result[place] = total * np.diff(shares, prepend=0.0, append=1.0)
    return result


def _middle(curves: Numbers, how: Aggregation) -> Numbers:
    """(BINS − 1,) of (G, BINS − 1): rises as the curves do, at each edge by itself."""
    if how is Aggregation.MEDIAN or len(curves) <= 2 * TRIMMED:
        return np.asarray(np.median(curves, axis=0))
    return np.asarray(np.sort(curves, axis=0)[TRIMMED:-TRIMMED].mean(axis=0))
