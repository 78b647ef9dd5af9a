"""How near strangers come: the chance that somebody who is not enrolled would be as near.

The more people are enrolled, the nearer the nearest of them is to a stranger: a fixed distance that
names one stranger in a hundred among ten people names most of them among a thousand. What stays
the same is the distribution of the squared distance between two different people; its lower tail
is a normal distribution to a good approximation (`StrangerModel`), from which the chance for a
gallery of any size follows.

Faces differ in how near everybody else is: some look like many. So the distances to the nearest of
the others (the cohort) say what distance means for this face, and those between the enrolled say
it for them. Where a cohort ships for the encoder (`faces.decision.cohort`) its faces are those
others, in galleries of every size, and faces of one fault are compared with their like; elsewhere
the gallery's own people are, as far as there are enough of them for the ten nearest to be a sample
of the tail, and not of everybody. Method: score normalization against a cohort, on both sides
(T-norm and Z-norm: R. Auckenthaler et al., Digital Signal Processing 2000).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, fmean

import numpy as np
import numpy.typing as npt

from lookout.faces.decision.cohort import Cohort, Place, shipped_cohort
from lookout.faces.decision.measured_strangers import file_of, load_measured
from lookout.faces.decision.nearby import Nearby
from lookout.faces.detections import Floats
from lookout.faces.errors import FacesError
from lookout.faces.gallery.first_pass import Block, FirstPass, Rows
from lookout.faces.gallery.gallery import Gallery

Numbers = npt.NDArray[np.float64]

log = logging.getLogger(__name__)

COHORT = 10
"""The nearest so many others say how crowded it is around a face."""
HALF_WEIGHT_PEOPLE = 100
"""Among so many others the cohort counts half; among 10 hardly, among 1,000 nearly in full."""
COUNTED_PEOPLE = 50
"""Chances are counted as if at least so many were enrolled. In a small gallery strangers may be
relatives, and stand before the same camera in the same light: for three people and dlib's encodings
the model allows 0.56, but a brother came as near as 0.49, and one stranger in the test clip 0.45.
"""
COUNTED_WITH_COHORT = 1000
"""The same where a cohort makes the scores. Five people before one web camera, each left out once,
got the name of one of the other four in 0.1 and 0.2 % of their frames (SFace with reid-0095 and
SFace), and in 1.9 and 1.1 % when counted as 50; the enrolled got theirs in every frame."""
PROBE_SHARE, PERSON_SHARE = 0.4, 0.4
"""How much of the crowding around the probe and around the person is taken off a distance."""
COHORT_PEOPLE = 1000
"""Crowding around the enrolled is taken among at most so many of them, evenly picked."""
GALLERIES_KEPT = 4
"""What is computed once for a gallery is kept for the few that are in use at a time."""
BLOCKS_KEPT = 128
"""The same for their blocks, of which one more person changes one: enough for 16 million people."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class StrangerModel:
    """Squared distances between photographs of different people: their lower tail as a normal
    distribution. Statistics of an encoder, no personal data.

    mean, spread:  of that distribution.
    cohort_spread: its standard deviation once the crowding has been taken off in full.
    cohort:        faces that say how crowded it is; None: the gallery's own people say so. With a
                   cohort the three numbers are those of the scores.
    """

    mean: float
    spread: float
    cohort_spread: float
    cohort: Cohort | None = None

    def scores(
        self, distances: Floats, encodings: Floats, weights: Numbers, near: Nearby
    ) -> Numbers:
        """(P,) how near each of these people is as strangers count it: squared distances as they
        would be if it were no more crowded here than elsewhere.

        distances: (N, M) of N probes to these people's encodings; encodings: (N, D) of the probes;
        weights: (N,) of the probes, of sum 1.
        """
        if self.cohort is None:
            nearest = weights @ near.gallery.nearer_half_of_each(distances)
            return self.normalize(nearest, self._crowding_near(near), len(near.whole.people))
        pairs = self.of_pairs(distances, encodings, near.gallery, kept=near.is_everybody)
        return np.asarray(weights @ near.gallery.nearer_half_of_each(pairs))

    def farthest(self, score: float, encodings: Floats, nearest: Numbers, near: Nearby) -> float:
        """The distance beyond which nobody else has at most this score.

        encodings: (N, D) of the probes. nearest: (P,) the distances of these people. Without a
        cohort that is so unless somebody else is lonelier than the loneliest of COHORT_PEOPLE.
        """
        if self.cohort is not None:
            place = self.cohort.place(encodings)
            squared = self.cohort.farthest(score, place, *_along(self.cohort, near.whole))
            return math.sqrt(max(float(squared.max()), 0.0))
        people = len(near.whole.people)
        crowding = self._crowding_around(_picked_nearest(near.whole), people)
        most = PROBE_SHARE * self._around(nearest**2, people) + crowding.max(initial=0.0)
        return math.sqrt(max(score + _weight(people) * most, 0.0))

    def of_pairs(
        self, distances: Floats, encodings: Floats, gallery: Gallery, *, kept: bool = True
    ) -> Floats:
        """(N, M) the scores of single encodings of the gallery, with a cohort. `kept`: where they
        lie is kept for the next time.

        Raises ValueError without one: then there are none but those of whole people.
        """
        if self.cohort is None:
            raise ValueError("without a cohort only people have scores, not their encodings")
        place = _place(self.cohort, gallery) if kept else self.cohort.place(gallery.encodings)
        scores = self.cohort.scores(np.square(distances), self.cohort.place(encodings), place)
        return np.asarray(scores, np.float32)

    def scaled(self, factor: float) -> StrangerModel:
        """The model for distances that are `factor` times as large."""
        square = factor**2
        return StrangerModel(self.mean * square, self.spread * square, self.cohort_spread * square)

    def chance(self, score: float, people: int) -> float:
        """The chance, 0 to 1, that the nearest of `people` is as near to a stranger as `score` says
        (see `normalize`)."""
        each = NormalDist(self.mean, self._spread(people)).cdf(score)
        people = self._counted(people)
        return -math.expm1(people * math.log1p(-min(each, 1 - 1e-12)))

    def chance_of_one(self, score: float, people: int) -> float:
        """The chance, 0 to 1, that one other person is as near to a stranger as `score` says; among
        `people` are those who are enrolled. Unlike `chance` it does not end at 1 for everybody
        who is not near."""
        return NormalDist(self.mean, self._spread(people)).cdf(score)

    def score_at(self, chance: float, people: int) -> float:
        """The score that has this chance among `people`: the inverse of `chance`; infinite for a
        chance of 1, which every score may have."""
        if chance >= 1.0:
            return math.inf
        each = -math.expm1(math.log1p(-chance) / self._counted(people))
        return NormalDist(self.mean, self._spread(people)).inv_cdf(each)

    def _counted(self, people: int) -> int:
        return max(people, COUNTED_PEOPLE if self.cohort is None else COUNTED_WITH_COHORT)

    def _spread(self, people: int) -> float:
        return self.spread + _weight(people) ** 2 * (self.cohort_spread - self.spread)

    def normalize(
        self, distances: Numbers, crowding: Numbers, people: int | None = None
    ) -> Numbers:
        """(P,) distances of a probe to the people, and the people's `crowding_of`, to (P,) scores:
        squared distances as they would be if it were no more crowded here than elsewhere.

        people: how many are enrolled, where these are only the nearest of them.
        """
        squared = distances**2
        people = people or len(squared)
        if people == 1:
            return squared
        around = self._around(squared, people)
        return np.asarray(squared - _weight(people) * (PROBE_SHARE * around + crowding))

    def _around(self, squared: Numbers, people: int) -> float:
        """How lonely it is around a probe with these (P,) squared distances, the nearest among
        `people`; below 0 where it is crowded."""
        count = min(COHORT, len(squared) - 1)
        if count == 0:
            return 0.0
        nearest = np.sort(np.partition(squared, count)[: count + 1])
        return float(nearest[1:].mean()) - self.expected(count, people, skip=1)

    def crowding_of(self, gallery: Gallery) -> Numbers:
        """(P,) what the crowding around each enrolled person takes off, before its weight."""
        return _crowding(self, gallery)

    def _crowding_near(self, near: Nearby) -> Numbers:
        if near.is_everybody:
            return self.crowding_of(near.whole)
        others = _nearest_others(_middles(near.gallery), near.people, *_picked(near.whole))
        return self._crowding_around(others, len(near.whole.people))

    def _crowding_around(self, others: Numbers, people: int) -> Numbers:
        """(P,) the same, from the mean squared distances to the nearest others."""
        people = min(people, COHORT_PEOPLE)
        count = min(COHORT, people - 1)
        if count == 0:
            return np.zeros(len(others))
        return PERSON_SHARE * (others - self.expected(count, people - 1, skip=0))

    def expected(self, count: int, people: int, skip: int) -> float:
        """The mean of the `count` smallest of `people` squared distances, after `skip` smaller."""
        return self.mean + self.spread * _mean_place(count, people, skip)


