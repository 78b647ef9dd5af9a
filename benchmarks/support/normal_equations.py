"""A linear map between two domains, learnt from sums: each site's, or all sites' under masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from lookout.server.federated.masks import agreed, masked, opened

Numbers = npt.NDArray[np.float64]
UNIT = 1 << 20
"""Whole numbers stand for so many parts of one: sums over 2,000 pairs of unit vectors fit 32 bits.
"""


@dataclass(frozen=True, slots=True)
class NormalEquations:
    """Of pairs of encodings of one person each, `x` in the foreign domain and `y` in the usual one.

    gram: (D, D) XᵀX; cross: (D, D) XᵀY; x, y: (D,) sums; pairs: how many.
    """

    gram: Numbers
    cross: Numbers
    x: Numbers
    y: Numbers
    pairs: float

    @classmethod
    def of(cls, x: Numbers, y: Numbers) -> NormalEquations:
        """Of (N, D) encodings and as many of the same people."""
        return cls(x.T @ x, x.T @ y, x.sum(axis=0), y.sum(axis=0), len(x))

    def shift(self) -> Numbers:
        """(D,) what lies between the means of the two domains."""
        return (self.y - self.x) / self.pairs

    def ridge(self, strength: float) -> Numbers:
        """(D, D) W with the least |XW − Y|² + λ|W − 1|²: where little is known nothing is changed.

        λ is `strength` times the mean of the Gram matrix's diagonal.
        """
        size = len(self.gram)
        penalty = strength * np.trace(self.gram) / size * np.eye(size)
        return np.linalg.solve(self.gram + penalty, self.cross + penalty)

    def numbers(self) -> Numbers:
        """(M,) all that a site would send; of the symmetric matrix one half."""
        half = self.gram[np.triu_indices(len(self.gram))]
        return np.concatenate([half, self.cross.ravel(), self.x, self.y, [self.pairs]])

    @classmethod
    def from_numbers(cls, numbers: Numbers, size: int) -> NormalEquations:
        half, cross, x, y, pairs = np.split(
            numbers, np.cumsum([size * (size + 1) // 2, size * size, size, size])
        )
        gram = np.zeros((size, size))
        gram[np.triu_indices(size)] = half
        gram = gram + np.triu(gram, 1).T
        return cls(gram, cross.reshape(size, size), x, y, float(pairs[0]))


def masked_sum(sites: Sequence[NormalEquations]) -> tuple[NormalEquations, int]:
    """The sum over all sites under masks of each two, and the bytes that each sends.

    Raises ValueError where a sum might not fit 32 bits.
    """
    if sum(float(np.abs(one.numbers()).max()) for one in sites) * UNIT >= 1 << 31:
        raise ValueError("too many pairs for sums of 32 bits")
    keys = {f"sit_{index}": X25519PrivateKey.generate() for index in range(len(sites))}
    vectors = []
    for (site, key), own in zip(keys.items(), sites, strict=True):
        seeds = {
            other: agreed(key, theirs.public_key().public_bytes_raw(), "domain map")
            for other, theirs in keys.items()
            if other != site
        }
        whole = np.rint(own.numbers() * UNIT).astype(np.int64)
        vectors.append(masked(whole, site, seeds))
    total = opened(vectors) / UNIT
    return NormalEquations.from_numbers(total, len(sites[0].gram)), vectors[0].nbytes
