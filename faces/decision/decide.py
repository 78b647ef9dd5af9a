"""Who is it: one pure function from what was seen of a face to a name, or to no name.

    decision = decide(track.probes, gallery, Rule.for_encoder("dlib-128", 0.6))

Most votes win, as in the original system (every known encoding within the tolerance votes for its
person, the votes are divided by how many encodings the person has); over a track the votes of its
probes add up, weighted. What is new is that winning is not enough for a name: see `Rule`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from lookout.faces.decision.intra_person import own_limit
from lookout.faces.decision.nearby import Nearby, nearby
from lookout.faces.decision.negatives import Negatives
from lookout.faces.decision.reasons import because
from lookout.faces.decision.rule import Rule as Rule  # callers know it from here
from lookout.faces.decision.stranger_model import COHORT
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.liveness.verdict import LivenessVerdict

Votes = npt.NDArray[np.float64]

SHORTLIST = 5
_IGNORED = because("ignored")


class State(StrEnum):
    """What may be shown: a name, "Unknown", or that it may be one of two (or nobody looked yet)."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One look at a face: (D,) float32, how much it counts (above 0), and when it was taken."""

    encoding: Floats
    weight: float = 1.0
    time_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody it may be.

    score:  1 minus the chance that a stranger is as near to one of all.
    chance: that a stranger is as near as this to one person, 0 to 1.
    """

    name: str
    distance: float
    score: float
    chance: float


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer and all that it takes to judge it.

    state:     known, unknown or unsure; `unsure` is also the answer before the first probe.
    name:      the person; None unless known.
    nearest:   the person who comes first, named or not; None with an empty gallery.
    distance:  to the nearer half of that person's encodings, averaged over half and probes.
    margin:    how much farther the next person is, negative if nearer; None if there is no other.
    chance:    that a stranger to the gallery would come as near as this, 0 to 1.
    votes:     each person with votes and the weighted share of their encodings that voted, 0 to 1;
               in a very large gallery each of those who were compared.
    reasons:   why there is no name, in words; empty if known.
    shortlist: the SHORTLIST nearest, best first.
    ignored:   this is somebody who is to be ignored.
    score:     the squared distance as strangers count it (`StrangerModel.scores`), of which
               `chance` is made.
    allowed:   the chance that the rule allows.
    looks:     each probe's condition in a word, where the encoder has a cohort; else empty.
    liveness:  whether the face is live, where somebody has looked.
    """

    state: State
    name: str | None = None
    nearest: str | None = None
    distance: float | None = None
    margin: float | None = None
    chance: float | None = None
    votes: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    shortlist: tuple[Candidate, ...] = ()
    ignored: bool = False
    score: float | None = None
    allowed: float | None = None
    looks: tuple[str, ...] = ()
    liveness: LivenessVerdict | None = None


NOT_SEEN_YET = Decision(State.UNSURE, reasons=(because("not_seen"),))


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """What the probes say about each of P people: (P,) each. `first` is who comes first.

    gallery: theirs. enrolled: how many people there are in all.
    """

    shares: Votes
    distances: Votes
    scores: Votes
    first: int
    gallery: Gallery
    enrolled: int

    def chance(self, person: int, rule: Rule) -> float:
        return rule.strangers.chance(float(self.scores[person]), self.enrolled)

    @property
    def margin(self) -> float | None:
        if len(self.distances) == 1:
            return None
        before, after = self.distances[: self.first], self.distances[self.first + 1 :]
        nearest = min(before.min(initial=np.inf), after.min(initial=np.inf))
        return float(nearest - self.distances[self.first])


def decide(
    probes: Sequence[Probe],
    gallery: Gallery,
    rule: Rule | None = None,
    negatives: Negatives | None = None,
) -> Decision:
    """Who the face is that these probes show. Pure.

    Raises ValueError if probes and gallery have different dimensions.
    """
    rule = rule or Rule()
    if not probes:
        return NOT_SEEN_YET
    weights = np.array([probe.weight for probe in probes], np.float64)
    weights /= weights.sum()
    encodings = np.stack([probe.encoding for probe in probes])
    unwanted = negatives.nearest(encodings, weights, "") if negatives else np.inf
    if not len(gallery):
        if unwanted <= rule.near:
            return Decision(State.UNKNOWN, reasons=(_IGNORED,), ignored=True)
        return Decision(State.UNKNOWN, reasons=(because("nobody_enrolled"),))

    evidence = _evidence(encodings, weights, gallery, rule)
    gallery = evidence.gallery
    first, distance = evidence.first, float(evidence.distances[evidence.first])
    name = gallery.people[first]
    ignored = unwanted <= rule.near and unwanted < distance + rule.min_margin
    against = [_IGNORED] if ignored else []
    against += _against(evidence, gallery, rule)
    against += _rejected(encodings, weights, name, distance, rule, negatives)
    unclear = _unclear(evidence.margin, rule)
    cohort = rule.strangers.cohort
    if against:
        state = State.UNKNOWN
    else:
        state = State.UNSURE if unclear else State.KNOWN
    return Decision(
        state=state,
        name=name if state is State.KNOWN else None,
        nearest=name,
        distance=distance,
        margin=evidence.margin,
        chance=evidence.chance(first, rule),
        votes={
            gallery.people[i]: float(evidence.shares[i]) for i in np.flatnonzero(evidence.shares)
        },
        reasons=(*against, *unclear),
        shortlist=_shortlist(evidence, gallery, rule),
        ignored=ignored,
        score=float(evidence.scores[first]),
        allowed=rule.fpir,
        looks=cohort.conditions_of(encodings) if cohort else (),
    )


