"""Encodings as bit strings: projected, thresholded, packed, compared by Hamming distance.

Three ways to choose the bits, all learnt without names:

- sign: the encoding's own numbers against zero, as published for surveillance systems.
- median: the same numbers against their median, so that every bit splits the gallery in halves.
- itq: iterative quantization (Gong and Lazebnik, CVPR 2011): the principal components, rotated so
  that rounding them to -1 and +1 loses least.

More bits than the encoding has numbers come from further rotations, drawn at random (sign,
median) or learnt from a random start (itq).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

Codes = npt.NDArray[np.uint64]
"""(words, N): bit i of a code is bit i % 64 of word i // 64. Words are the rows, so that comparing
reads memory in order."""

WORD_BITS = 64
ITQ_STEPS = 30
ITQ_SAMPLES = 20_000
"""At most so many encodings are used to learn the rotation; more did not change it."""
_BLOCK = 1 << 15
"""Codes that are compared at a time: their differences stay in the processor's cache."""


class HashMethod(StrEnum):
    SIGN = "sign"
    MEDIAN = "median"
    ITQ = "itq"


@dataclass(frozen=True, slots=True, eq=False)
class Hasher:
    """Turns encodings into codes. Bit i is set where `encoding @ projection[:, i] > threshold[i]`.

    projection: (D, bits) float32; threshold: (bits,) float32. bits is a multiple of 64.
    """

    projection: Floats
    threshold: Floats

    def __post_init__(self) -> None:
        bits = self.projection.shape[1]
        if bits == 0 or bits % WORD_BITS or self.threshold.shape != (bits,):
            raise ValueError(
                f"a code has a multiple of {WORD_BITS} bits and a threshold for each, "
                f"got {bits} and thresholds of shape {self.threshold.shape}"
            )

    @property
    def bits(self) -> int:
        """The number of bits in a code."""
        return int(self.projection.shape[1])

    def codes(self, encodings: Floats) -> Codes:
        """(N, D) float32 gives (bits / 64, N) uint64."""
        words = np.empty((self.bits // WORD_BITS, len(encodings)), np.uint64)
        for start in range(0, len(encodings), _BLOCK):
            part = slice(start, start + _BLOCK)
            packed = np.packbits(
                encodings[part] @ self.projection > self.threshold, axis=1, bitorder="little"
            )
            words[:, part] = packed.view("<u8").T
        return words


def learn_hasher(encodings: Floats, bits: int, method: HashMethod, seed: int = 0) -> Hasher:
    """Chooses the bits for encodings like these (N, D). The same input gives the same bits."""
    random = np.random.default_rng(seed)
    chosen = encodings
    if len(encodings) > ITQ_SAMPLES:
        chosen = encodings[random.choice(len(encodings), ITQ_SAMPLES, replace=False)]
    dimension = encodings.shape[1]
    projection = np.empty((dimension, 0), np.float32)
    while projection.shape[1] < bits:
        wanted = min(dimension, bits - projection.shape[1])
        if method is HashMethod.ITQ:
            block = _itq(chosen, wanted, random)
        elif projection.shape[1] == 0:
            block = np.eye(dimension, wanted, dtype=np.float32)
        else:
            block = _rotation(dimension, random)[:, :wanted]
        projection = np.concatenate([projection, block.astype(np.float32)], axis=1)
    if method is HashMethod.SIGN:
        threshold = np.zeros(bits, np.float32)
    elif method is HashMethod.MEDIAN:
        threshold = np.median(chosen @ projection, axis=0).astype(np.float32)
    else:
        threshold = (chosen.mean(axis=0) @ projection).astype(np.float32)
    return Hasher(projection, threshold)


def hamming(codes: Codes, probe: Codes) -> npt.NDArray[np.uint16]:
    """Hamming distances (N,) uint16 of codes (words, N) to one probe (words,), in bits."""
    counts = np.zeros(codes.shape[1], np.uint16)
    for start in range(0, codes.shape[1], _BLOCK):
        part = slice(start, start + _BLOCK)
        for word, bits in zip(codes[:, part], probe, strict=True):
            counts[part] += np.bitwise_count(word ^ bits)
    return counts


def _itq(encodings: Floats, bits: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """(D, bits): principal components and the rotation that rounding hurts least."""
    centred = encodings.astype(np.float64) - encodings.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    components = axes[:, ::-1][:, :bits]
    flat = centred @ components
    rotation = _rotation(bits, random)
    for _ in range(ITQ_STEPS):
        left, _, right = np.linalg.svd(flat.T @ np.sign(flat @ rotation))
        rotation = left @ right
    return np.asarray(components @ rotation)


def _rotation(size: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    return np.asarray(np.linalg.qr(random.standard_normal((size, size)))[0])
