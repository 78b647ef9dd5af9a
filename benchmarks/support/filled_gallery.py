"""Galleries of any size that are real as far as photographs reach, and filled up beyond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.support.arguments import evenly
from benchmarks.support.encodings import EncodingCache
from benchmarks.support.pairs import Portrait
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.metrics.threshold import threshold_at

MIX_DEG = (30.0, 60.0)
"""How far from one real person towards the other a synthetic one lies, as an angle about the mean:
the mixture has the spread of the real people, and is nobody's twin."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """people: (P, D), the gallery; probes: (M, D) and whose they are; strangers: (S, D)."""

    people: Floats
    probes: Floats
    truth: npt.NDArray[np.intp]
    strangers: Floats

    @property
    def everybody(self) -> Floats:
        """The probes, then the strangers."""
        return np.concatenate([self.probes, self.strangers])


def real_faces(portraits: Sequence[Portrait], detector: str, encoder: str, limit: int) -> Faces:
    """Everybody who is enrolled, and up to `limit` probes and as many strangers."""
    cache = EncodingCache(open_detector(detector), open_encoder(encoder))
    gallery = [p for p in portraits if p.role == "gallery"]
    people = cache.encodings([p.path for p in gallery])
    column = {p.identity: e for p, e in zip(gallery, people, strict=True) if e is not None}
    place = {identity: index for index, identity in enumerate(column)}
    chosen = evenly([p for p in portraits if p.role == "probe" and p.identity in place], limit)
    strangers = evenly([p for p in portraits if p.role == "stranger"], limit)
    probes = cache.encodings([p.path for p in chosen])
    others = [e for e in cache.encodings([p.path for p in strangers]) if e is not None]
    seen = [(e, place[p.identity]) for p, e in zip(chosen, probes, strict=True) if e is not None]
    return Faces(
        np.stack(list(column.values())),
        np.stack([e for e, _ in seen]),
        np.array([index for _, index in seen], np.intp),
        np.stack(others),
    )


def filled(people: Floats, size: int) -> Floats:
    """The real people first, then synthetic ones up to `size`; all of the real ones at least."""
    missing = max(0, size - len(people))
    random = np.random.default_rng(5)
    mean = people.mean(axis=0)
    synthetic = np.empty((missing, people.shape[1]), np.float32)
    for start in range(0, missing, 100_000):
        part = synthetic[start : start + 100_000]
        near, far = random.integers(0, len(people), (2, len(part)))
        angle = np.radians(random.uniform(*MIX_DEG, (len(part), 1))).astype(np.float32)
        part[:] = (
            mean + np.cos(angle) * (people[near] - mean) + np.sin(angle) * (people[far] - mean)
        )
    return np.concatenate([people, synthetic])


def rank_and_dir(best: Sequence[tuple[float, float]], mated: int) -> tuple[float, float]:
    """rank-1 and DIR at FPIR 1 %. best: the distances to the own person and to the nearest other,
    of `mated` probes and then of the strangers."""
    own, other = np.array(best, np.float64).T
    threshold = threshold_at(other[mated:], 0.01)
    first = own[:mated] < other[:mated]
    return float(first.mean()), float((first & (own[:mated] <= threshold)).mean())