def _evidence(encodings: Floats, weights: Votes, gallery: Gallery, rule: Rule) -> _Evidence:
    """Of as many people as it takes: nobody else could be given a name."""
    if rule.original:
        return _weigh(encodings, weights, Nearby.everybody(gallery), rule)
    for near in nearby(encodings, gallery):
        evidence = _weigh(encodings, weights, near, rule)
        if near.is_everybody or (
            _has_nearest(evidence, float(weights @ near.beyond))
            and _settles(evidence, encodings, near, rule)
        ):
            break
    return evidence


def _has_nearest(evidence: _Evidence, beyond: float) -> bool:
    """Whether the nearest of all are among these, by whom scores and margin are measured."""
    nearest = np.sort(evidence.distances)[: COHORT + 1]
    return len(nearest) > COHORT and bool(nearest[-1] <= beyond)


def _settles(evidence: _Evidence, encodings: Floats, near: Nearby, rule: Rule) -> bool:
    """Whether nobody else could be given a name, with a score of at most what is allowed."""
    allowed = rule.strangers.score_at(rule.fpir, evidence.enrolled)
    farthest = rule.strangers.farthest(allowed, encodings, evidence.distances, near)
    return bool(near.beyond.min() > min(farthest, rule.tolerance))


def _weigh(encodings: Floats, weights: Votes, near: Nearby, rule: Rule) -> _Evidence:
    gallery = near.gallery
    distances = gallery.distances(encodings)
    shares = weights @ gallery.shares_of_each(distances <= rule.tolerance)
    nearest = weights @ gallery.nearer_half_of_each(distances)
    scores = rule.strangers.scores(distances, encodings, weights, near)
    if rule.original:
        first = _most(shares, weights @ gallery.mean_of_each(distances))
    else:
        first = _first(shares, scores, rule)
    return _Evidence(shares, nearest, scores, first, gallery, len(near.whole.people))


def _first(shares: Votes, scores: Votes, rule: Rule) -> int:
    """Who comes first of P people: by votes, but a majority is a majority.

    Most votes win, as in the original. Only between people who all have `min_share` the nearer one
    wins: in the test clip one person's two odd photographs cost him 11 % of his votes, and a
    look-alike at 0.52, within the tolerance with 92 % of hers, beat him at 0.29.
    """
    majority = np.flatnonzero(shares >= rule.min_share)
    if len(majority):
        return int(majority[np.argmin(scores[majority])])
    return _most(shares, scores)


def _most(shares: Votes, scores: Votes) -> int:
    """Who has the most votes; of several the one of the least score."""
    most = np.flatnonzero(shares == shares.max())
    return int(most[np.argmin(scores[most])])


def _against(evidence: _Evidence, gallery: Gallery, rule: Rule) -> list[str]:
    """Why the first person is a stranger to the gallery."""
    share = float(evidence.shares[evidence.first])
    distance = float(evidence.distances[evidence.first])
    if share == 0:
        near = f"{rule.tolerance:.2f}"
        return [because("far", tolerance=near, distance=f"{distance:.2f}")]
    if rule.original:
        return []
    reasons = []
    if share < rule.min_share:
        needed = f"{rule.min_share:.0%}"
        reasons.append(because("few_votes", share=f"{share:.0%}", needed=needed))
    chance = evidence.chance(evidence.first, rule)
    if chance > rule.fpir:
        near, allowed = f"{distance:.2f}", f"{rule.fpir:.2%}"
        reasons.append(
            because("strangers_near", chance=f"{chance:.2%}", distance=near, allowed=allowed)
        )
    limit = _limit(evidence.first, gallery, rule)
    if distance > limit:
        near = f"{distance:.2f}"
        reasons.append(because("not_near_enough", distance=near, limit=f"{limit:.2f}"))
    return reasons


def _limit(person: int, gallery: Gallery, rule: Rule) -> float:
    """The distance beyond which a face is not that person: by her look-alikes, and by how near her
    own photographs are to one another."""
    own = max(own_limit(gallery, person), rule.sure_distance)
    return min(own, rule.limits.get(gallery.people[person], np.inf))


def _rejected(
    encodings: Floats,
    weights: Votes,
    name: str,
    distance: float,
    rule: Rule,
    negatives: Negatives | None,
) -> list[str]:
    """Whether it was said of a face like this that it is not `name`."""
    if negatives is None:
        return []
    apart = negatives.nearest(encodings, weights, name)
    if apart > rule.near or distance + rule.min_margin <= apart:
        return []
    return [because("rejected", apart=f"{apart:.2f}", name=name)]


def _unclear(margin: float | None, rule: Rule) -> tuple[str, ...]:
    """Why it may be one of two people."""
    if rule.original or margin is None or margin >= rule.min_margin:
        return ()
    needed = f"{rule.min_margin:.2f}"
    return (because("two_people", margin=f"{margin:.2f}", needed=needed),)


def _shortlist(evidence: _Evidence, gallery: Gallery, rule: Rule) -> tuple[Candidate, ...]:
    scores, most = evidence.scores, min(SHORTLIST, len(evidence.scores))
    nearest = np.flatnonzero(scores <= np.partition(scores, most - 1)[most - 1])
    order = nearest[np.argsort(scores[nearest], kind="stable")][:most]
    return tuple(
        Candidate(
            gallery.people[i],
            float(evidence.distances[i]),
            1 - evidence.chance(int(i), rule),
            rule.strangers.chance_of_one(float(scores[i]), evidence.enrolled),
        )
        for i in order
    )
