"""The domain map: a linear map that takes encodings of one kind of picture nearer to those of
enrolment photographs (ridge regression). A matrix per site, averaged by people (FedAvg).

A map of few people shows their encodings, so none is made of fewer than there are dimensions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

Numbers = npt.NDArray[np.float64]

RIDGE = 0.5
"""How firmly the map stays what it is without data, the identity, as a share of the people."""


def domain_map(probes: Floats, enrolled: Floats, ridge: float = RIDGE) -> Numbers:
    """(D, D) W with `probes @ W` near `enrolled`, both (N, D) of N different people, and near the
    identity where these say nothing.

    Raises ValueError for fewer people than dimensions.
    """
    people, size = probes.shape
    if people < size:
        raise ValueError(
            f"a domain map of {size} dimensions takes {size} people; here are {people}"
        )
    x, y = probes.astype(np.float64), enrolled.astype(np.float64)
    scale = ridge * np.square(x).sum() / size
    firm = scale * np.eye(size)
    return np.asarray(np.linalg.solve(x.T @ x + firm, x.T @ y + firm))


def mapped(encodings: Floats, weights: Numbers) -> Floats:
    """(N, D) encodings under a map, of length 1 again."""
    moved = encodings @ weights
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-9), np.float32)