@lru_cache(maxsize=64)
def _mean_place(count: int, people: int, skip: int) -> float:
    """The same of a standard normal distribution: expected order statistics after Blom (1958)."""
    ranks = range(1 + skip, count + 1 + skip)
    return fmean(_NORMAL.inv_cdf((rank - 0.375) / (people + 0.25)) for rank in ranks)


STRANGERS: Mapping[str, StrangerModel] = {
    "dlib-128": StrangerModel(0.643, 0.112, 0.094),
    "dlib-128-mirrored": StrangerModel(0.621, 0.108, 0.092),
    "reid-0095": StrangerModel(2.087, 0.251, 0.246),
    "reid-0095-mirrored": StrangerModel(2.090, 0.256, 0.252),
    "dlib-128+reid-0095": StrangerModel(3.677, 0.452, 0.440),
    "dlib-128-mirrored+reid-0095-mirrored": StrangerModel(3.681, 0.466, 0.455),
}
"""Fitted to the quantiles 3e-5 to 0.1 of the pairs of one half of the people of LFW's
identification list (docs/decisions.md); the other half was kept for the measurement."""


def stranger_model(encoder: str, tolerance: float) -> StrangerModel:
    """The model of the encoder called `encoder`: the one that ships, else what the user measured
    (`lookout encoders measure`), else dlib's in units of the tolerance, which is stricter than any
    of the others'."""
    cohort = shipped_cohort(encoder)
    if cohort is not None and cohort.pairs is not None:
        mean, spread = cohort.pairs[0, 0]
        return StrangerModel(float(mean), float(spread), float(spread), cohort)
    return (
        STRANGERS.get(encoder)
        or _measured_model(encoder)
        or STRANGERS["dlib-128"].scaled(tolerance / 0.6)
    )


