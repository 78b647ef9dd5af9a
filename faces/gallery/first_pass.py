"""A first pass over very many encodings in 8-bit integers: who may be near, for an exact look.

    rows, beyond = FirstPass.of(encodings).nearest(probes, 128)

Each number becomes an integer of 8 bits, a fourth of the memory that has to be read, and the
integers are compared by FAISS (its flat index with a scalar quantizer, J. Johnson et al., IEEE
Transactions on Big Data 2021). What rounding moves an encoding by is measured, so what comes back
is a bound and no estimate: nobody else is nearer than `beyond`.

The encodings lie in blocks that never change, so that one more person costs a block and other
threads go on searching meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats
from lookout.faces.runtime.cores import usable_cores

Rows = npt.NDArray[np.intp]

BLOCK = 1 << 17
"""Encodings to a block, at most."""
LEAST_OF_A_BLOCK = 16
"""Rows: whoever is near may all lie in one block."""
_LARGEST = 127


def is_here() -> bool:
    """Whether FAISS is installed."""
    return find_spec("faiss") is not None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Encodings (K, D) as integers in FAISS's `index`: an integer times `scale` stands for a number
    and is off by at most `error` for a whole encoding (Euclidean)."""

    encodings: Floats
    index: Any
    scale: float
    error: float

    @classmethod
    def of(cls, encodings: Floats) -> Block:
        import faiss

        scale = max(float(np.abs(encodings).max(initial=0.0)), 1e-6) / _LARGEST
        index = faiss.IndexScalarQuantizer(
            encodings.shape[1], faiss.ScalarQuantizer.QT_8bit_direct, faiss.METRIC_L2
        )
        integers = np.rint(encodings / np.float32(scale))
        off = integers * np.float32(scale) - encodings
        index.add(integers + np.float32(_LARGEST + 1))
        return cls(encodings, index, scale, float(np.linalg.norm(off, axis=1).max(initial=0.0)))

    def nearest(self, probes: Floats, count: int) -> tuple[Rows, Floats]:
        """(N, K) the rows of each probe's nearest `count`, and (N,) how far all others are at
        least."""
        found = min(count, len(self.encodings))
        integers = np.clip(np.rint(probes / np.float32(self.scale)), -_LARGEST, _LARGEST)
        off = np.linalg.norm(integers * np.float32(self.scale) - probes, axis=1)
        squared, rows = self.index.search(integers + np.float32(_LARGEST + 1), found)
        if found == len(self.encodings):
            return rows, np.full(len(probes), np.inf, np.float32)
        farthest = np.sqrt(squared[:, -1]) * np.float32(self.scale)
        return rows, np.asarray(farthest - off - np.float32(self.error), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FirstPass:
    """The encodings of a gallery, in its order, as `blocks`, which `threads` search together; these
    end with the last gallery that has them. Any number of threads may ask."""

    blocks: tuple[Block, ...]
    threads: Executor

    @classmethod
    def of(cls, encodings: Floats, before: FirstPass | None = None) -> FirstPass:
        """Of (M, D) float32; blocks of an earlier state that are the same are shared with it.

        Raises ImportError without FAISS.
        """
        kept = [] if before is None else list(before.blocks)
        parts = (encodings[start : start + BLOCK] for start in range(0, len(encodings), BLOCK))
        threads = _threads() if before is None else before.threads
        return cls(tuple(_kept(part, number, kept) for number, part in enumerate(parts)), threads)

    @property
    def nbytes(self) -> int:
        """The memory that it takes besides the encodings."""
        return sum(block.encodings.size for block in self.blocks)

    def nearest(self, probes: Floats, count: int) -> tuple[Rows, Floats]:
        """The rows of the encodings that may be nearest to (N, D) probes, each once, and (N,) how
        far from each probe all others are at least. `count`: rows for a probe, about."""
        count = max(LEAST_OF_A_BLOCK, count // max(1, len(self.blocks)))
        rows, beyond = [], np.full(len(probes), np.inf, np.float32)
        every = self.threads.map(lambda block: block.nearest(probes, count), self.blocks)
        for number, (found, others) in enumerate(every):
            rows.append(found.ravel() + number * BLOCK)
            beyond = np.minimum(beyond, others)
        return _distinct(rows), beyond


def _threads() -> Executor:
    return ThreadPoolExecutor(usable_cores(), thread_name_prefix="first pass")


def _kept(part: Floats, number: int, kept: list[Block]) -> Block:
    if number < len(kept) and _is_same(kept[number].encodings, part):
        return kept[number]
    if number < len(kept) and np.array_equal(kept[number].encodings, part):
        return replace(kept[number], encodings=part)  # the earlier array can go
    return Block.of(part)


def _is_same(one: Floats, other: Floats) -> bool:
    """Whether both are the same place in memory, where rows never change."""
    return one.shape == other.shape and one.__array_interface__ == other.__array_interface__


def _distinct(rows: Iterable[Rows]) -> Rows:
    return np.unique(np.concatenate([np.zeros(0, np.intp), *rows]))
