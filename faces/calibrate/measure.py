"""A gallery measured against itself: each person as a stranger, each photograph as a probe.

A person who is left out is a stranger to the others; so are the strangers that are given. Each
photograph of a person who has others is a probe of that person. Pure: a gallery in, figures out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.decision.calibration import Calibration, LookAlikes, MeasuredRate
from lookout.faces.decision.intra_person import left_out, own_limits
from lookout.faces.decision.rule import Rule
from lookout.faces.decision.stranger_model import Numbers
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.metrics.share import share_by_person

MAX_PROBES = 5000
"""Of a larger gallery only so many photographs, evenly picked, are probes."""
LARGEST_SHARE = 0.1
"""A calibration does not allow more than this chance, whatever the data say."""
STRANGERS_FOR_ONE = 3
"""Without a named one among 3 / FPIR strangers the rate is below FPIR with 95 % confidence."""
USUAL_TARGET = 0.01
"""The share of strangers for which the default chance is made."""
ALLOWED = np.geomspace(1e-6, LARGEST_SHARE, 251)


@dataclass(frozen=True, slots=True)
class NamingTrials:
    """N probes and the chance at which each would get a name.

    chance:  (N,) that a stranger comes as near as this; infinite where there is no name anyway.
    subject: (N,) the person whose face it is, by number: rates are averaged over people, each
            counted once, because the photographs of one person are no independent trials.
    """

    chance: Numbers
    subject: npt.NDArray[np.intp]

    def rate(self, allowed: float) -> MeasuredRate:
        """The share of people with a name, each by the share of their probes."""
        return MeasuredRate.of(*share_by_person(self.chance <= allowed, self.subject))


@dataclass(frozen=True, slots=True)
class Measurement:
    """The trials of strangers, those of probes whose own person came first, and the result.

    stranger_rows, own_rows: which encodings of the gallery were these probes; the strangers that
                             were given come after those of the gallery.
    """

    strangers: NamingTrials
    own: NamingTrials
    calibration: Calibration
    stranger_rows: npt.NDArray[np.intp]
    own_rows: npt.NDArray[np.intp]


def measure(gallery: Gallery, strangers: Floats, rule: Rule, target: float) -> Measurement:
    """Finds the chance to allow for `target`, and the people that need limits of their own.

    strangers: (S, D) float32, a row for each, all of different people who are not enrolled.
    Raises ValueError if fewer than two people are enrolled.
    """
    if len(gallery.people) < 2:
        raise ValueError("a gallery of fewer than two people cannot be measured against itself")
    rows = np.unique(np.linspace(0, len(gallery) - 1, min(len(gallery), MAX_PROBES)).astype(int))
    distances = gallery.nearer_half_of_each(gallery.distances(gallery.encodings[rows]))
    scores = _scores(gallery.encodings[rows], gallery, rule, rows)
    owner = gallery.person[rows]
    pairs = _look_alikes(distances, scores, owner, gallery, rule)
    limits = _limits(pairs, rule)
    view = _DecisionView(gallery, rule, limits)

    stranger_chances = [
        view.chance(np.delete(row, own), score, own)
        for row, score, own in zip(distances, scores, owner, strict=True)
    ]
    if len(strangers):
        given = gallery.nearer_half_of_each(gallery.distances(strangers))
        of_given = _scores(strangers, gallery, rule)
        stranger_chances += [view.chance(*row, None) for row in zip(given, of_given, strict=True)]
    subject = np.append(owner, len(gallery.people) + np.arange(len(strangers))).astype(np.intp)
    outside = NamingTrials(np.array(stranger_chances), subject)

    own_distance = left_out(gallery)[rows]
    chances = []
    for row, score, own, distance in zip(distances, scores, owner, own_distance, strict=True):
        if not np.isnan(distance):
            row[own] = distance
            chances.append(view.chance(row, score, None, own) if row.argmin() == own else np.inf)
    tried = ~np.isnan(own_distance)
    inside = NamingTrials(np.array(chances), owner[tried])

    allowed, by_default = _allowed(outside, rule.fpir, target)
    named = inside.rate(allowed)
    missed = MeasuredRate.of(1 - named.share, named.people)
    calibration = Calibration(
        gallery.encoder, target, allowed, by_default, outside.rate(allowed), missed, limits, pairs
    )
    return Measurement(outside, inside, calibration, rows, rows[tried])


class _DecisionView:
    """The gallery as the decision sees it: crowding and limits of each person."""

    def __init__(self, gallery: Gallery, rule: Rule, limits: Mapping[str, float]) -> None:
        self._rule = rule
        self._crowding = rule.strangers.crowding_of(gallery)
        own = np.maximum(own_limits(gallery), rule.sure_distance)
        given = np.array([limits.get(name, np.inf) for name in gallery.people])
        self._limits = np.minimum(given, own)

    def chance(
        self,
        distances: Numbers,
        of_pairs: Numbers | None,
        without: int | None,
        first: int | None = None,
    ) -> float:
        """The chance that a stranger is as near as the first of these people, the one `without`
        left out; infinite if there is no name anyway.

        of_pairs: (P,) scores of all people, where a cohort makes them.
        """
        crowding, limits = self._crowding, self._limits
        if without is not None:
            crowding, limits = np.delete(crowding, without), np.delete(limits, without)
        if of_pairs is None:
            scores = self._rule.strangers.normalize(distances, crowding)
        else:
            scores = of_pairs if without is None else np.delete(of_pairs, without)
        first = int(scores.argmin()) if first is None else first
        others = np.delete(distances, first)
        unclear = len(others) and others.min() - distances[first] < self._rule.min_margin
        if unclear or distances[first] > min(limits[first], self._rule.tolerance):
            return np.inf
        return self._rule.strangers.chance(float(scores[first]), len(scores))


def _scores(
    probes: Floats, gallery: Gallery, rule: Rule, rows: npt.NDArray[np.intp] | None = None
) -> Sequence[Numbers | None]:
    """Each probe's scores of all people, where a cohort makes them; a probe that is itself in the
    gallery, at `rows`, is not compared with itself."""
    if rule.strangers.cohort is None:
        return [None] * len(probes)
    scores = rule.strangers.of_pairs(gallery.distances(probes), probes, gallery)
    people = gallery.nearer_half_of_each(scores)
    for index, row in enumerate(() if rows is None else rows):
        own = gallery.person == gallery.person[row]
        own[row] = False
        others = np.sort(scores[index, own])[: (own.sum() + 1) // 2]
        people[index, gallery.person[row]] = others.mean() if len(others) else np.inf
    return list(people)


def _look_alikes(
    distances: Numbers,
    scores: Sequence[Numbers | None],
    owner: npt.NDArray[np.intp],
    gallery: Gallery,
    rule: Rule,
) -> tuple[LookAlikes, ...]:
    """Pairs of people one of whom, were he not enrolled, would be named as the other."""
    view = _DecisionView(gallery, rule, {})
    nearest: dict[tuple[int, int], float] = {}
    for row, score, own in zip(distances, scores, owner, strict=True):
        if view.chance(np.delete(row, own), score, own) <= rule.fpir:
            others = np.where(np.arange(len(row)) == own, np.inf, row)
            other = int(others.argmin())
            pair = (min(int(own), other), max(int(own), other))
            nearest[pair] = min(nearest.get(pair, np.inf), float(others[other]))
    own = left_out(gallery)
    usual = {p: float(np.nanmedian(own[gallery.person == p])) for pair in nearest for p in pair
             if np.isfinite(own[gallery.person == p]).any()}  # fmt: skip
    return tuple(
        LookAlikes(
            gallery.people[a],
            gallery.people[b],
            distance,
            all(usual.get(p, 0.0) < distance - rule.min_margin for p in (a, b)),
        )
        for (a, b), distance in sorted(nearest.items(), key=lambda item: item[1])
    )


def _limits(pairs: tuple[LookAlikes, ...], rule: Rule) -> dict[str, float]:
    """The distance up to which each of a pair is named: by a margin less than theirs."""
    limits: dict[str, float] = {}
    for pair in pairs:
        for name in (pair.one, pair.other):
            limit = max(0.0, pair.distance - rule.min_margin)
            limits[name] = min(limits.get(name, np.inf), limit)
    return limits


def _allowed(strangers: NamingTrials, default: float, target: float) -> tuple[float, bool]:
    """The largest chance with at most `target` of the strangers named; with too few to tell, the
    default, or less if even these show that it is too much."""
    fitting = [float(a) for a in ALLOWED if strangers.rate(float(a)).share <= target]
    most = max(fitting, default=float(ALLOWED[0]))
    people = len(np.unique(strangers.subject))
    if people * target < STRANGERS_FOR_ONE:
        scaled = min(default * target / USUAL_TARGET, LARGEST_SHARE)
        return min(scaled, most), True
    return most, False
