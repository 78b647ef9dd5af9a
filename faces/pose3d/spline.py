"""The thin-plate spline: the smoothest map that takes points of a plane to values.

Method: F. Bookstein, "Principal Warps", PAMI 1989.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

BLOCK = 4096
"""Places that are worked out at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """knots_xy: (K, 2); weights: (K + 3, D)."""

    knots_xy: Numbers
    weights: Numbers

    @classmethod
    def through(cls, knots_xy: Numbers, values: Numbers, smooth: float = 0.0) -> Spline:
        """From (K, 2) knots and (K, D) values there; `smooth` lets it pass beside them. Raises
        ValueError where the knots lie on a line, or two in one place."""
        count, scale = len(knots_xy), float(np.ptp(knots_xy)) ** 2
        plane = np.hstack([np.ones((count, 1)), knots_xy])
        bent = _kernel(knots_xy, knots_xy) + smooth * scale * np.eye(count) / count
        system = np.block([[bent, plane], [plane.T, np.zeros((3, 3))]])
        given = np.vstack([values, np.zeros((3, values.shape[1]))])
        try:
            return cls(knots_xy, np.linalg.solve(system, given))
        except np.linalg.LinAlgError as error:
            raise ValueError("these points lie on a line, or in one place") from error

    def at(self, places_xy: Numbers) -> Numbers:
        """(P, D) the values at (P, 2) places."""
        blocks = range(0, len(places_xy), BLOCK)
        return np.concatenate([self._at(places_xy[first : first + BLOCK]) for first in blocks])

    def _at(self, places_xy: Numbers) -> Numbers:
        count = len(self.knots_xy)
        bent = _kernel(places_xy, self.knots_xy) @ self.weights[:count]
        return np.asarray(bent + self.weights[count] + places_xy @ self.weights[count + 1 :])


def _kernel(a_xy: Numbers, b_xy: Numbers) -> Numbers:
    squared = np.square(a_xy[:, None] - b_xy[None]).sum(axis=2)
    return np.asarray(squared * np.log(np.maximum(squared, 1e-12)))
