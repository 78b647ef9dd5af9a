"""Encodings of many faces in a quarter of their size, for a search that looks through all of them.

Each number of an encoding becomes one of 255 steps between the largest of that encoding and its
opposite (symmetric scalar quantization). A distance to it is then off by a few thousandths, which
is enough to choose those that are worth measuring exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

STEPS = 127.0
_SMALLEST = 1e-12
"""No encoding is all zeros, but an empty one must not be divided by nothing."""
_NUMBER, _FLOAT = np.dtype("<i8"), np.dtype("<f4")
_BYTES_BESIDE = _NUMBER.itemsize + 2 * _FLOAT.itemsize


Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FaceCodes:
    """N faces.

    numbers: (N,) int64, of their sightings, rising. codes: (N, D) int8. scales: (N,) float32, the
    size of a step. squares: (N,) float32, the squared length of each encoding.
    """

    numbers: Numbers
    codes: npt.NDArray[np.int8]
    scales: Floats
    squares: Floats

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def nbytes(self) -> int:
        """The memory that they take."""
        return self.codes.nbytes + _BYTES_BESIDE * len(self)

    def at(self, places: npt.NDArray[np.intp]) -> FaceCodes:
        """Those at these places (M,)."""
        return FaceCodes(
            self.numbers[places], self.codes[places], self.scales[places], self.squares[places]
        )

    def distances(self, encoding: Floats) -> Floats:
        """(N,) float32: about the Euclidean distance of each to an encoding (D,)."""
        products = self.codes.astype(np.float32) @ encoding
        squared = self.squares + np.float32(encoding @ encoding) - 2 * self.scales * products
        return cast(Floats, np.sqrt(np.maximum(squared, 0.0)))

    def to_bytes(self) -> bytes:
        """As it is kept; little-endian, whichever machine writes."""
        return b"".join(
            (
                self.numbers.astype(_NUMBER).tobytes(),
                self.scales.astype(_FLOAT).tobytes(),
                self.squares.astype(_FLOAT).tobytes(),
                self.codes.tobytes(),
            )
        )


def face_codes(numbers: Numbers, encodings: Floats) -> FaceCodes:
    """The codes of encodings (N, D)."""
    largest = np.abs(encodings).max(axis=1, initial=0.0)
    scales = np.asarray(np.maximum(largest, _SMALLEST) / STEPS, np.float32)
    codes = np.rint(encodings / scales[:, None]).astype(np.int8)
    squares = np.einsum("nd,nd->n", encodings, encodings).astype(np.float32)
    return FaceCodes(numbers, codes, scales, squares)


def read_face_codes(content: bytes, count: int) -> FaceCodes:
    """What `to_bytes` made of `count` faces. Raises ValueError for other bytes."""
    numbers = np.frombuffer(content, _NUMBER, count)
    scales = np.frombuffer(content, _FLOAT, count, numbers.nbytes)
    squares = np.frombuffer(content, _FLOAT, count, numbers.nbytes + scales.nbytes)
    codes = np.frombuffer(content, np.int8, -1, _BYTES_BESIDE * count).reshape(count, -1)
    return FaceCodes(
        numbers.astype(np.int64), codes, scales.astype(np.float32), squares.astype(np.float32)
    )