def has_own_numbers(encoder: str) -> bool:
    """True if the numbers of this encoder ship, and need not be measured."""
    return encoder in STRANGERS or shipped_cohort(encoder) is not None


def _measured_model(encoder: str) -> StrangerModel | None:
    """What the user measured; a file that cannot be used is reported, and not used."""
    if not encoder:
        return None
    try:
        measured = load_measured(file_of(encoder), encoder)
    except (FacesError, OSError, ValueError) as error:
        log.warning("what was measured of strangers is not used: %s", error)
        return None
    if measured is None:
        return None
    return StrangerModel(measured.mean, measured.spread, measured.spread)


def _weight(people: int) -> float:
    others = people - 1
    return others / (others + HALF_WEIGHT_PEOPLE)


@lru_cache(maxsize=GALLERIES_KEPT)
def _place(cohort: Cohort, gallery: Gallery) -> Place:
    return cohort.place(gallery.encodings)


def _along(cohort: Cohort, gallery: Gallery) -> tuple[Numbers, Numbers]:
    """(C,) each: the least and the most that anybody lies along the conditions."""
    if not isinstance(gallery.first_pass, FirstPass):
        return _along_all(cohort, gallery)
    low, high = zip(*(_along_in(cohort, block) for block in gallery.first_pass.blocks), strict=True)
    return np.min(low, axis=0), np.max(high, axis=0)


@lru_cache(maxsize=GALLERIES_KEPT)
def _along_all(cohort: Cohort, gallery: Gallery) -> tuple[Numbers, Numbers]:
    along = cohort.along(gallery.encodings)
    return along.min(axis=0), along.max(axis=0)


@lru_cache(maxsize=BLOCKS_KEPT)
def _along_in(cohort: Cohort, block: Block) -> tuple[Numbers, Numbers]:
    along = cohort.along(block.encodings)
    return along.min(axis=0), along.max(axis=0)


@lru_cache(maxsize=GALLERIES_KEPT)
def _crowding(model: StrangerModel, gallery: Gallery) -> Numbers:
    everybody = np.arange(len(gallery.people))
    others = _nearest_others(_middles(gallery), everybody, *_picked(gallery))
    return model._crowding_around(others, len(everybody))


@lru_cache(maxsize=GALLERIES_KEPT)
def _picked(gallery: Gallery) -> tuple[Rows, Numbers]:
    """COHORT_PEOPLE of the people, evenly picked, and their middles."""
    people = len(gallery.people)
    if people <= COHORT_PEOPLE:
        return np.arange(people), _middles(gallery)
    picked = np.linspace(0, people - 1, COHORT_PEOPLE).round().astype(np.intp)
    return picked, _middles(gallery.take(gallery.rows_of(picked)))


@lru_cache(maxsize=GALLERIES_KEPT)
def _picked_nearest(gallery: Gallery) -> Numbers:
    picked, middles = _picked(gallery)
    return _nearest_others(middles, picked, picked, middles)


def _nearest_others(middles: Numbers, people: Rows, picked: Rows, theirs: Numbers) -> Numbers:
    """(P,) the mean squared distance from each of `people`, whose middles are (P, D), to the
    nearest COHORT others of the people `picked`, whose middles are `theirs`.

    Each person is judged by one encoding, the one nearest their mean, as distances between means
    would be smaller. It takes a second for 10,000 people.
    """
    count = min(COHORT, len(picked) - 1)
    if count == 0:
        return np.zeros(len(middles))
    result = np.empty(len(middles))
    lengths = np.square(theirs).sum(axis=1)
    for start in range(0, len(middles), 1024):
        part = slice(start, start + 1024)
        own = np.square(middles[part]).sum(axis=1)
        squared = own[:, None] + lengths - 2 * middles[part] @ theirs.T
        squared[people[part, None] == picked] = np.inf
        nearest = np.partition(squared, count - 1, axis=1)[:, :count]
        result[part] = np.clip(nearest, 0, None).mean(axis=1)
    return result


def _middles(gallery: Gallery) -> Numbers:
    """(P, D) for each person the encoding nearest the mean of theirs."""
    means = gallery.mean_of_each(gallery.encodings.T.astype(np.float64)).T
    off = np.square(gallery.encodings - means[gallery.person]).sum(axis=1)
    order = np.lexsort((off, gallery.person))
    first = np.cumsum(gallery.sizes) - gallery.sizes
    return np.asarray(gallery.encodings[order[first]], np.float64)
