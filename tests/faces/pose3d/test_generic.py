"""The generic head: symmetrical, smooth, and a face."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.pose3d.generic import POINTS_MM, surface_mm
from lookout.faces.pose3d.spline import Spline

MIRRORED = (
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31,
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
)  # fmt: skip
"""Of dlib's 68 points the one on the other side of the face."""


def test_both_sides_of_the_face_are_alike() -> None:
    assert np.array_equal(POINTS_MM[list(MIRRORED)] * (-1, 1, 1), POINTS_MM)


def test_the_nose_is_nearest_and_the_ears_are_farthest() -> None:
    assert int(np.argmin(POINTS_MM[:, 2])) == 30
    assert set(np.argsort(POINTS_MM[:, 2])[-2:].tolist()) == {0, 16}


def test_the_surface_passes_through_the_points_and_is_symmetrical() -> None:
    surface = surface_mm()
    depth = surface[..., 2]
    assert np.allclose(depth, np.fliplr(depth), atol=1e-6, equal_nan=True)
    valid = ~np.isnan(depth)
    for x, y, z in POINTS_MM[17:]:  # the jaw lies on the rim of the oval
        away = np.where(valid, np.hypot(surface[..., 0] - x, surface[..., 1] - y), np.inf)
        nearest = np.unravel_index(int(np.argmin(away)), away.shape)
        assert depth[nearest] == pytest.approx(z, abs=4.0)


def test_a_spline_keeps_a_plane_and_meets_its_knots() -> None:
    knots = np.array([(0, 0), (4, 0), (0, 4), (4, 4), (1, 2)], np.float64)
    plane = knots @ np.array([[2.0], [-3.0]]) + 5
    bent = plane.copy()
    bent[4] += 1
    assert Spline.through(knots, plane).at(np.array([(3.0, 1.0)]))[0, 0] == pytest.approx(8.0)
    assert np.allclose(Spline.through(knots, bent).at(knots), bent)


def test_knots_in_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="on a line, or in one place"):
        Spline.through(np.zeros((4, 2)), np.zeros((4, 1)))
