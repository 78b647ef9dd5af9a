"""Trials of the decision: probes of enrolled people and of strangers against one gallery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from lookout.faces.decision.decide import Probe, State, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.metrics.trials import Trials


@dataclass(frozen=True, slots=True)
class Faces:
    """Encodings (None: no face was found) and whose they are."""

    encodings: tuple[Floats | None, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def where(self, wanted: Sequence[bool]) -> Faces:
        kept = [i for i, keep in enumerate(wanted) if keep]
        return Faces(tuple(self.encodings[i] for i in kept), tuple(self.names[i] for i in kept))

    def as_gallery(self, encoder: str) -> Gallery:
        """Those whose face was found."""
        found = [(e, n) for e, n in zip(self.encodings, self.names, strict=True) if e is not None]
        if not found:
            raise ValueError("no face was found in any photograph of the gallery")
        return Gallery(np.stack([e for e, _ in found]), tuple(n for _, n in found), encoder)


def run_trials(gallery: Gallery, probes: Faces, rule: Rule, what: str = "") -> Trials:
    """Each probe alone against the gallery, by `faces.decision.decide` itself."""
    enrolled = set(gallery.people)
    anything = replace(rule, fpir=1.0)
    chances = np.full(len(probes), np.inf)
    right = np.zeros(len(probes), bool)
    pairs = zip(probes.encodings, probes.names, strict=True)
    bar = tqdm(pairs, total=len(probes), desc=what, unit="face", mininterval=1, disable=not what)
    for index, (encoding, name) in enumerate(bar):
        if encoding is None:
            continue
        decision = decide([Probe(encoding)], gallery, anything)
        right[index] = decision.nearest == name
        if decision.state is State.KNOWN and decision.chance is not None:
            chances[index] = 0.0 if rule.original else decision.chance
    return Trials(chances, right, np.array([name in enrolled for name in probes.names], bool))


def run_trials_at_once(gallery: Gallery, probes: Faces, rule: Rule) -> Trials:
    """The same for a gallery of one photograph a person, in arrays: for many small galleries.

    A test holds it to `run_trials`. Raises ValueError for another gallery.
    """
    if len(gallery) != len(gallery.people):
        raise ValueError("somebody in the gallery has several photographs")
    people = np.array(gallery.names)
    rows = [i for i, encoding in enumerate(probes.encodings) if encoding is not None]
    chances = np.full(len(probes), np.inf)
    right = np.zeros(len(probes), bool)
    mated = np.isin(np.array(probes.names), people)
    if not rows:
        return Trials(chances, right, mated)
    encodings = np.stack([one for one in probes.encodings if one is not None])
    distances = gallery.distances(encodings).astype(np.float64)
    strangers = rule.strangers
    if strangers.cohort is None:
        crowding = strangers.crowding_of(gallery)[[gallery.people.index(n) for n in people]]
        scores = np.stack([strangers.normalize(row, crowding) for row in distances])
    else:
        pairs = strangers.of_pairs(distances.astype(np.float32), encodings, gallery)
        scores = pairs.astype(np.float64)
    votes = distances <= rule.tolerance
    first = np.where(votes | ~votes.any(axis=1, keepdims=True), scores, np.inf).argmin(axis=1)
    each = np.arange(len(rows))
    nearest = distances[each, first]
    others = distances.copy()
    others[each, first] = np.inf
    clear = others.min(axis=1) - nearest >= rule.min_margin
    named = votes[each, first] & clear
    right[rows] = people[first] == np.array(probes.names)[rows]
    scored = scores[each, first]
    chances[np.array(rows)[named]] = [
        strangers.chance(float(score), len(people)) for score in scored[named]
    ]
    return Trials(chances, right, mated)
