"""Exact search in this process: what every engine is measured against."""

from __future__ import annotations

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.vectors.index import Hits, Ids, Points, Tags


class ExactIndex:
    """A `VectorIndex` in memory: one matrix product over all. One thread at a time."""

    def __init__(self, dimension: int) -> None:
        self._empty = Points.of(np.zeros(0, np.int64), np.zeros((0, dimension), np.float32))
        self._points = self._empty

    def upsert(self, points: Points) -> None:
        self.delete(points.ids)
        before = self._points
        self._points = _sorted(
            np.concatenate([before.ids, points.ids]),
            np.concatenate([before.vectors, points.vectors]),
            np.concatenate([before.tags, points.tags]),
        )

    def delete(self, ids: Ids) -> None:
        stay = ~np.isin(self._points.ids, ids)
        there = self._points
        self._points = Points(there.ids[stay], there.vectors[stay], there.tags[stay])

    def search(self, probes: Floats, count: int, tag: int | None = None) -> Hits:
        there = self._points
        which = np.arange(len(there)) if tag is None else np.flatnonzero(there.tags == tag)
        ids, vectors = there.ids[which], there.vectors[which]
        squared = np.square(vectors).sum(axis=1) - 2 * probes @ vectors.T
        squared += np.square(probes).sum(axis=1, keepdims=True)
        found = min(count, len(ids))
        near = np.argpartition(squared, max(found - 1, 0), axis=1)[:, :found] if found else None
        rows: list[list[tuple[int, float]]] = [[] for _ in probes]
        for probe in range(len(probes) if near is not None else 0):
            columns = near[probe] if near is not None else np.zeros(0, np.intp)
            distances = np.linalg.norm(vectors[columns] - probes[probe], axis=1)
            order = np.argsort(distances, kind="stable")
            rows[probe] = list(
                zip(ids[columns[order]].tolist(), distances[order].tolist(), strict=True)
            )
        return Hits.of(rows, count)

    def count(self) -> int:
        return len(self._points)

    def ids(self) -> Ids:
        return self._points.ids

    def settle(self) -> None:
        """It is fast as it is."""

    def erase(self) -> None:
        """There are no files."""

    def clear(self) -> None:
        self._points = self._empty

    def close(self) -> None:
        """There is no connection."""


def _sorted(ids: Ids, vectors: Floats, tags: Tags) -> Points:
    order = np.argsort(ids, kind="stable")
    return Points(ids[order], vectors[order], tags[order])
