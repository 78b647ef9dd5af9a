"""Agreement among the photographs of a person: near-duplicates, and strangers among them.

Distances are to the nearer half of a person's photographs (`Gallery.nearer_half_of_each`), so that
one odd photograph does not speak against the good ones. Nothing here changes a gallery.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.photo.judgement import Reason

NEAR_DUPLICATE = 0.2
"""Of the encoder's tolerance: 0.12 for dlib-128. Of 2,442 pairs of different LFW photographs of one
person none was nearer than 0.13."""
UNLIKE = 1.1
"""Of the tolerance, 0.66 for dlib-128: a sample this far from two or more others of its person is
of somebody else, known or not; 0.6 % of 1,530 right LFW photographs are, 95 % of wrong ones."""
HANDFUL = 10
"""Photographs of a person after which another one is worth having only in place of an old one."""
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One sample that is more like another person than like its own, or like nobody.

    row:   its place in the gallery.
    own:   the distance to the nearer half of its person's other photographs.
    other, distance: the person that it is nearest to otherwise, and how near; None and infinite
           if there is nobody else.
    """

    row: int
    own: float
    other: str | None
    distance: float

    def reason(self, name: str) -> Reason:
        if self.other is not None and self.distance < self.own:
            return _looks_like(self.other, self.distance, name, self.own, seen=True)
        message = f"It does not look like the other photographs of {name}: {self.own:.2f}."
        return Reason("looks_like_other", message)


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two samples of one person that are (nearly) the same photograph: rows and distance."""

    row: int
    like: int
    distance: float


def against_newcomer(
    name: str, encoding: Floats, gallery: Gallery, tolerance: float
) -> tuple[Reason, ...]:
    """The reasons against adding the encoding (D,) to `name`'s: `duplicate`, `looks_like_other`.

    Somebody of whom there is no photograph yet looks like another if she would be within the
    other's tolerance by half: 0.3 for dlib-128, which is the same person, under a second name.
    """
    if not len(gallery):
        return ()
    distances = gallery.distances(encoding[None])
    own = np.array([other == name for other in gallery.names], bool)
    found = []
    if own.any():
        twin = int(np.flatnonzero(own)[distances[0, own].argmin()])
        if distances[0, twin] < NEAR_DUPLICATE * tolerance:
            found.append(duplicate_of(gallery.samples[twin], float(distances[0, twin])))
    nearest = dict(zip(gallery.people, gallery.nearer_half_of_each(distances)[0], strict=True))
    own_distance = float(nearest.pop(name, tolerance / 2))
    other = min(nearest, key=lambda person: nearest[person], default=None)
    if other is not None and nearest[other] < own_distance:
        found.append(
            _looks_like(
                other, float(nearest[other]), name, own_distance, seen=name in gallery.people
            )
        )
    return tuple(found)


def duplicate_of(sample: Sample, distance: float) -> Reason:
    which = sample.file or "one that is there"
    message = f"It is almost the same photograph as {which} ({distance:.2f}): "
    message += "turn the head a little."
    return Reason("duplicate", message)


def disagreements(gallery: Gallery, tolerance: float) -> tuple[Disagreement, ...]:
    """Every sample that is nearer to another person than to its own, or near to nobody (`UNLIKE`),
    the worst first.

    One at a time is taken out and the suspects judged again, because a wrong photograph pushes the
    right ones of both people apart. A person's only sample has nothing to disagree with. Time grows
    with the square of the samples.
    """
    suspects = _suspects(gallery, UNLIKE * tolerance)
    distances = gallery.distances(gallery.encodings[suspects])
    alive = np.ones(len(gallery), bool)
    found: list[Disagreement] = []
    while len(suspects):
        judged = _judge(suspects, distances[:, alive], gallery, alive, UNLIKE * tolerance)
        if not judged:
            break
        unlike = UNLIKE * tolerance
        worst = max(judged, key=lambda suspect: suspect.own - min(suspect.distance, unlike))
        found.append(worst)
        alive[worst.row] = False
        left = suspects != worst.row
        suspects, distances = suspects[left], distances[left]
    return tuple(found)


def near_duplicates(gallery: Gallery, tolerance: float) -> tuple[NearDuplicate, ...]:
    """For each person, every sample that repeats a better one of hers (higher quality, then
    earlier in the gallery)."""
    found = []
    for person in range(len(gallery.people)):
        rows = np.flatnonzero(gallery.person == person)
        rows = rows[np.argsort([-gallery.samples[row].quality for row in rows], kind="stable")]
        between = gallery.take(rows).distances(gallery.encodings[rows])
        kept: list[int] = []
        for place, row in enumerate(rows):
            like = [other for other in kept if between[place, other] < NEAR_DUPLICATE * tolerance]
            if like:
                twin = min(like, key=lambda other: between[place, other])
                found.append(NearDuplicate(int(row), int(rows[twin]), float(between[place, twin])))
            else:
                kept.append(place)
    return tuple(found)


def most_redundant(gallery: Gallery, name: str) -> NearDuplicate | None:
    """Of a person with more than a handful of photographs, the one that adds least: of the two
    that are most alike, the poorer. None for a handful or less."""
    rows = np.flatnonzero(np.array([other == name for other in gallery.names], bool))
    if len(rows) <= HANDFUL:
        return None
    between = gallery.take(rows).distances(gallery.encodings[rows])
    np.fill_diagonal(between, np.inf)
    pair = np.unravel_index(int(between.argmin()), between.shape)
    a, b = (int(rows[place]) for place in pair)
    if gallery.samples[a].quality > gallery.samples[b].quality:
        a, b = b, a
    return NearDuplicate(a, b, float(between.min()))


def _looks_like(other: str, distance: float, name: str, own: float, *, seen: bool) -> Reason:
    message = f"It looks like {other}: {distance:.2f}"
    message += f"; to the photographs of {name} it is {own:.2f}." if seen else "."
    return Reason("looks_like_other", message)


def _suspects(gallery: Gallery, unlike: float) -> npt.NDArray[np.intp]:
    """The rows that disagree while everything is still there; in blocks, so that they fit."""
    alive = np.ones(len(gallery), bool)
    found: list[int] = []
    for start in range(0, len(gallery), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(gallery)))
        distances = gallery.distances(gallery.encodings[rows])
        judged = _judge(rows, distances, gallery, alive, unlike)
        found += [disagreement.row for disagreement in judged]
    return np.array(found, np.intp)


def _judge(
    rows: npt.NDArray[np.intp],
    distances: Floats,
    gallery: Gallery,
    alive: npt.NDArray[np.bool_],
    unlike: float,
) -> list[Disagreement]:
    """Those of `rows` that disagree, by their distances (R, A) to the A rows that are alive."""
    rest = gallery.take(alive)
    place = np.cumsum(alive) - 1
    nearest = rest.nearer_half_of_each(distances)
    found = []
    for index, row in enumerate(rows):
        person = int(rest.person[place[row]])
        others = np.flatnonzero(rest.person == person)
        own = np.sort(distances[index, others[others != place[row]]])
        nearest[index, person] = np.inf
        if not len(own):
            continue
        own_distance = float(own[: (len(own) + 1) // 2].mean())
        other = int(nearest[index].argmin())
        distance = float(nearest[index, other])
        # of two photographs that are unlike nobody can tell which one is wrong
        if distance < own_distance or (len(own) > 1 and own_distance > unlike):
            name = rest.people[other] if np.isfinite(distance) else None
            found.append(Disagreement(int(row), own_distance, name, distance))
    return found
