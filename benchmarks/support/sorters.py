"""Ways to sort faces, each with the limit that is chosen for it: ours, and those it is beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import dlib
import numpy as np

from lookout.faces.cluster.clusters import FaceClusters
from lookout.faces.cluster.scores import Placed, scores_between
from lookout.faces.cluster.unsorted_face import UnsortedFace
from lookout.faces.decision.stranger_model import StrangerModel
from lookout.faces.detections import Floats

Labels = list[int]
Sorter = Callable[[Floats, float], Labels]
"""From (N, N) scores and the limit to the number of each face's cluster."""
FAR = 100.0
"""Farther than any score."""


def score_matrix(encodings: Floats, strangers: StrangerModel) -> Floats:
    """(N, N) float32 of (N, D)."""
    placed = Placed.of(encodings, strangers)
    return scores_between(placed, placed, strangers)


def ours(encodings: Floats, strangers: StrangerModel, chance: float) -> Labels:
    """By the room itself, all faces at once."""
    clusters = FaceClusters(strangers, chance)
    clusters.add([UnsortedFace(encoding) for encoding in encodings])
    return labels_of(clusters.clusters(), len(encodings))


def labels_of(clusters: list[tuple[int, ...]], faces: int) -> Labels:
    labels = [0] * faces
    for number, members in enumerate(clusters):
        for face in members:
            labels[face] = number
    return labels


def _linkage(method: str) -> Sorter:
    def sort(scores: Floats, limit: float) -> Labels:
        from scipy.cluster.hierarchy import fcluster, linkage
        from scipy.spatial.distance import squareform

        distances = scores - min(0.0, float(scores.min()))
        tree = linkage(squareform(distances, checks=False), method)
        lowest = min(0.0, float(scores.min()))
        return [int(label) for label in fcluster(tree, limit - lowest, "distance")]

    return sort


def nearest_joined(scores: Floats, limit: float) -> Labels:
    """One after another to the cluster of the nearest face before it: what the unknown sightings of
    the server do."""
    labels = [0] * len(scores)
    for face in range(1, len(scores)):
        nearest = int(scores[face, :face].argmin())
        joins = scores[face, nearest] <= limit
        labels[face] = labels[nearest] if joins else max(labels[:face]) + 1
    return labels


def chinese_whispers(scores: Floats, limit: float) -> Labels:
    """dlib's, over the pairs within the limit."""
    pairs = np.argwhere(np.triu(scores <= limit))
    return [int(label) for label in dlib.chinese_whispers([(int(a), int(b)) for a, b in pairs])]


def _dbscan(core: int) -> Sorter:
    def sort(scores: Floats, limit: float) -> Labels:
        from sklearn.cluster import DBSCAN

        distances = np.maximum(scores, 0)
        found = DBSCAN(eps=max(limit, 1e-9), min_samples=core, metric="precomputed")
        return _alone(found.fit_predict(distances))

    return sort


def hdbscan(scores: Floats, limit: float) -> Labels:
    """Clusters of two and more. What is farther than the limit is as far as can be: the method's
    own least distance (`cluster_selection_epsilon`) fails with numpy 2 (scikit-learn 1.9.1)."""
    from sklearn.cluster import HDBSCAN

    distances = np.maximum(scores, 0).astype(np.float64)
    distances[distances > limit] = FAR
    found = HDBSCAN(min_cluster_size=2, min_samples=1, metric="precomputed", copy=True)
    return _alone(found.fit_predict(distances))


def _alone(labels: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Labels:
    """Those whom a method calls noise are a cluster each."""
    numbers = labels.copy()
    alone = numbers < 0
    numbers[alone] = numbers.max(initial=-1) + 1 + np.arange(alone.sum())
    return [int(number) for number in numbers]


SORTERS: Mapping[str, Sorter] = {
    "average link": _linkage("average"),
    "complete link": _linkage("complete"),
    "single link (DBSCAN of 1)": _linkage("single"),
    "DBSCAN of 2": _dbscan(2),
    "DBSCAN of 3": _dbscan(3),
    "HDBSCAN": hdbscan,
    "Chinese whispers": chinese_whispers,
    "nearest, one by one": nearest_joined,
}
