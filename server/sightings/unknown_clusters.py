"""The clusters of unknown people: finds the one that a face seems to belong to.

A face joins the cluster of the nearest unknown sighting, if at most the share of strangers that the
rule of decision admits would come as near to one of so many; else it begins a cluster. The more
unknown people there are, the nearer it has to be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lookout.faces.decision.decide import Probe
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.server.storage.records import SightingFilter
from lookout.server.storage.store import Store

MAX_COMPARED = 2000
"""The latest unknown sightings: a face that comes back after more than these is a new person."""


class UnknownClusters:
    """Compares with the unknown sightings of a store. For one thread."""

    def __init__(self, store: Store, encoder: str, rule: Rule) -> None:
        self._store = store
        self._encoder = encoder
        self._rule = rule
        self._encodings: dict[str, Floats] | None = None

    def cluster_of(self, probes: Sequence[Probe], but_not: str | None = None) -> str | None:
        """The cluster of the unknown person that these probes show; None for a new person.
        `but_not`: their own sighting, if it is written already.

        Raises StorageError.
        """
        clusters, encodings = self._renewed(but_not)
        if not clusters:
            return None
        distances = distances_to(encodings, probes)
        nearest = int(np.argmin(distances))
        near = distances[nearest] <= max_distance(self._rule, len(set(clusters)))
        return clusters[nearest] if near else None

    def _renewed(self, but_not: str | None) -> tuple[list[str], Floats]:
        """The cluster and the encoding of each unknown sighting, the latest first. The store is
        asked each time; only the encodings, which cost two decryptions each, are cached."""
        listed = self._store.sightings.unnamed(self._encoder, MAX_COMPARED)
        if self._encodings is None:
            which = SightingFilter(known=False)
            ids, latest = self._store.sightings.encodings(self._encoder, which, MAX_COMPARED)
            self._encodings = dict(zip(ids, latest, strict=True))
        known = self._encodings
        missing = [sighting for sighting, _ in listed if sighting not in known]
        known.update(self._store.sightings.encodings_of(missing))
        self._encodings = {key: known[key] for key, _ in listed if key in known}
        compared = [(key, cluster) for key, cluster in listed if key in known and key != but_not]
        clusters = [cluster for _, cluster in compared]
        rows = [known[key] for key, _ in compared]
        return clusters, np.stack(rows) if rows else np.zeros((0, 0), np.float32)


def distances_to(encodings: Floats, probes: Sequence[Probe]) -> Floats:
    """(M,) float32: the distance of each encoding (M, D) to the probes, averaged by weight."""
    weights = np.array([probe.weight for probe in probes], np.float64)
    rows = np.stack([probe.encoding for probe in probes])
    apart = np.linalg.norm(rows[:, None] - encodings[None], axis=2)
    return np.asarray((weights / weights.sum()) @ apart, np.float32)


def max_distance(rule: Rule, people: int) -> float:
    """The distance up to which a face is taken for one of this many unknown people."""
    return math.sqrt(max(0.0, rule.strangers.score_at(rule.fpir, people)))
