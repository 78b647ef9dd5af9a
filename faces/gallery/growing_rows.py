"""Rows that only ever become more, so that one more costs one row and not a copy of all."""

from __future__ import annotations

import threading

import numpy as np

from lookout.faces.detections import Floats

SPARE_SHARE = 8
"""A new place for N rows has room for N / 8 more: so many are copied for each that is added."""
LEAST_SPARE = 16


class GrowingRows:
    """A place in memory for rows (M, D) float32, of which several galleries may have the first so
    many each. Rows that are there never change. Any thread may add."""

    def __init__(self, rows: Floats) -> None:
        spare = max(len(rows) // SPARE_SHARE, LEAST_SPARE)
        self._place = np.empty((len(rows) + spare, rows.shape[1]), np.float32)
        self._place[: len(rows)] = rows
        self._taken = len(rows)
        self._adding = threading.Lock()

    def with_rows(self, before: int, rows: Floats) -> tuple[GrowingRows, Floats]:
        """Where the first `before` rows and `rows` (N, D) are then, and these (before + N, D): in
        this place, unless somebody else has added to it since, or it is full."""
        with self._adding:
            after = before + len(rows)
            if before == self._taken and after <= len(self._place):
                self._place[before:after] = rows
                self._taken = after
                return self, self._place[:after]
        elsewhere = GrowingRows(np.concatenate([self._place[:before], rows]))
        return elsewhere, elsewhere._place[:after]
