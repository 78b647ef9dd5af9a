"""Very many integers and floating-point numbers of a dlib `.dat` file at once.

Each integer is a length byte and as many bytes (`stream.py` says how), so that where one begins is
known only from the one before. But a reader that begins anywhere is soon in step: of all places
where an integer could begin, the walks meet within a few integers. So the bytes are walked from
many places at the same time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats
from lookout.faces.errors import ModelDamaged

Integers = npt.NDArray[np.int32]
_Bytes = npt.NDArray[np.uint8]

PIECE = 1 << 23
"""Bytes that are read at a time."""
SPAN = 2048
"""Bytes between the places where walks begin."""
LONGEST = 9
"""Bytes of an integer, its length byte included."""
LARGEST = 4
"""Bytes of the integers that are read: mantissas of float32 have three."""
STEPS = 24
"""Integers after which walks that began at neighbouring bytes must have met."""


def integers(data: bytes) -> Integers:
    """(N,) int32, every integer of `data`, where one begins. Raises ModelDamaged where they do not
    fill it exactly, or one does not fit."""
    found, begun = [], 0
    while begun < len(data):
        # a piece at a time: what is noted of each byte takes several times its room
        piece = data[begun : begun + PIECE + LONGEST * (STEPS + 1)]
        values, used = _integers(piece, min(PIECE, len(data) - begun))
        found.append(values)
        begun += used
    if begun != len(data):
        raise ModelDamaged(f"{begun - len(data)} bytes are missing at the end")
    return np.concatenate(found)


def _integers(data: bytes, end: int) -> tuple[Integers, int]:
    """Those that begin before `end`, and where the next one begins."""
    padded = np.frombuffer(data + bytes(LONGEST * (STEPS + 1)), np.uint8)
    length = np.minimum((padded & 0x0F) + 1, LONGEST)
    places = _places(length, end)
    if length[places].max() > LARGEST + 1:
        raise ModelDamaged(f"an integer has more than {LARGEST} bytes")
    return _values(padded, length, places), int(places[-1] + length[places[-1]])


def reals(mantissa: Integers, exponent: Integers) -> Floats:
    """float32, of the two integers of each."""
    return np.ldexp(mantissa.astype(np.float32), exponent)


def _places(length: _Bytes, end: int) -> npt.NDArray[np.int64]:
    """Where each integer begins, the first at 0."""
    starts = _in_step(length, np.arange(SPAN, end, SPAN, dtype=np.int64))
    position = np.concatenate([[0], starts[starts < end]])
    ends = np.append(position[1:], end)
    begins = np.zeros(end, bool)
    while len(position):
        begins[position] = True
        position = position + length[position]
        alive = position < ends
        if not alive.all():
            position, ends = position[alive], ends[alive]
    return np.flatnonzero(begins)


def _in_step(length: _Bytes, begun: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Places behind `begun` where an integer begins for sure; fewer where walks do not meet."""
    walks = begun[:, None] + np.arange(LONGEST)
    for _ in range(STEPS):
        # those in front wait for the hindmost
        hindmost = walks == walks.min(axis=1, keepdims=True)
        walks = np.where(hindmost, walks + length[walks], walks)
    met = (walks == walks[:, :1]).all(axis=1)
    return np.unique(walks[met, 0])


def _values(padded: _Bytes, length: _Bytes, places: npt.NDArray[np.int64]) -> Integers:
    words = np.ndarray(len(padded) - LARGEST, "<u4", padded.data, strides=(1,))
    masks = np.array([(1 << 8 * size) - 1 for size in range(LARGEST + 1)], np.uint32)
    values = (words[places + 1] & masks[length[places] - 1]).astype(np.int32)
    return np.where(padded[places] & 0x80, -values, values)
